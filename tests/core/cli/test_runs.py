"""What `gradloom train` remembers, how it goes on after a rude end, and what `gradloom runs` says of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from gradloom.experiment import recording

Run = Callable[..., Result]
Write = Callable[..., Path]


COLUMNS = tuple((part, name) for part in ("train", "validation") for name in ("loss", "accuracy"))


@pytest.fixture
def kept(run: Run) -> Callable[..., list[dict[str, Any]]]:
    """Every run that is in the store."""
    return lambda *options: json.loads(run("runs", "list", "--json", *options).stdout)


def test_a_training_is_remembered(run: Run, write: Write, kept: Callable[..., Any], tmp_path: Path) -> None:
    path = write()
    said = [run("train", path, "--seed", seed).stdout.splitlines()[-1] for seed in (1, 2)]
    latest, first = kept()
    assert said == [f"Kept as run {first['id']}.", f"Kept as run {latest['id']}."]
    assert (latest["state"], latest["epoch"], latest["epochs"], latest["step"]) == ("finished", 4, 4, 32)
    assert (latest["name"], latest["seed"]) == ("Iris", 2)
    assert latest["validation"].keys() == {"loss", "accuracy"}
    assert latest["folder"] == str(tmp_path / "runs" / latest["id"])
    heading, *rows = run("runs").stdout.splitlines()
    assert heading.split() == ["run", "name", "state", "epochs", "loss", "accuracy", "took", "started"]
    assert [row.split()[:4] for row in rows] == [
        [each["id"], "Iris", "finished", "4/4"] for each in (latest, first)
    ]


def test_one_run_epoch_by_epoch(run: Run, write: Write, kept: Callable[..., Any]) -> None:
    run("train", write())
    (whole,) = kept()
    shown = run("runs", "show", whole["id"][:3]).stdout
    assert re.search(r"^epochs +4 of 4, 32 steps$", shown, re.MULTILINE)
    *_, heading, one, two, three, four = shown.splitlines()
    assert re.split("  +", heading) == [
        "epoch",
        "train loss",
        "train accuracy",
        "validation loss",
        "validation accuracy",
    ]
    assert [line.split()[0] for line in (one, two, three, four)] == ["1", "2", "3", "4"]
    measured = json.loads(run("runs", "show", "last", "--json").stdout)
    assert len(measured["measurements"]) == 4 * 4
    assert measured["validation"] == whole["validation"]


def test_deleting_asks_first(run: Run, write: Write, kept: Callable[..., Any]) -> None:
    for _ in range(3):
        run("train", write(), "--epochs", 1)
    first, second, third = kept()
    refused = run("runs", "delete", first["id"], typed="n\n")
    assert refused.exit_code == 1
    assert f"Delete {first['id']} (Iris, finished)" in refused.stdout
    assert len(kept()) == 3
    assert run("runs", "delete", first["id"], typed="y\n").exit_code == 0
    assert run("runs", "delete", "last", third["id"], "--yes").exit_code == 0
    assert kept() == []
    assert not Path(second["folder"]).exists()


def test_pruning_keeps_the_latest_and_asks_first(
    run: Run, write: Write, kept: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in (40, 20, 10, 0):
        moment = datetime.now(UTC) - timedelta(days=days)
        monkeypatch.setattr(recording, "_now", lambda moment=moment: moment.isoformat())
        run("train", write(), "--epochs", 1)
    latest, second, third, _oldest = (each["id"] for each in kept())
    asked = run("runs", "prune", "--keep", 1, typed="n\n")
    assert asked.exit_code == 1
    assert re.search(r"Delete 3 of 4 runs, [\d.]+ KB, begun from", asked.stdout)
    assert run("runs", "prune", "--keep", 1, "--days", 30, "--yes").exit_code == 0
    assert [each["id"] for each in kept()] == [latest, second, third]
    assert "None of 3 runs is to be deleted." in run("runs", "prune", "--days", 30).stdout
    assert run("runs", "prune", "--keep", 1, "--yes").exit_code == 0
    assert [each["id"] for each in kept()] == [latest]


def test_pruning_leaves_what_is_training(
    process: Callable[..., Any], run: Run, write: Write, kept: Callable[..., Any]
) -> None:
    running = process("train", write({"epochs = 4": "epochs = 100000"}))
    running.stdout.readline()
    assert run("runs", "prune", "--keep", 0, "--yes").stdout == "None of 1 runs is to be deleted.\n"
    running.kill()
    running.communicate(timeout=30)
    assert run("runs", "prune", "--keep", 0, "--yes").exit_code == 0
    assert kept() == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["runs", "show", "zz"], "There is no run 'zz'"),
        (["runs", "delete", "zz", "--yes"], "There is no run 'zz'"),
        (["runs", "prune", "--yes"], "Say which runs to keep"),
        (["train", "--resume", "zz"], "There is no run 'zz'"),
        (["train", "--resume", "last"], "There is no run that is stopped or interrupted in"),
        (["train", "--resume", "FIRST"], "has trained its 4 epochs; give more with --epochs."),
        (["train", "--resume", "FIRST", "--seed", "3"], "only --epochs can be given with --resume"),
        (["train", "--resume", "FIRST", "--no-store"], "--no-store cannot be given with --resume"),
    ],
)
def test_what_cannot_be_done_with_a_run(
    run: Run, write: Write, kept: Callable[..., Any], words: list[str], sentence: str
) -> None:
    run("train", write())
    (first,) = kept()
    result = run(*(first["id"] if word == "FIRST" else word for word in words))
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert len(kept()) == 1


@pytest.mark.parametrize("words", [[], ["iris", "--resume", "last"]])
def test_either_a_file_or_a_run(run: Run, words: list[str]) -> None:
    result = run("train", *words)
    assert result.exit_code == 2
    assert "Give either a file to train or a run to --resume" in result.stderr


def test_a_run_is_kept_elsewhere_or_nowhere(
    run: Run, write: Write, kept: Callable[..., Any], tmp_path: Path
) -> None:
    assert "run" not in run("train", write(), "--epochs", 1, "--no-store").stdout
    run("train", write(), "--epochs", 1, "--store", tmp_path / "elsewhere")
    assert not (tmp_path / "runs").exists()
    assert len(kept("--store", tmp_path / "elsewhere")) == 1
    assert "There are no runs in" in run("runs").stdout


def test_what_cannot_be_trained_is_no_run(run: Run, write: Write, kept: Callable[..., Any]) -> None:
    assert run("train", write({"out_features = 8": "out_features = -8"})).exit_code == 2
    assert kept() == []


def test_a_store_that_cannot_be_written_costs_a_sentence(run: Run, write: Write, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("not a folder")
    result = run("train", write(), "--out", tmp_path / "out")
    assert result.exit_code == 0
    said = [line for line in result.stdout.splitlines() if "Runs are not being kept" in line]
    assert len(said) == 1
    assert "Kept as run" not in result.stdout
    assert (tmp_path / "out" / "weights.safetensors").exists()
    listed = run("runs")
    assert listed.exit_code == 2
    assert "cannot be read" in listed.stderr


LONG = {"epochs = 4": "epochs = 60"}


@pytest.fixture
def whole(run: Run, write: Write, tmp_path: Path) -> bytes:
    """The weights of a long training that nothing interrupted."""
    assert run("train", write(LONG), "--no-store", "--out", tmp_path / "whole").exit_code == 0
    return (tmp_path / "whole" / "weights.safetensors").read_bytes()


def resumed(run: Run, tmp_path: Path) -> tuple[Result, bytes]:
    result = run("train", "--resume", "last", "--out", tmp_path / "resumed")
    assert result.exit_code == 0
    return result, (tmp_path / "resumed" / "weights.safetensors").read_bytes()


STRUCK = """
import os, signal
from gradloom.cli import main
from gradloom.experiment import trainer, training

