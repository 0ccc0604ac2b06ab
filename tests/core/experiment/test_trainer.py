"""The trainer: what it says, and that nothing around it changes a bit of what it learns."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from tests.core.experiment.moons import (
    MOONS,
    STEPS,
    STEPS_PER_EPOCH,
    Listening,
    same_bits,
    weights_of,
    with_training,
)

import gradloom as gl
from gradloom import Tensor, nn, random
from gradloom.experiment.document import Choice, Document
from gradloom.experiment.document_file import parse
from gradloom.experiment.events import (
    BatchEnded,
    Compiling,
    EpochEnded,
    Event,
    RunEnded,
    RunPaused,
    RunStarted,
)
from gradloom.experiment.ring import Ring
from gradloom.experiment.trainer import Trainer
from gradloom.experiment.training import Training
from gradloom.plugins import Catalogue
from gradloom.plugins.catalogue import Kind
from gradloom.plugins.describe import describe
from gradloom.replay.step import Step

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


def test_a_step_without_foreign_layers_is_replayed(moons: Document, catalogue: Catalogue) -> None:
    trainer = Trainer(moons, catalogue, listener=lambda event: None)
    trainer.run()
    assert isinstance(trainer._training._descent, Step)
    assert trainer._training._descent.why_not is None


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
