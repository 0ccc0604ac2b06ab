"""The memory of runs: kept through crashes and damage, and never in the way of a training."""

from __future__ import annotations

import math
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gradloom.experiment import recording, run_database, runs
from gradloom.experiment.checkpoint import load_weights
from gradloom.experiment.document import Choice, Document, TrainingSettings
from gradloom.experiment.document_file import read, render
from gradloom.experiment.events import BatchEnded, EpochEnded, Failure, RunEnded, RunStarted
from gradloom.experiment.examples import read_example
from gradloom.experiment.recording import Recording
from gradloom.experiment.run_folder import CHECKPOINT_FILE, DOCUMENT_FILE, WEIGHTS_FILE
from gradloom.experiment.runs import RunError, RunStore
from gradloom.experiment.trainer import Trainer
from gradloom.plugins import load_plugins

DOCUMENT = Document(
    name="Digits",
    nodes={"fc": Choice(kind="Linear", parameters={"out_features": 10})},
    training=TrainingSettings(epochs=2, seed=7),
)
STARTED = RunStarted(2, 10, 640, 100, 1000)


Open = Callable[..., RunStore]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens stores, and closes them after the test."""
    with ExitStack() as stack:
        yield lambda *args: stack.enter_context(closing(RunStore(*args)))


def epoch(number: int, loss: float = 0.5) -> EpochEnded:
    return EpochEnded(
        number, number * 10, {"loss": loss}, {"loss": 2 * loss, "accuracy": 0.9}, 0.01, 1.0, 640.0
    )


def begun(store: RunStore) -> Recording:
    recording = store.record(DOCUMENT, {"gradloom-example": "1.2"})
    recording(STARTED)
    return recording


def run_of(store: RunStore, *events: EpochEnded, ended: RunEnded) -> str:
    recording = begun(store)
    recording(BatchEnded(1, 1, 0.7, 64))
    for event in events:
        recording(event)
    recording(ended)
    return recording.run


def test_a_run_is_remembered_with_its_figures(opened: Open, tmp_path: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    run_id = run_of(
        opened(tmp_path), epoch(1), epoch(2), ended=RunEnded("finished", 20, 2, 1.5, {"loss": 1.0})
    )
    (run,) = opened(tmp_path).runs()
    assert (run.id, run.name, run.seed, run.state) == (run_id, "Digits", 7, "finished")
    assert (run.step, run.epoch, run.epochs, run.seconds, run.message) == (20, 2, 2, 1.5, "")
    assert run.validation == {"loss": 1.0, "accuracy": 0.9}
    assert run.ended is not None
    assert before <= run.started <= run.ended <= datetime.now(UTC)
    assert run.versions["gradloom-example"] == "1.2"
    assert {"gradloom", "numpy", "python"} <= run.versions.keys()
    figures = opened(tmp_path).measurements(run_id)
    assert [(f.epoch, f.part, f.name, f.value) for f in figures[:3]] == [
        (1, "train", "loss", 0.5),
        (1, "validation", "accuracy", 0.9),
        (1, "validation", "loss", 1.0),
    ]
    assert [f.step for f in figures] == [10] * 3 + [20] * 3


def test_the_document_of_a_run_can_be_opened_again(opened: Open, tmp_path: Path) -> None:
    store = opened(tmp_path)
    recording = begun(store)
    folder = recording.folder()
    assert folder is not None
    assert read(folder / DOCUMENT_FILE) == DOCUMENT
    assert store.document_text(recording.run) == (folder / DOCUMENT_FILE).read_text()
    assert store.document_text("unknown") is None


def test_the_latest_run_comes_first_and_a_failure_keeps_its_sentence(opened: Open, tmp_path: Path) -> None:
    store = opened(tmp_path)
    run_of(store, ended=RunEnded("stopped", 3, 1, 0.1))
    run_of(store, ended=RunEnded("failed", 4, 1, 0.1, failure=Failure("The loss became NaN.")))
    assert [(run.state, run.message) for run in store.runs()] == [
        ("failed", "The loss became NaN."),
        ("stopped", ""),
    ]


def test_what_is_not_a_number_stays_so(opened: Open, tmp_path: Path) -> None:
    store = opened(tmp_path)
    run_id = run_of(store, epoch(1, math.nan), epoch(2, math.inf), ended=RunEnded("failed", 20, 2, 1.0))
    losses = [f.value for f in store.measurements(run_id) if (f.part, f.name) == ("train", "loss")]
    assert math.isnan(losses[0])
    assert losses[1] == math.inf


def test_a_run_going_on_is_running_for_every_store(opened: Open, tmp_path: Path) -> None:
    begun(opened(tmp_path)).close()
    recording = begun(opened(tmp_path))
    second = opened(tmp_path)
    assert [run.state for run in second.runs()] == ["running", "interrupted"]
    recording(RunEnded("finished", 1, 1, 0.1))
    assert second.runs()[0].state == "finished"


DIES = """
import os, signal, sys
from pathlib import Path
from gradloom.experiment.document import Document
from gradloom.experiment.events import EpochEnded, RunStarted
from gradloom.experiment import recording as module
from gradloom.experiment.runs import RunStore

