"""A trainer whose kernels are compiled on the way: what it says of it, and how it can be ended meanwhile."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from tests.core.experiment.moons import (
    STEPS,
    Listening,
)

import gradloom as gl
from gradloom.experiment.checkpoint import load_checkpoint
from gradloom.experiment.document import Document
from gradloom.experiment.events import (
    BatchEnded,
    Compiling,
    EpochEnded,
    Event,
    RunEnded,
    RunStarted,
)
from gradloom.experiment.run_folder import CHECKPOINT_FILE
from gradloom.experiment.trainer import Trainer
from gradloom.experiment.training import Training
from gradloom.kernels.counterpart import announce_compiled, announce_compiling
from gradloom.ops.elementwise.rectifiers import relu
from gradloom.plugins import Catalogue


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call of relu says that a kernel is compiled, as one does, in the midst of an operation."""
    forward = relu.forward

    def compile_forward(x: Any) -> Any:
        announce_compiling()
        announce_compiled()
        return forward(x)

    monkeypatch.setattr(relu, "forward", compile_forward)
    # A replayed step would not call it.
    monkeypatch.setattr("gradloom.experiment.training.compile", lambda step: step)


def test_each_kernel_that_is_compiled_is_told(
    moons: Document, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    Trainer(moons, catalogue, listener=lambda event: None).run()  # compiles what there is to compile
    learn = Training.learn

    def compile_and_learn(training: Training, batch: Any) -> float:
        announce_compiling()
        return learn(training, batch)

    monkeypatch.setattr(Training, "learn", compile_and_learn)
    events: list[Any] = []
    Trainer(moons, catalogue, listener=events.append).run()
    counts = [event.kernels for event in events if isinstance(event, Compiling)]
    assert counts == [*range(1, sum(isinstance(event, BatchEnded) for event in events) + 1)]


def test_who_hears_of_compiling_may_compute_and_draw(
    moons: Document, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = relu.forward

    def compile_forward(x: Any) -> Any:
        announce_compiling()  # as a kernel does, in the midst of an operation
        return forward(x)

    def compute(event: Event) -> None:
        if isinstance(event, Compiling):
            (gl.randn(3) + 1).relu()

    undisturbed = Trainer(moons, catalogue, listener=lambda event: None)
    undisturbed.run()
    monkeypatch.setattr(relu, "forward", compile_forward)
    trainer = Trainer(moons, catalogue, listener=compute)
    assert trainer.run().outcome == "finished"
    for name, weights in undisturbed.state_dict().items():
        assert gl.equal(trainer.state_dict()[name], weights)


def test_what_a_compiler_takes_is_no_time_of_training(
    moons: Document, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = 0
    now = time.perf_counter
    monkeypatch.setattr(time, "perf_counter", lambda: now() + 3600.0 * hours)
    learn = Training.learn

    def compile_and_learn(training: Training, batch: Any) -> float:
        nonlocal hours
        announce_compiling()
        announce_compiling()  # what the first one calls
        hours += 1
        announce_compiled()
        hours += 1
        announce_compiled()
        return learn(training, batch)

    monkeypatch.setattr(Training, "learn", compile_and_learn)
    heard = Listening()
    ended = Trainer(moons, catalogue, listener=heard).run()
    assert hours == 2 * STEPS
    assert ended.seconds < 3600
    assert all(epoch.samples_per_second > 1 for epoch in heard.of(EpochEnded))


def test_what_a_listener_raises_in_the_midst_of_a_step_is_no_failure_of_the_training(
    moons: Document, catalogue: Catalogue, compiling: None
) -> None:
    def fail(event: Event) -> None:
        if isinstance(event, Compiling):
            raise ValueError("mine")

    heard = Listening(fail)
    trainer = Trainer(moons, catalogue, listener=heard)
    with pytest.raises(ValueError, match="mine"):
        trainer.run()
    assert trainer.state == "failed"
    assert heard.of(RunEnded) == []


def test_nobody_waits_for_a_first_step_to_be_compiled(
    moons: Document, catalogue: Catalogue, compiling: None
) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, Compiling) and heard.of(RunStarted):
            trainer.stop()

    heard = Listening(stop)
    trainer = Trainer(moons, catalogue, listener=heard)
    ended = trainer.run()
    assert (ended.outcome, ended.step) == ("stopped", 0)
    assert [type(event) for event in heard.events[-2:]] == [Compiling, RunEnded]


def test_a_step_that_something_was_learned_before_ends_in_order(
    moons: Document, catalogue: Catalogue, compiling: None, tmp_path: Path
) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, Compiling) and heard.of(BatchEnded):
            trainer.stop()

    heard = Listening(stop)
    trainer = Trainer(moons, catalogue, listener=heard, run_folder=lambda: tmp_path)
    assert trainer.run().step == 2
    assert load_checkpoint(tmp_path / CHECKPOINT_FILE).step == 2
