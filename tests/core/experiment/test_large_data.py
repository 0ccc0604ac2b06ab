"""Data that stay on the disk train a network to the same bits as data in memory, and take little memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradloom.data.sources import Normalization, StoredSamples, mnist5k, stored
from gradloom.experiment.data_paths import located
from gradloom.experiment.data_set import load_samples
from gradloom.experiment.document import Document
from gradloom.experiment.document_file import parse
from gradloom.experiment.events import BatchEnded, EpochEnded, Event, Notice
from gradloom.experiment.predictions import Agreement, LabelledPictures, Predictions, RedrawnPictures
from gradloom.experiment.run_folder import CHECKPOINT_FILE
from gradloom.experiment.showcase import Showcase
from gradloom.experiment.trainer import READING, Trainer
from gradloom.plugins.catalogue import Catalogue

PICTURES = mnist5k().take(np.arange(0, 5000, 12))
X, Y = PICTURES.x[:, 0], PICTURES.target

DATA = """
format = 1

[data]
kind = "npy"
input = "x.npy"
target = "y.npy"
normalize = "{normalize}"
{more}

[training]
epochs = 2
batch_size = 32
"""
CLASSES = """
[nodes]
x = { kind = "Input" }
flat = { kind = "Flatten" }
fc = { kind = "Linear", out_features = 10 }
loss = { kind = "CrossEntropyLoss" }

[graph]
wires = ["x -> flat", "flat -> fc", "fc -> loss"]
"""
NUMBERS = CLASSES.replace("CrossEntropy", "MSE").replace("10", "2")
REDRAWN = """
[nodes]
x = { kind = "Input" }
conv = { kind = "Conv2d", out_channels = 1, kernel_size = 3, padding = 1 }
loss = { kind = "MSELoss" }

