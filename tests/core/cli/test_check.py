"""gradloom test: experiments are held to what their files expect, also under pytest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from typer.testing import Result

Run = Callable[..., Result]
Write = Callable[..., Path]


def test_what_is_reached_passes(run: Run, write: Write) -> None:
    result = run("test", write())
    assert result.exit_code == 0
    assert result.stdout.startswith("passed  ")
    assert "is at least 0.7" in result.stdout


def test_what_is_missed_fails_and_says_by_how_much(run: Run, write: Write) -> None:
    result = run("test", write(), write({"min = 0.7": "min = 1.1"}, "proud.loom.toml"))
    assert result.exit_code == 1
    passed, failed = result.stdout.splitlines()
    assert passed.startswith("passed")
    assert failed.startswith("FAILED")
    assert "is below 1.1" in failed


def test_the_files_seconds_end_a_training(run: Run, write: Write) -> None:
    result = run("test", write({"epochs = 4": "epochs = 1000000", "max = 30": "max = 0.2"}))
    assert result.exit_code == 1
    assert "stopped" in result.stdout


def test_a_file_that_expects_nothing_or_is_bad_is_refused_and_the_rest_is_tested(
    run: Run, write: Write
) -> None:
    idle = write({"accuracy = { min = 0.7 }": "", "seconds = { max = 30 }": ""}, "idle.loom.toml")
    bad = write({"[data]": "[dta]"}, "bad.loom.toml")
    result = run("test", idle, bad, write())
    assert result.exit_code == 2
    assert result.stdout.startswith("passed")
    assert "idle.loom.toml has no table [expect]" in result.stderr
    assert "bad.loom.toml: " in result.stderr
    assert "Traceback" not in result.stderr


def test_what_no_training_measures_is_refused_before_it(run: Run, write: Write) -> None:
    result = run("test", write({"accuracy = { min": "acuracy = { min", "epochs = 4": "epochs = 1000000"}))
    assert result.exit_code == 2
    assert "[expect] names acuracy, which is not measured" in result.stderr
    assert "loss, accuracy, train_loss, train_accuracy, seconds; did you mean 'accuracy'?" in result.stderr


def test_junit(run: Run, write: Write, tmp_path: Path) -> None:
    proud = write({"min = 0.7": "min = 1.1"}, "proud.loom.toml")
    bad = write({"[data]": "[dta]"}, "bad.loom.toml")
    run("test", write(), proud, bad, "--junit", tmp_path / "report.xml")
    suites = ElementTree.parse(tmp_path / "report.xml").getroot()
    counts = [(suite.get("tests"), suite.get("failures"), suite.get("errors")) for suite in suites]
    assert counts == [("2", "0", "0"), ("2", "1", "0"), ("1", "0", "1")]
    assert "is below 1.1" in suites[1][0][0].attrib["message"]


def test_pytest_collects_experiments(write: Write, tmp_path: Path) -> None:
    write()
    write({"min = 0.7": "min = 1.1"}, "proud.loom.toml")
    write({"accuracy = { min = 0.7 }": "", "seconds = { max = 30 }": ""}, "idle.loom.toml")
    write({"[data]": "[dta]"}, "bad.loom.toml")
    plugin = ["-p", "gradloom.cli.pytest_plugin", "-p", "no:gradloom"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "--rootdir", tmp_path, *plugin, tmp_path],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        check=False,
    )
    assert "1 passed" in result.stdout
    assert "2 failed" in result.stdout
    assert "1 skipped" in result.stdout
    assert "is below 1.1" in result.stdout
    assert "bad.loom.toml: " in result.stdout
    assert "Traceback" not in result.stdout
