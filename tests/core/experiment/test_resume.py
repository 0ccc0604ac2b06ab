"""A training that was interrupted, however rudely, goes on with the same bits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradloom.experiment.checkpoint import load_weights
from gradloom.experiment.document import Choice, Document
from gradloom.experiment.document_file import parse
from gradloom.experiment.events import BatchEnded, EpochEnded, Event, Notice
from gradloom.experiment.run_folder import CHECKPOINT_FILE, WEIGHTS_FILE
from gradloom.experiment.trainer import OTHER_DATA, Trainer
from gradloom.plugins import Catalogue, load_plugins

# Adam, momentum of batch statistics, dropout's draws, a schedule and a metric: all that a step leaves behind.
SPIRALS = """
format = 1

[data]
kind = "spirals"
samples = 240

[nodes]
points = { kind = "Input" }
fc1 = { kind = "Linear", out_features = 16 }
norm = { kind = "BatchNorm1d" }
drop = { kind = "Dropout", p = 0.3 }
fc2 = { kind = "Linear", out_features = 3 }
loss = { kind = "CrossEntropyLoss" }

[graph]
wires = ["points -> fc1", "fc1 -> norm", "norm -> drop", "drop -> fc2", "fc2 -> loss"]

[optimizer]
kind = "Adam"
lr = 0.01

[schedule]
kind = "CosineAnnealingLR"
T_max = 3

[training]
epochs = 3
batch_size = 32
seed = 9
metrics = ["accuracy"]
"""
STEPS_PER_EPOCH = 6


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_plugins(entry_points=False).catalogue


@pytest.fixture(scope="module")
def spirals() -> Document:
    return parse(SPIRALS)


class Story:
    """The figures that a run reports, and what to do after each event."""

    def __init__(self, then: Callable[[Event], None] = lambda event: None) -> None:
        self.losses: list[tuple[int, float]] = []
        self.epochs: list[tuple[int, dict[str, float], dict[str, float], float]] = []
        self.notices: list[str] = []
        self.then = then

    def __call__(self, event: Event) -> None:
        if isinstance(event, BatchEnded):
            self.losses.append((event.step, event.loss))
        elif isinstance(event, EpochEnded):
            self.epochs.append((event.epoch, dict(event.train), dict(event.validation), event.lr))
        elif isinstance(event, Notice):
            self.notices.append(event.message)
        self.then(event)


@pytest.fixture(scope="module")
def whole(spirals: Document, catalogue: Catalogue) -> tuple[Story, dict[str, Any]]:
    story = Story()
    trainer = Trainer(spirals, catalogue, listener=story)
    assert trainer.run().outcome == "finished"
    return story, trainer.state_dict()


def same_bits(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(a[name].tobytes() == b[name].tobytes() for name in a)


@pytest.mark.parametrize("at", [1, 4, STEPS_PER_EPOCH, STEPS_PER_EPOCH + 2, 3 * STEPS_PER_EPOCH - 1])
def test_a_stopped_run_goes_on_as_if_nothing_had_been(
    spirals: Document,
    catalogue: Catalogue,
    whole: tuple[Story, dict[str, Any]],
    tmp_path: Path,
    at: int,
) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, BatchEnded) and event.step == at:
            first.stop()

    before, after = Story(stop), Story()
    first = Trainer(spirals, catalogue, listener=before, run_folder=lambda: tmp_path)
    assert first.run().outcome == "stopped"
    second = Trainer(spirals, catalogue, listener=after, resume_from=tmp_path / CHECKPOINT_FILE)
    assert second.run().outcome == "finished"
    story, weights = whole
    assert before.losses + after.losses == story.losses
    assert before.epochs + after.epochs == story.epochs
    assert same_bits(second.state_dict(), weights)


KILLED = """
import os, signal, sys
from pathlib import Path
from gradloom.experiment.document_file import read
from gradloom.experiment.events import BatchEnded
from gradloom.experiment.trainer import OTHER_DATA, Trainer
from gradloom.plugins import load_plugins

