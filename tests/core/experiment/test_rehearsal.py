"""A rehearsal meets all that a training will, on a few rows, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

import gradloom
from gradloom.experiment.document import Document
from gradloom.experiment.document_file import parse
from gradloom.experiment.rehearsal import RehearsalError, rehearse
from gradloom.experiment.training import Training
from gradloom.kernels.counterpart import announce_compiling
from gradloom.plugins import Catalogue, load_plugins

DIGITS = """
format = 1

[data]
kind = "digits8x8"
validation = 0.2

[nodes]
image = { kind = "Input" }
flat = { kind = "Flatten" }
fc = { kind = "Linear", out_features = 10 }
loss = { kind = "CrossEntropyLoss" }

[graph]
wires = ["image -> flat", "flat -> fc", "fc -> loss"]

[optimizer]
kind = "SGD"
lr = 0.1

[training]
epochs = 100
batch_size = 64
"""


@pytest.fixture
def digits() -> Document:
    return parse(DIGITS)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return load_plugins(folder=tmp_path_factory.mktemp("plugins"), entry_points=False).catalogue


def test_each_epoch_has_a_full_batch_and_the_last_one_of_the_training(
    digits: Document, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    learn = Training.learn

    def measure(training: Training, batch: Any) -> float:
        sizes.append(len(batch[1]))
        return learn(training, batch)

    monkeypatch.setattr(Training, "learn", measure)
    rehearse(digits, catalogue)
    last = (1797 - round(0.2 * 1797)) % 64
    assert sizes == 3 * [64, last]


def test_it_counts_what_is_compiled(
    digits: Document, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearse(digits, catalogue)
    monkeypatch.setattr(Training, "examination", _compiling_examination)
    told: list[int] = []
    assert rehearse(digits, catalogue, told.append) == 3
    assert told == [1, 2, 3]


_examination = Training.examination


def _compiling_examination(training: Training) -> Any:
    announce_compiling()
    return _examination(training)


def test_it_draws_no_random_numbers_of_others(digits: Document, catalogue: Catalogue) -> None:
    gradloom.manual_seed(3)
    before = gradloom.random.get_rng_state()
    rehearse(digits, catalogue)
    assert gradloom.equal(gradloom.random.get_rng_state(), before)


def test_what_cannot_be_trained_is_said_in_a_sentence(digits: Document, catalogue: Catalogue) -> None:
    broken = digits.model_copy(update={"metrics": ("no such metric",)})
    with pytest.raises(RehearsalError, match="no such metric"):
        rehearse(broken, catalogue)