trainer.CHECKPOINT_SECONDS = {checkpoint_seconds}
learn = training.Training.learn

def struck(self, batch):
    if self.step == 100:
        os.kill(os.getpid(), signal.{signal})
    return learn(self, batch)

training.Training.learn = struck
main()
"""


def struck(path: Path, signal: str, checkpoint_seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
    """A training of 480 steps in a process of its own, which a signal meets after 100 of them."""
    code = STRUCK.format(signal=signal, checkpoint_seconds=checkpoint_seconds)
    command = [sys.executable, "-c", code, "train", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
@pytest.mark.parametrize(
    ("checkpoint_seconds", "begins"),
    [
        (0.0, "Going on after step 100, in epoch 13 of 60."),
        (60.0, "has no checkpoint yet, so it begins again"),
    ],
)
def test_a_killed_training_goes_on_to_the_same_bits(
    run: Run,
    write: Write,
    kept: Callable[..., Any],
    whole: bytes,
    tmp_path: Path,
    checkpoint_seconds: float,
    begins: str,
) -> None:
    assert struck(write(LONG), "SIGKILL", checkpoint_seconds).returncode == -9
    (cut_short,) = kept()
    assert cut_short["state"] == "interrupted"
    result, weights = resumed(run, tmp_path)
    assert begins in result.stdout
    assert weights == whole
    (same,) = kept()
    assert (same["id"], same["state"], same["epoch"]) == (cut_short["id"], "finished", 60)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
@pytest.mark.parametrize(("signal", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_an_interrupted_training_says_how_to_go_on(
    run: Run, write: Write, kept: Callable[..., Any], whole: bytes, tmp_path: Path, signal: str, code: int
) -> None:
    ended = struck(write(LONG), signal)
    assert ended.returncode == code
    (stopped,) = kept()
    assert (stopped["state"], stopped["epoch"], stopped["step"]) == ("stopped", 12, 101)
    assert ended.stdout.splitlines()[-1] == f"Go on with: gradloom train --resume {stopped['id']}"
    result, weights = resumed(run, tmp_path)
    assert "Going on after step 101, in epoch 13 of 60." in result.stdout
    assert weights == whole


def test_a_finished_run_can_be_trained_longer(
    run: Run, write: Write, kept: Callable[..., Any], whole: bytes, tmp_path: Path
) -> None:
    run("train", write(LONG), "--epochs", 20)
    (short,) = kept()
    result = run("train", "--resume", short["id"], "--epochs", 60, "--out", tmp_path / "longer")
    assert result.exit_code == 0
    assert (tmp_path / "longer" / "weights.safetensors").read_bytes() == whole
    (longer,) = kept()
    assert (longer["id"], longer["epoch"], longer["epochs"]) == (short["id"], 60, 60)
    assert len(json.loads(run("runs", "show", "last", "--json").stdout)["measurements"]) == 4 * 60


PAGE = (Path(__file__).parents[3] / "docs" / "runs.md").read_text(encoding="utf-8")


def test_the_page_on_runs_is_true(run: Run, kept: Callable[..., Any], tmp_path: Path) -> None:
    (commands,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in commands.splitlines():
        words = line.partition("#")[0].split()[1:]
        ids = [each["id"] for each in kept()]
        result = run(*(word.replace("7f3a", ids[0][:4]) if ids else word for word in words), typed="y\n")
        assert result.exit_code == 0, line
    assert kept() == []
    (snippet,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    ended = subprocess.run([sys.executable, "-c", snippet], capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    assert ended.stdout.startswith("finished ")
    assert (tmp_path / "runs").is_dir()
