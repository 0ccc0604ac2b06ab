"""gradloom compile: nobody waits for what was compiled ahead."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from gradloom.kernels import counterpart

Run = Callable[..., Result]
Write = Callable[..., Path]
Process = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def _compiler() -> None:
    if not counterpart.has_compiler():
        pytest.skip("nothing is compiled here")


@pytest.mark.usefixtures("_compiler")
def test_a_training_that_was_prepared_compiles_nothing(process: Process, write: Write) -> None:
    path = write()
    done = process("compile", "--background", path)
    said, errors = done.communicate()
    assert (done.returncode, errors) == (0, "")
    assert said.startswith(("Compiled ", "All its kernels were compiled before."))
    trained, _ = process("train", path, "--json", "--no-store").communicate()
    assert not [line for line in trained.splitlines() if json.loads(line)["event"] == "compiling"]


@pytest.mark.usefixtures("_compiler")
def test_an_experiment_may_come_from_a_pipe(run: Run, write: Write) -> None:
    run("compile", write())
    result = run("compile", "-", typed=write().read_text())
    assert (result.exit_code, result.stdout) == (0, "All its kernels were compiled before.\n")


@pytest.mark.usefixtures("_compiler")
def test_what_cannot_be_trained_is_refused(run: Run, write: Write) -> None:
    path = write({'"bend -> class"': '"bend -> class", "flower -> class"'})
    result = run("compile", path)
    assert result.exit_code == 2
    assert result.stderr.startswith(str(path))
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.usefixtures("_compiler")
def test_what_comes_from_a_pipe_is_called_so(run: Run, write: Write) -> None:
    text = write({'"bend -> class"': '"bend -> class", "flower -> class"'}).read_text()
    assert run("compile", "-", typed=text).stderr.startswith("standard input: ")


PLUGIN = """
import os
from pathlib import Path
Path("manners").write_text(f"{os.nice(0)} {Path('/proc/self/oom_score_adj').read_text()}")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says so in a file")
@pytest.mark.usefixtures("_compiler")
def test_in_the_background_everything_else_comes_first(process: Process, write: Write) -> None:
    Path("plugins").mkdir()
    Path("plugins/manners.py").write_text(PLUGIN)
    process("compile", "--background", write()).communicate()
    assert Path("manners").read_text().split() == ["19", "1000"]


def test_without_a_compiler_it_says_so(run: Run, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counterpart, "has_compiler", lambda: False)
    result = run("compile", write())
    assert result.exit_code == 0
    assert "pip install 'gradloom[fast]'" in result.stdout
