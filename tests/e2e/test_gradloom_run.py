"""PyTorch's scripts, as they are: `gradloom run` prints what Python with PyTorch prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?|-?\d+e[-+]?\d+")
QUIET = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}


def output(*command: object) -> str:
    ran = subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env=QUIET,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.oracle
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_prints_what_pytorch_prints(script: Path) -> None:
    pytest.importorskip("torch")
    ours, theirs = output("-m", "gradloom", "run", script), output(script)
    assert NUMBER.sub("#", ours) == NUMBER.sub("#", theirs)
    numbers = [[float(number) for number in NUMBER.findall(text)] for text in (ours, theirs)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-4, abs=2e-6)


@pytest.mark.parametrize("name", ["checkpoint", "classifier", "gpt", "prints", "reinforce"])
def test_it_runs_without_pytorch(name: str, tmp_path: Path) -> None:
    """Even where an import of the real one would fail."""
    (tmp_path / "torch.py").write_text("raise ImportError('the real one')\n")
    script = Path(__file__).parent / "scripts" / f"{name}.py"
    ran = subprocess.run(
        [sys.executable, "-m", "gradloom", "run", str(script)],
        capture_output=True, text=True, timeout=100, check=False, env={**QUIET, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