module.FLUSH_SECONDS = 0.0
recording = RunStore(Path(sys.argv[1])).record(Document(name="Cut short"))
recording(RunStarted(2, 10, 640, 100, 1000))
recording(EpochEnded(1, 10, {"loss": 0.5}, {}, 0.01, 1.0, 64.0))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot kill itself so abruptly")
def test_a_run_whose_process_was_killed_is_interrupted_and_keeps_its_figures(
    opened: Open, tmp_path: Path
) -> None:
    assert subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], check=False).returncode == -9
    store = opened(tmp_path)
    (run,) = store.runs()
    assert (run.state, run.name, run.ended) == ("interrupted", "Cut short", None)
    assert [f.value for f in store.measurements(run.id)] == [0.5]


@pytest.mark.parametrize("damage", [b"not a database, only words " * 400, None], ids=["overwritten", "page"])
def test_a_damaged_list_is_set_aside_and_a_new_one_begun(
    opened: Open, tmp_path: Path, damage: bytes | None
) -> None:
    store = opened(tmp_path)
    run_of(store, *(epoch(n) for n in range(1, 200)), ended=RunEnded("finished", 1, 1, 0.1))
    store.close()
    path = tmp_path / "runs.sqlite"
    whole = path.read_bytes()
    path.write_bytes(damage or whole[:4096] + bytes([0xFF] * 4096) + whole[8192:])
    said: list[str] = []
    again = opened(tmp_path, said.append)
    assert again.usable
    assert again.runs() == ()
    (aside,) = tmp_path.glob("runs.sqlite.corrupt-*")
    assert said == [
        f"The list of runs could not be read. It is kept as {aside.name}, and a new list was begun."
    ]
    run_of(again, ended=RunEnded("finished", 1, 1, 0.1))
    assert len(again.runs()) == 1


def test_a_list_of_a_newer_version_is_left_alone(opened: Open, tmp_path: Path) -> None:
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "runs.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    said: list[str] = []
    store = opened(tmp_path, said.append)
    assert not store.usable
    assert not store.usable
    assert len(said) == 1
    assert "newer version" in said[0]


