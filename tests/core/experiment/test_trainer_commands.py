"""The commands that a trainer obeys: stop, pause, single steps, and settings."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.core.experiment.moons import (
    STEPS_PER_EPOCH,
    Listening,
    same_bits,
    weights_of,
    with_training,
)

from gradloom.experiment.document import Document
from gradloom.experiment.events import (
    BatchEnded,
    EpochEnded,
    Event,
    RunEnded,
    RunPaused,
    RunResumed,
)
from gradloom.experiment.ring import Ring
from gradloom.experiment.trainer import Trainer
from gradloom.experiment.training import Training
from gradloom.plugins import Catalogue


@pytest.mark.parametrize("at", [1, 4, STEPS_PER_EPOCH, STEPS_PER_EPOCH + 1])
def test_stop_ends_within_the_batch(moons: Document, catalogue: Catalogue, at: int) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, BatchEnded) and event.step == at:
            trainer.stop()

    heard = Listening(stop)
    trainer = Trainer(moons, catalogue, listener=heard)
    ended = trainer.run()
    assert (ended.outcome, ended.step) == ("stopped", at)
    assert trainer.state == "stopped"
    assert heard.of(BatchEnded)[-1].step == at
    assert trainer.state_dict().keys() == weights_of(moons, catalogue).keys()


def test_stop_before_the_start_trains_nothing(moons: Document, catalogue: Catalogue) -> None:
    trainer = Trainer(moons, catalogue, listener=lambda event: None)
    trainer.stop()
    trainer.resume()
    ended = trainer.run()
    assert (ended.outcome, ended.step, dict(ended.validation)) == ("stopped", 0, {})


def test_single_steps_are_trained_one_by_one(moons: Document, catalogue: Catalogue) -> None:
    states: list[tuple[int, str]] = []

    def step(event: Event) -> None:
        if isinstance(event, RunPaused):
            states.append((event.step, trainer.state))
            trainer.step_batch() if event.step < 7 else trainer.stop()

    heard = Listening(step)
    trainer = Trainer(moons, catalogue, listener=heard)
    trainer.pause()
    assert trainer.run().outcome == "stopped"
    assert states == [(step, "paused") for step in range(8)]
    assert heard.of(RunResumed) == []


def test_steps_asked_for_together_are_all_trained(moons: Document, catalogue: Catalogue) -> None:
    heard = Listening(lambda event: trainer.stop() if isinstance(event, RunPaused) else None)
    trainer = Trainer(moons, catalogue, listener=heard)
    for _ in range(3):
        trainer.step_batch()
    assert trainer.run().step == 3
    assert heard.of(RunPaused) == [RunPaused(3)]


def test_resume_goes_on_and_says_so(moons: Document, catalogue: Catalogue) -> None:
    heard = Listening(lambda event: trainer.resume() if isinstance(event, RunPaused) else None)
    trainer = Trainer(moons, catalogue, listener=heard)
    trainer.pause()
    assert trainer.run().outcome == "finished"
    assert [heard.of(RunPaused), heard.of(RunResumed)] == [[RunPaused(0)], [RunResumed(0)]]


def test_a_pause_sleeps_until_another_thread_speaks(moons: Document, catalogue: Catalogue) -> None:
    paused = threading.Event()
    heard = Listening(lambda event: paused.set() if isinstance(event, RunPaused) else None)
    trainer = Trainer(moons, catalogue, listener=heard)
    trainer.pause()
    thread = threading.Thread(target=trainer.run)
    thread.start()
    assert paused.wait(10)
    assert trainer.state == "paused"
    trainer.set_hyperparameter("lr", 0.5)
    trainer.resume()
    thread.join()
    assert heard.of(RunPaused) == [RunPaused(0)]
    assert heard.of(EpochEnded)[0].lr == 0.5


def test_hammering_ends_in_order(moons: Document, catalogue: Catalogue) -> None:
    heard = Listening()
    trainer = Trainer(with_training(moons, epochs=1_000_000), catalogue, listener=heard, ring=Ring(64))
    thread = threading.Thread(target=trainer.run)
    thread.start()

    def hammer(last: Callable[[], None]) -> None:
        for _ in range(100):
            trainer.pause()
            trainer.step_batch()
            trainer.resume()
        for _ in range(100):
            last()

    hammers = [threading.Thread(target=hammer, args=(last,)) for last in (trainer.pause, trainer.stop)]
    for each in hammers:
        each.start()
    for each in (*hammers, thread):
        each.join(30)
        assert not each.is_alive()
    assert trainer.state == "stopped"
    assert isinstance(heard.events[-1], RunEnded)
    assert len(heard.of(RunEnded)) == 1
    changes = [type(event) for event in heard.events if isinstance(event, RunPaused | RunResumed)]
    assert all(pair != (RunResumed, RunResumed) for pair in pairwise(changes))


def test_commands_after_the_end_have_no_effect(moons: Document, catalogue: Catalogue) -> None:
    trainer = Trainer(moons, catalogue, listener=lambda event: None)
    trainer.run()
    before = trainer.state_dict()
    for command in (trainer.pause, trainer.resume, trainer.step_batch, trainer.stop, trainer.checkpoint):
        command()
    trainer.set_hyperparameter("lr", 0.1)
    assert trainer.state == "finished"
    assert same_bits(before, trainer.state_dict())


def test_a_hyperparameter_that_is_set_while_the_network_is_judged_counts_for_the_next_batch(
    moons: Document, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    validate = Training.validate

    def set_and_validate(training: Training, go_on: Callable[[], bool]) -> Any:
        if training.epoch == 1:
            trainer.set_hyperparameter("lr", 0.25)
        return validate(training, go_on)

    monkeypatch.setattr(Training, "validate", set_and_validate)
    heard = Listening()
    trainer = Trainer(moons, catalogue, listener=heard)
    trainer.run()
    assert heard.of(EpochEnded)[1].lr == 0.25


def test_a_hyperparameter_changes_before_the_next_batch(moons: Document, catalogue: Catalogue) -> None:
    states: list[dict[str, Any]] = []

    def freeze(event: Event) -> None:
        if isinstance(event, BatchEnded):
            states.append(trainer.state_dict())
            if event.step == 2:
                trainer.set_hyperparameter("lr", 0.0)
            elif event.step == 4:
                trainer.stop()

    trainer = Trainer(moons, catalogue, listener=Listening(freeze))
    trainer.run()
    weights = [state["fc1.weight"] for state in states]
    assert not np.array_equal(weights[0], weights[1])
    assert np.array_equal(weights[1], weights[2])
    assert np.array_equal(weights[2], weights[3])


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("lr", -1, "lr must be a number >= 0, not -1"),
        ("lr", "fast", "lr must be a number >= 0"),
        ("speed", 1, "SGD has no setting 'speed'; it has lr, momentum"),
    ],
)
def test_a_wrong_hyperparameter_is_refused_at_once(
    moons: Document, catalogue: Catalogue, name: str, value: object, sentence: str
) -> None:
    trainer = Trainer(moons, catalogue, listener=lambda event: None)
    with pytest.raises(ValueError, match=sentence):
        trainer.set_hyperparameter(name, value)
