"""The trainer: what it says, what it obeys, and that nothing around it changes a bit of what it learns."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom import Tensor, nn, random
from gradloom.experiment.checkpoint import load_checkpoint
from gradloom.experiment.document import Choice, Document
from gradloom.experiment.document_file import parse
from gradloom.experiment.events import (
    BatchEnded,
    Compiling,
    EpochEnded,
    Event,
    RunEnded,
    RunPaused,
    RunResumed,
    RunStarted,
)
from gradloom.experiment.ring import Ring
from gradloom.experiment.run_folder import CHECKPOINT_FILE
from gradloom.experiment.trainer import Trainer
from gradloom.experiment.training import Training
from gradloom.kernels.counterpart import announce_compiled, announce_compiling
from gradloom.ops.elementwise.rectifiers import relu
from gradloom.plugins import Catalogue, load_plugins
from gradloom.plugins.catalogue import Kind
from gradloom.plugins.describe import describe
from gradloom.replay.step import Step

# Dropout and batch normalization, because they draw and because they remember.
MOONS = """
format = 1
name = "Moons"

[data]
kind = "moons"
samples = 200
validation = 0.2

[nodes]
points = { kind = "Input" }
fc1 = { kind = "Linear", out_features = 16 }
norm = { kind = "BatchNorm1d" }
relu = { kind = "ReLU" }
drop = { kind = "Dropout", p = 0.2 }
fc2 = { kind = "Linear", out_features = 2 }
loss = { kind = "CrossEntropyLoss" }

[graph]
wires = ["points -> fc1", "fc1 -> norm", "norm -> relu", "relu -> drop", "drop -> fc2", "fc2 -> loss"]

[optimizer]
kind = "SGD"
lr = 0.05
momentum = 0.9

[schedule]
kind = "StepLR"
step_size = 2
gamma = 0.5