def test_where_nothing_can_be_written_recording_is_harmless_and_said_once(
    opened: Open, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file where the folder would be"
    blocked.write_text("")
    said: list[str] = []
    store = opened(blocked, said.append)
    recording = begun(store)
    assert recording.folder() is None
    recording(epoch(1))
    recording(RunEnded("finished", 10, 1, 1.0))
    assert store.runs() == ()
    assert len(said) == 1
    assert said[0].startswith(f"Runs are not being kept in {blocked}: ")


def test_a_list_that_fails_midway_does_not_end_the_run(opened: Open, tmp_path: Path) -> None:
    said: list[str] = []
    store = opened(tmp_path, said.append)
    recording = begun(store)
    with sqlite3.connect(tmp_path / "runs.sqlite") as connection:
        connection.execute("DROP TABLE metrics")
    connection.close()
    recording(epoch(1))
    recording(RunEnded("finished", 10, 1, 1.0))
    assert len(said) == 1
    assert "no such table: metrics" in said[0]


@pytest.mark.parametrize("writable", [True, False])
def test_whoever_else_listens_hears_everything(opened: Open, tmp_path: Path, writable: bool) -> None:
    if not writable:
        (tmp_path / "runs").write_text("")
    events = [STARTED, epoch(1), RunEnded("finished", 10, 1, 1.0)]
    heard: list[object] = []
    recording = opened(tmp_path / "runs").record(DOCUMENT, then=heard.append)
    for event in events:
        recording(event)
    assert heard == events


def test_a_training_fills_its_run(opened: Open, tmp_path: Path) -> None:
    store = opened(tmp_path)
    document = read_example("iris")
    recording = store.record(document)
    catalogue = load_plugins(entry_points=False).catalogue
    trainer = Trainer(document, catalogue, listener=recording, run_folder=recording.folder)
    ended = trainer.run()
    (run,) = store.runs()
    assert (run.state, run.step, run.seconds) == ("finished", ended.step, ended.seconds)
    last = {
        f.name: f.value
        for f in store.measurements(run.id)
        if (f.epoch, f.part) == (ended.epoch, "validation")
    }
    assert last == ended.validation
    folder = recording.folder()
    assert folder is not None
    assert {path.name for path in folder.iterdir()} == {
        DOCUMENT_FILE,
        WEIGHTS_FILE,
        CHECKPOINT_FILE,
    }


def test_what_could_not_even_begin_leaves_no_trace(opened: Open, tmp_path: Path) -> None:
    recording = opened(tmp_path).record(DOCUMENT)
    recording(RunEnded("failed", 0, 0, 0.0, failure=Failure("There is no such layer.")))
    assert not recording.kept
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_goes_on_counts_on_from_its_checkpoint(opened: Open, tmp_path: Path) -> None:
    store = opened(tmp_path)
    run_id = run_of(store, epoch(1), epoch(2), ended=RunEnded("stopped", 25, 3, 1.5))
    longer = DOCUMENT.model_copy(update={"training": TrainingSettings(epochs=5, seed=7)})
    recording = store.resume(run_id, longer)
    recording(replace(STARTED, epochs=5, step=12))
    (run,) = opened(tmp_path).runs()
    assert (run.state, run.ended, run.epochs) == ("running", None, 5)
    assert (run.step, run.epoch, run.validation) == (12, 1, {"loss": 1.0, "accuracy": 0.9})
    recording(epoch(2, 0.25))
    recording(RunEnded("finished", 20, 2, 2.0))
    (run,) = store.runs()
    assert (run.state, run.epoch, run.seconds) == ("finished", 2, 3.5)
    losses = [f.value for f in store.measurements(run_id) if (f.part, f.name) == ("train", "loss")]
    assert losses == [0.5, 0.25]
    assert store.document_text(run_id) == render(longer)


def test_epochs_that_pass_quickly_are_written_together(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "FLUSH_SECONDS", 60.0)
    listener = begun(opened(tmp_path))
    listener(epoch(1))
    (run,) = opened(tmp_path).runs()
    assert run.epoch == 0
    listener(RunEnded("finished", 10, 1, 1.0))
    (run,) = opened(tmp_path).runs()
    assert run.epoch == 1


def test_the_weights_of_the_end_are_gone_once_a_run_goes_on(opened: Open, tmp_path: Path) -> None:
    store = opened(tmp_path)
    run_id = run_of(store, epoch(1), ended=RunEnded("stopped", 10, 1, 1.0))
    weights = tmp_path / run_id / WEIGHTS_FILE
    weights.write_bytes(b"those of the stop")
    store.resume(run_id, DOCUMENT)(STARTED)
    assert not weights.exists()


def test_a_list_that_another_process_is_making_is_waited_for(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY_RECOVERY
    answers: list[Exception] = [busy, busy]
    connect = sqlite3.connect

    def late(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        if answers:
            raise answers.pop()
        return connect(*args, **kwargs)

    monkeypatch.setattr(sqlite3, "connect", late)
    store = opened(tmp_path)
    run_of(store, ended=RunEnded("finished", 1, 1, 0.1))
    assert len(store.runs()) == 1
    assert answers == []


def test_a_run_that_is_going_on_can_neither_go_on_twice_nor_be_deleted(opened: Open, tmp_path: Path) -> None:
    store = opened(tmp_path)
    recording = begun(store)
    with pytest.raises(RunError, match="is going on already"):
        store.resume(recording.run, DOCUMENT)
    with pytest.raises(RunError, match="stop it before"):
        store.delete([recording.run])
    assert store.runs()


def test_a_deleted_run_is_gone_with_all_that_it_kept(opened: Open, tmp_path: Path) -> None:
    store = opened(tmp_path)
    first, second, third = (run_of(store, epoch(1), ended=RunEnded("finished", 10, 1, 0.1)) for _ in range(3))
    store.delete([first, third])
    assert [run.id for run in store.runs()] == [second]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [second]
    assert store.measurements(first) == ()
    with pytest.raises(RunError, match="folder of run"):
        store.resume(first, DOCUMENT)


def test_a_run_is_found_by_the_begin_of_its_id(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = iter(["ab120000", "ab340000"])
    monkeypatch.setattr(runs.secrets, "token_hex", lambda size: next(ids))
    store = opened(tmp_path)
    for _ in range(2):
        run_of(store, ended=RunEnded("finished", 1, 1, 0.1))
    assert store.find("ab1").id == store.find("ab120000").id == "ab120000"
    for word, sentence in (("ab", "2 runs begin with 'ab'"), ("c", "no run 'c'"), ("", "no run ''")):
        with pytest.raises(RunError, match=sentence):
            store.find(word)


def test_weights_come_from_the_checkpoint_where_a_run_was_cut_short(opened: Open, tmp_path: Path) -> None:
    store = opened(tmp_path)
    document = read_example("iris")
    recording = store.record(document)
    catalogue = load_plugins(entry_points=False).catalogue
    trainer = Trainer(document, catalogue, listener=recording, run_folder=recording.folder)
    trainer.run()
    whole, cut_short = tmp_path / "whole.safetensors", tmp_path / "cut.safetensors"
    store.export_weights(recording.run, whole)
    (tmp_path / recording.run / WEIGHTS_FILE).unlink()
    store.export_weights(recording.run, cut_short)
    weights = trainer.state_dict()
    for path in (whole, cut_short):
        kept = load_weights(path, weights)
        assert all(kept[name].tobytes() == weights[name].tobytes() for name in weights)
    (tmp_path / recording.run / CHECKPOINT_FILE).unlink()
    with pytest.raises(RunError, match="before any weights"):
        store.export_weights(recording.run, whole)


WRITES = """
import sys
from pathlib import Path
from gradloom.experiment.document import Document
from gradloom.experiment.events import EpochEnded, RunEnded, RunStarted
from gradloom.experiment import recording as module
from gradloom.experiment.runs import RunStore

module.FLUSH_SECONDS = 0.0
print("ready", flush=True)
sys.stdin.readline()
for _ in range(10):
    recording = RunStore(Path(sys.argv[1]), print).record(Document(name=sys.argv[2]))
    recording(RunStarted(5, 10, 640, 100, 1000))
    for epoch in range(1, 6):
        recording(EpochEnded(epoch, 10 * epoch, {"loss": 0.5}, {"loss": 0.5}, 0.01, 1.0, 64.0))
    recording(RunEnded("finished", 50, 5, 1.0))
"""


def test_processes_write_the_same_new_list_at_once(opened: Open, tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITES, str(tmp_path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        said, _ = writer.communicate(timeout=60)
        assert said == ""
    kept = opened(tmp_path).runs()
    assert sorted(run.name for run in kept) == ["one"] * 10 + ["two"] * 10
    assert all((run.state, run.epoch) == ("finished", 5) for run in kept)
    assert all(len(opened(tmp_path).measurements(run.id)) == 10 for run in kept[:3])


def test_a_list_that_others_hold_on_to_costs_no_more_than_the_record(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_database, "BUSY_MS", 20)
    said: list[str] = []
    store = opened(tmp_path, said.append)
    recording = begun(store)
    with closing(sqlite3.connect(tmp_path / "runs.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        recording(epoch(1))
        recording(RunEnded("finished", 10, 1, 1.0))
    assert len(said) == 1
    assert "locked" in said[0]