def listener(event):
    if isinstance(event, BatchEnded) and event.step == 8:
        trainer.checkpoint()
    if isinstance(event, BatchEnded) and event.step == 10:
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
trainer = Trainer(
    read(folder / "spirals.loom.toml"),
    load_plugins(entry_points=False).catalogue,
    listener=listener,
    run_folder=lambda: folder,
)
trainer.run()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot kill itself so abruptly")
def test_a_killed_process_costs_no_more_than_the_steps_since_the_checkpoint(
    spirals: Document, catalogue: Catalogue, whole: tuple[Story, dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "spirals.loom.toml").write_text(SPIRALS, encoding="utf-8")
    died = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert died.returncode == -signal.SIGKILL
    after = Story()
    trainer = Trainer(spirals, catalogue, listener=after, resume_from=tmp_path / CHECKPOINT_FILE)
    assert trainer.run().outcome == "finished"
    story, weights = whole
    assert after.losses == story.losses[8:]
    assert same_bits(trainer.state_dict(), weights)


def test_a_finished_run_can_be_made_longer(
    spirals: Document, catalogue: Catalogue, whole: tuple[Story, dict[str, Any]], tmp_path: Path
) -> None:
    short = spirals.model_copy(update={"training": spirals.training.model_copy(update={"epochs": 2})})
    Trainer(short, catalogue, listener=Story(), run_folder=lambda: tmp_path).run()
    trainer = Trainer(spirals, catalogue, listener=Story(), resume_from=tmp_path / CHECKPOINT_FILE)
    assert trainer.run().epoch == 3
    assert same_bits(trainer.state_dict(), whole[1])


def test_a_run_leaves_its_weights_in_its_folder(
    spirals: Document, catalogue: Catalogue, tmp_path: Path
) -> None:
    trainer = Trainer(spirals, catalogue, listener=Story(), run_folder=lambda: tmp_path)
    trainer.run()
    weights = trainer.state_dict()
    assert same_bits(load_weights(tmp_path / WEIGHTS_FILE, weights), weights)


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": Choice(kind="SGD", parameters={"lr": 0.01})},
        {"nodes": "wider"},
        {"training": "seed"},
    ],
    ids=["optimizer", "nodes", "seed"],
)
def test_the_checkpoint_of_another_experiment_is_refused(
    spirals: Document, catalogue: Catalogue, tmp_path: Path, change: dict[str, Any]
) -> None:
    if change.get("nodes"):
        wider = {**spirals.nodes, "fc1": Choice(kind="Linear", parameters={"out_features": 20})}
        change = {"nodes": wider}
    if change.get("training"):
        change = {"training": spirals.training.model_copy(update={"seed": 10})}
    Trainer(spirals, catalogue, listener=Story(), run_folder=lambda: tmp_path).run()
    other = spirals.model_copy(update=change)
    ended = Trainer(other, catalogue, listener=Story(), resume_from=tmp_path / CHECKPOINT_FILE).run()
    assert ended.failure is not None
    assert ended.failure.message.startswith("The checkpoint belongs to another experiment")


def test_a_damaged_checkpoint_is_refused(spirals: Document, catalogue: Catalogue, tmp_path: Path) -> None:
    Trainer(spirals, catalogue, listener=Story(), run_folder=lambda: tmp_path).run()
    path = tmp_path / CHECKPOINT_FILE
    data = bytearray(path.read_bytes())
    data[-9] ^= 4
    path.write_bytes(data)
    ended = Trainer(spirals, catalogue, listener=Story(), resume_from=path).run()
    assert ended.failure is not None
    assert "is damaged" in ended.failure.message


def test_a_folder_that_cannot_be_written_does_not_stop_the_training(
    spirals: Document, catalogue: Catalogue, whole: tuple[Story, dict[str, Any]], tmp_path: Path
) -> None:
    story = Story()
    trainer = Trainer(spirals, catalogue, listener=story, run_folder=lambda: tmp_path / "gone")
    assert trainer.run().outcome == "finished"
    assert same_bits(trainer.state_dict(), whole[1])
    assert len(story.notices) == 1
    assert "its folder does not exist" in story.notices[0]
    assert np.isfinite(story.losses[-1][1])


@pytest.mark.parametrize("stays", [True, False])
def test_data_that_changed_meanwhile_are_told(catalogue: Catalogue, tmp_path: Path, stays: bool) -> None:
    table, chosen = tmp_path / "table.csv", f'kind = "csv"\npath = "{(tmp_path / "table.csv").as_posix()}"'
    table.write_text("".join(f"{i},{i % 7},{'abc'[i % 3]}\n" for i in range(240)))
    document = parse(SPIRALS.replace('kind = "spirals"\nsamples = 240', chosen))

    def stop(event: Event) -> None:
        if isinstance(event, BatchEnded) and event.step == 2:
            first.stop()

    first = Trainer(document, catalogue, listener=stop, run_folder=lambda: tmp_path)
    assert first.run().outcome == "stopped"
    os.utime(table, (0, 0))
    if not stays:
        table.write_text(table.read_text().replace("99,", "98,"))
    story = Story()
    second = Trainer(document, catalogue, listener=story, resume_from=tmp_path / CHECKPOINT_FILE)
    assert second.run().outcome == "finished"
    assert story.notices == ([] if stays else [OTHER_DATA])