[graph]
wires = ["x -> conv", "conv -> loss", "x -> loss.target"]
"""


def document(
    folder: Path, graph: str, normalize: str = "standard", more: str = ""
) -> Callable[..., Document]:
    text = DATA.format(normalize=normalize, more=more) + graph
    return lambda catalogue: located(parse(text), catalogue, folder)


def save(folder: Path, x: np.ndarray = X, y: np.ndarray = Y) -> None:
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)


class Story:
    """The figures that a run reports, and what to do after each event."""

    def __init__(self, then: Callable[[Event], None] = lambda event: None) -> None:
        self.figures: list[Any] = []
        self.notices: list[str] = []
        self.then = then

    def __call__(self, event: Event) -> None:
        if isinstance(event, BatchEnded):
            self.figures.append((event.step, event.loss))
        elif isinstance(event, EpochEnded):
            self.figures.append((dict(event.train), dict(event.validation)))
        elif isinstance(event, Notice):
            self.notices.append(event.message)
        self.then(event)


def train(document: Document, catalogue: Catalogue) -> tuple[list[Any], dict[str, bytes], Predictions]:
    story, showcase = Story(), Showcase()
    trainer = Trainer(document, catalogue, listener=story, showcase=showcase)
    ended = trainer.run()
    assert ended.outcome == "finished", ended.failure
    glimpse = showcase.take()
    assert glimpse is not None
    weights = {name: array.tobytes() for name, array in trainer.state_dict().items()}
    return story.figures, weights, glimpse.predictions


FLIPS = 'transforms = [{ kind = "RandomHorizontalFlip" }, { kind = "GaussianNoise" }]'


@pytest.mark.parametrize(
    ("graph", "y", "normalize", "more", "shown"),
    [
        (CLASSES, Y, "standard", "", LabelledPictures),
        (CLASSES, Y, "unit", FLIPS, LabelledPictures),
        (NUMBERS, X[:, :2, 14].astype(np.float32) / 255, "unit", "validation = 0.1", Agreement),
        (REDRAWN, Y, "standard", "", RedrawnPictures),
    ],
    ids=["classes", "transforms", "numbers", "redrawn"],
)
def test_a_training_from_disk_has_the_bits_of_one_in_memory(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    catalogue: Catalogue,
    graph: str,
    y: np.ndarray,
    normalize: str,
    more: str,
    shown: type,
) -> None:
    experiment = document(tmp_path, graph, normalize, more)(catalogue)
    save(tmp_path, y=y)
    figures, weights, predictions = train(experiment, catalogue)
    assert isinstance(predictions, shown)
    monkeypatch.setattr(stored, "HELD", 0)
    os.utime(tmp_path / "x.npy", (0, 0))  # so that it is read again
    assert isinstance(load_samples(experiment.data.source, catalogue), StoredSamples)
    ours, ours_weights, ours_predictions = train(experiment, catalogue)
    assert ours == figures
    assert ours_weights == weights
    assert isinstance(ours_predictions, shown)


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue) -> Document:
    monkeypatch.setattr(stored, "HELD", 0)
    save(tmp_path)
    return document(tmp_path, CLASSES)(catalogue)


@pytest.mark.parametrize("at", [1, 7, 13])
def test_a_run_goes_on_with_the_same_bits_without_reading_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue, large: Document, at: int
) -> None:
    figures, weights, _ = train(large, catalogue)

    def stop(event: Event) -> None:
        if isinstance(event, BatchEnded) and event.step == at:
            first.stop()

    before, after = Story(stop), Story()
    first = Trainer(large, catalogue, listener=before, run_folder=lambda: tmp_path)
    assert first.run().outcome == "stopped"
    reads: list[int] = []
    read = StoredSamples.read

    def counted(samples: StoredSamples, name: str) -> Any:
        reads.append(len(samples))
        return read(samples, name)

    monkeypatch.setattr(StoredSamples, "read", counted)
    second = Trainer(large, catalogue, listener=after, resume_from=tmp_path / CHECKPOINT_FILE)
    assert second.run().outcome == "finished"
    assert before.figures + after.figures == figures
    assert {name: array.tobytes() for name, array in second.state_dict().items()} == weights
    assert sum(1 < count <= 32 for count in reads) == 22 - at


def test_the_scale_is_found_once_until_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue, large: Document
) -> None:
    found: list[Any] = []
    of = Normalization.of.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(
        Normalization, "of", classmethod(lambda cls, *given: found.append(1) or of(cls, *given))
    )
    for _ in range(2):
        train(large, catalogue)
    assert len(found) == 1
    save(tmp_path, x=255 - X)
    os.utime(tmp_path / "x.npy", (0, 0))
    train(large, catalogue)
    assert len(found) == 2


def test_reading_for_the_scale_is_told_and_can_be_stopped(
    monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue, large: Document
) -> None:
    monkeypatch.setattr("gradloom.experiment.trainer.SILENT_SECONDS", -1.0)
    story = Story(lambda event: trainer.stop())
    trainer = Trainer(large, catalogue, listener=story)
    monkeypatch.setattr("gradloom.data.sources.normalization.SLAB", 28 * 28)
    ended = trainer.run()
    assert (ended.outcome, ended.step, story.figures) == ("stopped", 0, [])
    assert story.notices == [READING]


def test_a_value_that_is_missing_ends_the_run_with_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
) -> None:
    monkeypatch.setattr(stored, "HELD", 0)
    x = X.astype(np.float32)
    x[:, 3, 3] = np.inf
    save(tmp_path, x=x)
    ended = Trainer(document(tmp_path, CLASSES, "none")(catalogue), catalogue, listener=Story()).run()
    assert ended.failure is not None
    assert "x.npy has a value in row" in ended.failure.message
    assert "\n" not in ended.failure.message


@pytest.mark.parametrize(("after", "epoch", "step"), [(BatchEnded, 1, 2), (EpochEnded, 2, 12)])
def test_a_file_that_is_cut_short_ends_the_run_with_a_sentence(
    tmp_path: Path, catalogue: Catalogue, large: Document, after: type, epoch: int, step: int
) -> None:
    def spoil(event: Event) -> None:
        if isinstance(event, after):
            (tmp_path / "x.npy").write_bytes(b"")

    ended = Trainer(large, catalogue, listener=Story(spoil)).run()
    assert ended.failure is not None
    assert ended.failure.message == (
        f"Reading the data failed in step {step} (epoch {epoch}): x.npy has become shorter while it was "
        "used; it must stay as it is."
    )


MEMORY = """
import resource, sys
from pathlib import Path
from gradloom.experiment.document_file import read
from gradloom.experiment.data_paths import located
from gradloom.experiment.trainer import Trainer
from gradloom.experiment.events import BatchEnded
from gradloom.plugins import load_plugins

path = Path(sys.argv[1])
catalogue = load_plugins(entry_points=False).catalogue
document = located(read(path), catalogue, path.parent)

def held():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

before = held()
ended = Trainer(document, catalogue, listener=lambda event: None).run()
print(ended.outcome, ended.step, held() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KB on Linux")
def test_a_training_over_a_large_file_takes_a_fraction_of_its_memory(tmp_path: Path) -> None:
    rows = 10_240
    np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.uint8, (rows, 1, 128, 128))  # 160 MiB, sparse
    np.save(tmp_path / "y.npy", np.arange(rows) % 10)
    pooled = 'pool = { kind = "AvgPool2d", kernel_size = 32 }'
    graph = CLASSES.replace("flat =", f"{pooled}\nflat =").replace(
        '"x -> flat"', '"x -> pool", "pool -> flat"'
    )
    text = DATA.format(normalize="standard", more="").replace("epochs = 2", "epochs = 1") + graph
    (tmp_path / "large.loom.toml").write_text(text)
    told = subprocess.run(
        [sys.executable, "-c", MEMORY, tmp_path / "large.loom.toml"],
        env={**os.environ, "GRADLOOM_COMPILED": "0"},  # the compiler takes memory of its own
        check=True,
        capture_output=True,
        text=True,
    )
    outcome, steps, grown = told.stdout.split()
    assert (outcome, steps) == ("finished", "256")
    assert int(grown) < 80
