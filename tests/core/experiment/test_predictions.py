"""Predictions of a few validation samples: in the form that suits the data, without a trace in the run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradloom.experiment import showcase as pacing
from gradloom.experiment.document import Choice, Document
from gradloom.experiment.events import Event, RunPaused, RunStarted
from gradloom.experiment.examination import Examination
from gradloom.experiment.examples import read_example
from gradloom.experiment.predictions import (
    Agreement,
    ClassMap,
    Confusion,
    FittedCurve,
    Glimpse,
    LabelledPictures,
    RedrawnPictures,
    Unshown,
)
from gradloom.experiment.showcase import Showcase
from gradloom.experiment.trainer import Trainer
from gradloom.experiment.training import Training
from gradloom.plugins import Catalogue, load_plugins
from gradloom.random import Generator, use_generator
from gradloom.tensor import wrap

FORMS = {
    "mnist-mlp": LabelledPictures,
    "mnist-cnn": LabelledPictures,
    "digits-resnet": LabelledPictures,
    "digits-autoencoder": RedrawnPictures,
    "spirals": ClassMap,
    "circles-two-inputs": ClassMap,
    "sine": FittedCurve,
    "iris": Confusion,
    "breast-cancer": Confusion,
    "diabetes": Agreement,
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_plugins(entry_points=False).catalogue


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a glimpse be due as soon as the last one is taken."""
    monkeypatch.setattr(pacing, "SHORTEST_S", 0.0)
    monkeypatch.setattr(pacing, "SHARE", float("inf"))


class Greedy(Showcase):
    """A showcase whose watcher takes every glimpse at once."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Glimpse] = []

    def put(self, glimpse: Glimpse, seconds: float) -> None:
        super().put(glimpse, seconds)
        taken = self.take()
        assert taken is glimpse
        self.seen.append(taken)


def short(name: str, epochs: int = 2) -> Document:
    document = read_example(name)
    return document.model_copy(update={"training": document.training.model_copy(update={"epochs": epochs})})


def train(document: Document, catalogue: Catalogue, showcase: Showcase | None) -> Trainer:
    trainer = Trainer(document, catalogue, listener=lambda event: None, showcase=showcase)
    assert trainer.run().outcome == "finished"
    return trainer


def training_of(document: Document, catalogue: Catalogue) -> Iterator[Training]:
    generator = Generator().manual_seed(0)
    with use_generator(generator):
        yield Training(document, catalogue, generator)


@pytest.mark.parametrize("name", FORMS)
def test_each_example_has_the_form_that_suits_its_data(name: str, catalogue: Catalogue) -> None:
    for training in training_of(read_example(name), catalogue):
        assert type(training.examination().ask()) is FORMS[name]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", ["breast-cancer", "spirals"])
def test_whoever_watches_changes_no_bit(name: str, catalogue: Catalogue) -> None:
    showcase = Greedy()
    watched = train(short(name), catalogue, showcase)
    alone = train(short(name), catalogue, None)
    steps = [glimpse.step for glimpse in showcase.seen]
    last = steps[-1]
    assert steps == [*range(last), last]
    seen, unseen = watched.state_dict(), alone.state_dict()
    assert seen.keys() == unseen.keys()
    assert all(seen[name].tobytes() == unseen[name].tobytes() for name in seen)


def test_asking_leaves_every_layer_in_its_mode(catalogue: Catalogue) -> None:
    for training in training_of(read_example("breast-cancer"), catalogue):
        layers = list(training.network.modules())
        layers[-2].eval()
        modes = [layer.training for layer in layers]
        assert len(set(modes)) == 2
        training.examination().ask()
        assert [layer.training for layer in layers] == modes


def test_labels_are_those_of_the_network_that_was_validated(catalogue: Catalogue) -> None:
    for training in training_of(short("iris"), catalogue):
        answer = training.examination().ask()
        assert isinstance(answer, Confusion)
        validation = training.validate(lambda: True)
        assert validation is not None
        assert answer.right / answer.counts.sum() == pytest.approx(validation["accuracy"])


def test_pictures_come_from_all_classes_in_turn(catalogue: Catalogue) -> None:
    for training in training_of(read_example("mnist-mlp"), catalogue):
        answer = training.examination().ask()
        assert isinstance(answer, LabelledPictures)
        assert answer.pictures.dtype == np.uint8
        assert answer.labels[:10].tolist() == list(range(10))
        assert answer.predicted.shape == answer.labels.shape == answer.wrong.shape


def test_a_map_says_for_each_place_what_the_network_says_there(catalogue: Catalogue) -> None:
    data = {"source": Choice(kind="spirals"), "normalize": "none"}
    document = Document.model_validate({**dict(read_example("spirals")), "data": data})
    for training in training_of(document, catalogue):
        answer = training.examination().ask()
        assert isinstance(answer, ClassMap)
        lines, columns = answer.cells.shape
        for line, column in [(0, 0), (0, columns - 1), (lines - 1, 0), (lines // 2, columns // 3)]:
            share = np.array([(column + 0.5) / columns, (line + 0.5) / lines])
            place = (answer.low + share * (answer.high - answer.low)).astype(np.float32)
            said = training.network.predict((wrap(place[None]),)).array.argmax()
            assert answer.cells[line, column] == said


def test_the_last_glimpse_is_that_of_the_trained_network(catalogue: Catalogue) -> None:
    showcase, steps = Showcase(), []
    trainer = Trainer(short("iris"), catalogue, listener=lambda event: None, showcase=showcase)
    steps.append(trainer.run().step)
    glimpse = showcase.take()
    assert glimpse is not None
    assert [glimpse.step] == steps
    assert showcase.take() is None


def test_what_the_first_glimpse_compiles_does_not_put_off_the_second(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    showcase, cost = Greedy(), []
    put = showcase.put

    def take_note(glimpse: Glimpse, seconds: float) -> None:
        cost.append(seconds)
        put(glimpse, seconds)

    monkeypatch.setattr(showcase, "put", take_note)
    train(short("iris"), catalogue, showcase)
    assert cost[0] == 0
    assert all(seconds > 0 for seconds in cost[1:])


def test_every_single_batch_can_be_looked_at(catalogue: Catalogue) -> None:
    showcase, looked_at = Showcase(), []

    def listen(event: Event) -> None:
        if isinstance(event, RunPaused):
            glimpse = showcase.take()
            looked_at.append((event.step, glimpse and glimpse.step))
            trainer.step_batch() if event.step < 4 else trainer.stop()
        elif isinstance(event, RunStarted):
            trainer.step_batch()

    trainer = Trainer(short("iris"), catalogue, listener=listen, showcase=showcase)
    trainer.run()
    assert looked_at == [(step, step) for step in (1, 2, 3, 4)]


def test_a_network_that_cannot_be_asked_is_trained_all_the_same(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Examination) -> Any:
        raise RuntimeError("not now")

    monkeypatch.setattr(Examination, "ask", refuse)
    showcase = Greedy()
    train(short("iris"), catalogue, showcase)
    answer = showcase.seen[-1].predictions
    assert isinstance(answer, Unshown)
    assert "not now" in answer.reason