[training]
epochs = 4
batch_size = 32
seed = 3
metrics = ["accuracy"]
"""
STEPS_PER_EPOCH = 5
STEPS = 4 * STEPS_PER_EPOCH

Listener = Callable[[Event], None]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_plugins(entry_points=False).catalogue


@pytest.fixture(scope="module")
def moons() -> Document:
    return parse(MOONS)


class Listening:
    """Keeps every event, and calls `then` after each."""

    def __init__(self, then: Listener = lambda event: None) -> None:
        self.events: list[Event] = []
        self.then = then

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self.then(event)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def with_training(document: Document, **changes: int) -> Document:
    return document.model_copy(update={"training": document.training.model_copy(update=changes)})


def weights_of(document: Document, catalogue: Catalogue) -> dict[str, Any]:
    trainer = Trainer(document, catalogue, listener=lambda event: None)
    assert trainer.run().outcome == "finished"
    return trainer.state_dict()


def same_bits(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(a[name].tobytes() == b[name].tobytes() for name in a)


# What it says


def test_a_run_tells_its_story_in_order(moons: Document, catalogue: Catalogue) -> None:
    heard = Listening()
    trainer = Trainer(moons, catalogue, listener=heard)
    ended = trainer.run()
    story = [event for event in heard.events if type(event) is not Compiling]
    assert story[0] == RunStarted(4, STEPS_PER_EPOCH, 160, 40, 2 * 16 + 16 + 2 * 16 + 16 * 2 + 2)
    epoch = [BatchEnded] * STEPS_PER_EPOCH + [EpochEnded]
    assert [type(event) for event in story] == [RunStarted, *epoch * 4, RunEnded]
    assert [event.step for event in heard.of(BatchEnded)] == list(range(1, STEPS + 1))
    assert [event.epoch for event in heard.of(EpochEnded)] == [1, 2, 3, 4]
    assert heard.events[-1] is ended
    assert (ended.outcome, ended.step, ended.epoch, ended.failure) == ("finished", STEPS, 4, None)
    assert ended.validation == heard.of(EpochEnded)[-1].validation
    assert trainer.state == "finished"


def test_with_a_ring_the_batches_go_there_and_nowhere_else(moons: Document, catalogue: Catalogue) -> None:
    plain, heard, ring = Listening(), Listening(), Ring(1024)
    Trainer(moons, catalogue, listener=plain).run()
    Trainer(moons, catalogue, listener=heard, ring=ring).run()
    points, _ = ring.read_since(0)
    assert heard.of(BatchEnded) == []
    assert [BatchEnded(*row) for row in zip(*points, strict=True)] == plain.of(BatchEnded)
    assert len(heard.of(EpochEnded)) == 4


def test_an_epoch_reports_the_mean_over_its_samples(moons: Document, catalogue: Catalogue) -> None:
    heard = Listening()
    Trainer(with_training(moons, batch_size=48), catalogue, listener=heard).run()
    for event in heard.of(EpochEnded):
        batches = [batch for batch in heard.of(BatchEnded) if batch.epoch == event.epoch]
        assert [batch.samples for batch in batches] == [48, 48, 48, 16]
        total = sum(batch.loss * batch.samples for batch in batches)
        assert event.train["loss"] == pytest.approx(total / 160, rel=1e-12)
        assert list(event.train) == list(event.validation) == ["loss", "accuracy"]
        assert event.seconds > 0
        assert event.samples_per_second == pytest.approx(160 / event.seconds)


def test_validation_is_measured_without_learning_from_it(moons: Document, catalogue: Catalogue) -> None:
    heard = Listening()
    trainer = Trainer(moons, catalogue, listener=heard)
    before: list[dict[str, Any]] = []
    heard.then = lambda event: before.append(trainer.state_dict()) if isinstance(event, BatchEnded) else None
    trainer.run()
    assert same_bits(before[-1], trainer.state_dict())


def test_the_schedule_sets_the_rate_of_each_epoch(moons: Document, catalogue: Catalogue) -> None:
    heard = Listening()
    Trainer(moons, catalogue, listener=heard).run()
    assert [event.lr for event in heard.of(EpochEnded)] == pytest.approx([0.05, 0.05, 0.025, 0.025])


def test_a_trainer_runs_once(moons: Document, catalogue: Catalogue) -> None:
    trainer = Trainer(moons, catalogue, listener=lambda event: None)
    assert trainer.state == "idle"
    assert trainer.state_dict() == {}
    trainer.run()
    with pytest.raises(RuntimeError, match="runs once"):
        trainer.run()


# What nothing around it changes


def test_the_seed_decides_everything(moons: Document, catalogue: Catalogue) -> None:
    assert same_bits(weights_of(moons, catalogue), weights_of(moons, catalogue))
    assert not same_bits(weights_of(moons, catalogue), weights_of(with_training(moons, seed=4), catalogue))


def test_a_run_neither_reads_nor_moves_the_global_stream(moons: Document, catalogue: Catalogue) -> None:
    gl.manual_seed(11)
    expected = gl.rand(3).tolist()
    gl.manual_seed(11)
    heard = Listening(then=lambda event: gl.rand(1) if isinstance(event, EpochEnded) else None)
    trainer = Trainer(moons, catalogue, listener=heard)
    trainer.run()
    assert same_bits(trainer.state_dict(), weights_of(moons, catalogue))
    gl.manual_seed(11)
    weights_of(moons, catalogue)
    assert gl.rand(3).tolist() == expected


@pytest.mark.parametrize("ring", [None, 1024], ids=["listener", "ring"])
def test_a_disturbed_thread_learns_the_same_bits_as_a_quiet_main_thread(
    moons: Document, catalogue: Catalogue, ring: int | None
) -> None:
    """Pauses, single steps, and a busy neighbour that computes, draws, and changes its modes."""
    quiet = weights_of(moons, catalogue)
    over = threading.Event()

    def disturb() -> None:
        while not over.is_set():
            gl.manual_seed(5)
            with gl.no_grad():
                gl.rand(64, 64) @ gl.rand(64, 64)
            gl.randn(20, requires_grad=True).exp().sum().backward()

    def interrupt(event: Event) -> None:
        if isinstance(event, EpochEnded):
            trainer.pause()
        if isinstance(event, RunPaused) and event.step % 3:
            trainer.step_batch()
        elif isinstance(event, RunPaused):
            trainer.resume()

    neighbour = threading.Thread(target=disturb)
    trainer = Trainer(moons, catalogue, listener=Listening(interrupt), ring=Ring(ring) if ring else None)
    thread = threading.Thread(target=trainer.run)
    neighbour.start()
    thread.start()
    thread.join()
    over.set()
    neighbour.join()
    assert trainer.state == "finished"
    assert same_bits(trainer.state_dict(), quiet)


# What it obeys


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


def test_a_step_without_foreign_layers_is_replayed(moons: Document, catalogue: Catalogue) -> None:
    trainer = Trainer(moons, catalogue, listener=lambda event: None)
    trainer.run()
    assert isinstance(trainer._training._descent, Step)
    assert trainer._training._descent.why_not is None


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


# Around it


@pytest.mark.parametrize("kind", [RunStarted, BatchEnded, EpochEnded])
def test_ctrl_c_stops_cleanly(moons: Document, catalogue: Catalogue, kind: type) -> None:
    def interrupt(event: Event) -> None:
        if isinstance(event, kind):
            raise KeyboardInterrupt

    heard = Listening(interrupt)
    trainer = Trainer(moons, catalogue, listener=heard)
    assert trainer.run().outcome == trainer.state == "stopped"
    assert isinstance(heard.events[-1], RunEnded)


def test_what_a_listener_raises_is_the_listeners_own(moons: Document, catalogue: Catalogue) -> None:
    def fail(event: Event) -> None:
        if isinstance(event, EpochEnded):
            raise BrokenPipeError("nobody reads")

    trainer = Trainer(moons, catalogue, listener=fail)
    with pytest.raises(BrokenPipeError, match="nobody reads"):
        trainer.run()
    assert trainer.state == "failed"


class Writing(nn.Module):
    """Writes into its input."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mul_(2.0)


def test_a_layer_that_writes_into_its_input_does_not_change_the_data(catalogue: Catalogue) -> None:
    written = Catalogue({**catalogue, "Writing": describe(Writing, Kind.LAYER, "Writing")})
    first = parse(MOONS.replace('"points -> fc1", "fc1 -> norm"', '"points -> w", "w -> fc1", "fc1 -> norm"'))
    document = first.model_copy(update={"nodes": {**first.nodes, "w": Choice(kind="Writing")}})
    training = Training(document, written, random.Generator())
    before = [field.numpy().copy() for field in training.batches.validation.collated(range(40))]
    assert weights_of(document, written)
    assert training.validate(lambda: True)
    after = [field.numpy() for field in training.batches.validation.collated(range(40))]
    assert all(map(np.array_equal, before, after))
