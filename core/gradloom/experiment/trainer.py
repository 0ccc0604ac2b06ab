"""Trainer: runs a document's training in whatever thread calls it, and takes commands from all others."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from gradloom import random
from gradloom.atomic import WriteError
from gradloom.experiment.checkpoint import load_checkpoint, save_checkpoint, save_weights
from gradloom.experiment.choices import find
from gradloom.experiment.clock import Clock
from gradloom.experiment.document import Document
from gradloom.experiment.events import (
    BatchEnded,
    Compiling,
    EpochEnded,
    Event,
    Failure,
    Notice,
    RunEnded,
    RunPaused,
    RunResumed,
    RunStarted,
)
from gradloom.experiment.examination import Examination
from gradloom.experiment.failures import explain
from gradloom.experiment.gate import Gate
from gradloom.experiment.mailbox import Mailbox
from gradloom.experiment.predictions import Glimpse, Unshown
from gradloom.experiment.ring import Ring
from gradloom.experiment.run_folder import CHECKPOINT_FILE, WEIGHTS_FILE
from gradloom.experiment.showcase import Showcase
from gradloom.experiment.training import Training
from gradloom.kernels.counterpart import when_compiling
from gradloom.plugins.catalogue import Catalogue, Kind
from gradloom.plugins.values import problem_with
from gradloom.tape import recording

State: TypeAlias = Literal["idle", "running", "paused", "finished", "stopped", "failed"]
Listener: TypeAlias = Callable[[Event], None]

CHECKPOINT_SECONDS = 60.0


class _Stopped(Exception):
    """The run was asked to end."""


# These two go through whatever a step is in the midst of, past all that handles exceptions there.


class _GivenUp(BaseException):
    """The run was asked to end in the midst of its first step, which nothing would be lost of."""


class _ListenerError(BaseException):
    """What the listener raised."""

    def __init__(self, error: Exception) -> None:
        self.error = error


SILENT_SECONDS = 2.0
"""So long the data may be read before somebody is told."""

READING = (
    "The data are larger than what is held in memory; they are read once for their scale, then it begins."
)
OTHER_DATA = "The data have changed since this run was kept; it goes on with the new ones."


class Trainer:
    """One run of one document, to its `RunEnded`; with the same bits in whatever thread it runs.

    `pause`, `resume`, `step_batch`, `stop`, `set_hyperparameter` and `checkpoint` may be called from any
    thread or signal handler, return at once, and take effect before the next batch. Before `run` they are
    kept for the first batch; after its end they have no effect.

    Args:
        document: what to train.
        catalogue: what there is to choose from.
        listener: called with each event, in the thread that runs.
        run_folder: asked once the run has started for the folder to keep the weights in and, about once a
            minute, a checkpoint; None keeps nothing.
        ring: gets every batch; the listener then gets all events but `BatchEnded`.
        resume_from: a checkpoint of the same experiment to go on from.
        gate: waited for before each batch, so that a window can draw in peace.
        showcase: gets what the network says of a few validation samples, now and then.

    Example:
        >>> trainer = Trainer(document, catalogue, listener=print)
        >>> trainer.run().validation["accuracy"]
        0.934
    """

    def __init__(
        self,
        document: Document,
        catalogue: Catalogue,
        *,
        listener: Listener,
        run_folder: Callable[[], Path | None] = lambda: None,
        ring: Ring | None = None,
        resume_from: Path | None = None,
        gate: Gate | None = None,
        showcase: Showcase | None = None,
    ) -> None:
        self.document = document
        self.state: State = "idle"
        self._catalogue = catalogue
        self._listener = listener
        self._run_folder = run_folder
        self._folder: Path | None = None
        self._ring = ring
        self._resume_from = resume_from
        self._gate = gate
        self._showcase = showcase
        self._examination: Examination | None = None
        self._mailbox = Mailbox()
        self._generator = random.Generator().manual_seed(document.training.seed)
        self._training: Training | None = None
        self._clock = Clock()
        self._saved = 0.0
        self._said: set[str] = set()
        self._begun_at = self._compiled = 0
        self._validation: Mapping[str, float] = {}

    # Commands, from any thread

    def pause(self) -> None:
        """Wait after the current batch."""
        self._mailbox.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        self._mailbox.resume()

    def step_batch(self) -> None:
        """Train one batch more, then wait."""
        self._mailbox.step_batch()

    def stop(self) -> None:
        """End after the current batch, also out of a pause. Final."""
        self._mailbox.stop()

    def checkpoint(self) -> None:
        """Save a checkpoint into the run's folder before the next batch."""
        self._mailbox.request_checkpoint()

    def set_hyperparameter(self, name: str, value: object) -> None:
        """Change a setting of the optimizer, such as lr, before the next batch.

        Raises:
            ValueError: the optimizer has no such setting, or does not take this value.
        """
        entry = find(self.document.optimizer.kind, Kind.OPTIMIZER, self._catalogue)
        parameter = entry.parameter(name)
        if parameter is None:
            known = ", ".join(each.name for each in entry.parameters)
            raise ValueError(f"{entry.name} has no setting '{name}'; it has {known}.")
        if problem := problem_with(parameter, value):
            raise ValueError(problem)
        self._mailbox.set(name, value)

    # Results

    def state_dict(self) -> dict[str, Any]:
        """A copy of the network's parameters and buffers, as arrays by name; empty before it is built."""
        return self._training.weights() if self._training is not None else {}

    # Running

    def run(self) -> RunEnded:
        """Train to the end, in this thread.

        Failures of any kind, also a plugin's attempt to end the program, come back as a failed run; Ctrl+C as
        a stopped one. What the listener raises is not a failure of the training, and is raised here.

        Raises:
            RuntimeError: this trainer has run before.
        """
        if self.state != "idle":
            raise RuntimeError("A trainer runs once; make a new one to train again.")
        self.state = "running"
        self._clock.go_on()
        events = self._events()
        try:
            while True:
                event = self._next(events)
                self._listener(event)
                if isinstance(event, RunEnded):
                    return event
        except KeyboardInterrupt:
            events.close()
            ended = self._ended("stopped")
            self._listener(ended)
            return ended
        except _ListenerError as raised:
            raise raised.error from None
        finally:
            events.close()
            if self.state in ("running", "paused"):
                self.state = "failed"

    def _next(self, events: Iterator[Event]) -> Event:
        # Only while the training works, so that a listener that draws random numbers does not disturb it.
        compiling = when_compiling(self._on_compiling, self._clock.go_back)
        with random.use_generator(self._generator), compiling:
            return next(events)

    def _on_compiling(self) -> None:
        self._clock.interrupt()
        self._compiled += 1
        self._tell(Compiling(self._compiled))
        # A first step may have dozens of kernels compiled: nobody waits for all of them to end a run.
        if not self._has_learned and not self._goes_on():
            raise _GivenUp

    def _tell(self, event: Event) -> None:
        """Tell of something while the training works, which what the listener computes is no part of."""
        recorder, recording.recorder = recording.recorder, None
        try:
            with random.use_generator(random.default_generator):
                self._listener(event)
        except Exception as error:
            raise _ListenerError(error) from error
        finally:
            recording.recorder = recorder

    def _say_once(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._tell(Notice(message))

    def _events(self) -> Generator[Event, None, None]:
        """The whole run, event by event; the last one is `RunEnded`."""
        try:
            yield from self._epochs()
        except _Stopped:
            yield from self._wind_up()
            yield self._ended("stopped")
        except (KeyboardInterrupt, _GivenUp):
            # Perhaps in the middle of a step, so the weights are no state that a training has ever been in.
            yield self._ended("stopped")
        except (GeneratorExit, _ListenerError):
            raise
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, SystemExit included
            yield self._ended("failed", explain(error, self._training))
        else:
            yield from self._wind_up()
            yield self._ended("finished")

    def _epochs(self) -> Iterator[Event]:
        training = Training(self.document, self._catalogue, self._generator, self._before_block)
        if self._resume_from is not None:
            training.restore(load_checkpoint(self._resume_from))
            if training.has_other_data:
                yield Notice(OTHER_DATA)
        self._training, self._begun_at = training, training.step
        epochs = self.document.training.epochs
        yield RunStarted(
            epochs=epochs,
            batches_per_epoch=len(training.batches.loader),
            train_samples=len(training.batches.train),
            validation_samples=len(training.batches.validation),
            parameter_count=training.parameter_count,
            step=training.step,
        )
        self._folder = self._run_folder()
        while training.epoch < epochs or training.batch:
            yield from self._epoch(training)

    def _before_block(self) -> None:
        """Between two blocks of the data, which are read once before the first batch."""
        if not self._goes_on():
            raise _Stopped
        if self._clock.seconds > SILENT_SECONDS:
            self._say_once(READING)

    def _epoch(self, training: Training) -> Iterator[Event]:
        begun, samples_before = self._clock.seconds, training.samples if training.batch else 0
        yield from self._batches(training)
        seconds = self._clock.seconds - begun
        train, lr = training.train_figures(), training.lr
        validation = training.validate(self._goes_on)
        if validation is None:
            raise _Stopped
        self._validation = validation
        training.end_epoch(validation)
        learned = training.samples - samples_before
        rate = learned / seconds if seconds > 0 else 0.0
        yield EpochEnded(training.epoch, training.step, train, validation, lr, seconds, rate)

    def _batches(self, training: Training) -> Iterator[Event]:
        """Learn from what is left of the epoch. Whatever stands in this loop is paid for by every batch."""
        batches, mailbox, ring = training.epoch_batches(), self._mailbox, self._ring
        gate, showcase = self._gate, self._showcase
        for _ in range(training.batch, len(training.batches.loader)):
            # Before the batch is drawn, so that a checkpoint lies between two batches of the random stream.
            if mailbox.attention or self._checkpoint_is_due():
                yield from self._attend(training)
            if gate is not None:
                gate.pass_through()
            if showcase is not None and showcase.is_due:
                self._show(training)
            batch = next(batches)
            loss = training.learn(batch)
            if ring is not None:
                ring.write(training.step, training.epoch, loss, len(batch[1]))
            else:
                yield BatchEnded(training.step, training.epoch, loss, len(batch[1]))

    def _attend(self, training: Training) -> Iterator[Event]:
        """Do what the mailbox asks for, and wait if that is to wait."""
        mailbox = self._mailbox
        mailbox.read()
        waiting = False
        while True:
            for name, value in mailbox.settings.items():
                training.set_hyperparameter(name, value)
            mailbox.settings.clear()
            if mailbox.stopped:
                raise _Stopped
            if mailbox.checkpoint or self._checkpoint_is_due():
                mailbox.checkpoint = False
                yield from self._save_checkpoint(training)
            if mailbox.steps:
                mailbox.steps -= 1
                return
            if not mailbox.paused:
                break
            if not waiting:
                waiting, self.state = True, "paused"
                self._show(training)
                yield RunPaused(training.step)
            with self._clock.stopped():
                mailbox.wait()
        if self.state == "paused":
            self.state = "running"
            yield RunResumed(training.step)

    @property
    def _has_learned(self) -> bool:
        return self._training is not None and self._training.step > self._begun_at

    def _goes_on(self) -> bool:
        if self._gate is not None:
            self._gate.pass_through()
        if self._mailbox.attention:
            self._mailbox.read()
        return not self._mailbox.stopped

    def _show(self, training: Training) -> None:
        """Show what the network says now. Where it cannot be asked, the training goes on without."""
        if self._showcase is None:
            return
        began, first = time.perf_counter(), self._examination is None
        try:
            if self._examination is None:
                self._examination = training.examination()
            predictions = self._examination.ask()
        except Exception as error:  # noqa: BLE001 - a plugin's layer may raise anything when it judges
            predictions = Unshown(f"The network could not be asked: {error}")
        # The first time goes into kernels that are compiled or read, which no later one waits for.
        seconds = 0.0 if first else time.perf_counter() - began
        self._showcase.put(Glimpse(training.step, predictions), seconds)

    # Keeping

    def _checkpoint_is_due(self) -> bool:
        return self._folder is not None and self._clock.seconds - self._saved > CHECKPOINT_SECONDS

    def _wind_up(self) -> Iterator[Event]:
        """Show the last predictions; save the weights, and what is needed to go on from here."""
        if self._training is not None:
            self._show(self._training)
        if self._folder is not None and self._training is not None:
            yield from self._save_checkpoint(self._training)
            yield from self._guarded(lambda path: save_weights(path, self.state_dict()), WEIGHTS_FILE)

    def _save_checkpoint(self, training: Training) -> Iterator[Event]:
        self._saved = self._clock.seconds
        yield from self._guarded(lambda path: save_checkpoint(path, training.snapshot()), CHECKPOINT_FILE)

    def _guarded(self, save: Callable[[Path], None], name: str) -> Iterator[Event]:
        """Save into the run's folder; where that fails, say so and train on."""
        if self._folder is None:
            return
        try:
            save(self._folder / name)
        except (WriteError, TypeError, ValueError) as error:
            self._folder = None
            yield Notice(f"{error} The training goes on, but is no longer kept.")

    def _ended(
        self, outcome: Literal["finished", "stopped", "failed"], failure: Failure | None = None
    ) -> RunEnded:
        self.state = outcome
        step, epoch = (self._training.step, self._training.epoch) if self._training else (0, 0)
        return RunEnded(outcome, step, epoch, self._clock.seconds, self._validation, failure)
