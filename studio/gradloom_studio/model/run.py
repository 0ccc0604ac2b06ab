"""Training beside the window: a thread that trains, and one timer that asks what is new."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Literal, TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from gradloom.experiment.document import Document
from gradloom.experiment.events import (
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
from gradloom.experiment.gate import Gate
from gradloom.experiment.ring import Ring
from gradloom.experiment.showcase import Showcase
from gradloom.experiment.trainer import Trainer
from gradloom.plugins.catalogue import Catalogue
from gradloom_studio.model.history import RunHistory

if TYPE_CHECKING:
    from gradloom.experiment.runs import Measurement

Awaited: TypeAlias = Literal["", "paused", "stopped"]

POLL_MS = 50
POLLS_PER_PROGRESS = 5
RING_CAPACITY = 1 << 16
SWITCH_INTERVAL_S = 0.001
LOST = Failure("Training ended without saying why. What is on the plots is all that was received.")


class RunController(QObject):
    """Starts, steers, records and watches one run at a time.

    `points_arrived` is for curves; `progressed` comes a few times a second, as often as words are read;
    `noticed` carries a sentence that does not end the run, `compiling` how many kernels had to be compiled so
    far. The trainer's thread never touches Qt: it writes losses into a ring and rare events into a queue, and
    the timer of this object reads both. The same thread keeps the run in the store, under the id `run`.
    `state` is "idle" before the first run, then the trainer's; `awaited` is what it will be after the batch
    at hand, once that is asked for. Views that take long to draw do so while `gate` is closed.
    """

    state_changed = Signal(str)
    run_started = Signal(object)
    points_arrived = Signal()
    predictions_arrived = Signal()
    progressed = Signal()
    epoch_ended = Signal(object)
    run_ended = Signal(object)
    noticed = Signal(str)
    compiling = Signal(int)
    forgotten = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history = RunHistory()
        self.document: Document | None = None
        self.trainer: Trainer | None = None
        self.state = "idle"
        self.awaited: Awaited = ""
        self.run = ""
        self.gate = Gate()
        self._thread: threading.Thread | None = None
        self._events: deque[Event] = deque()
        self._ring, self._showcase = Ring(1), Showcase()
        self._earlier: Sequence[Measurement] = ()
        self._cursor = self._polls = 0
        self._normal_switch_interval = sys.getswitchinterval()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def active(self) -> bool:
        """Whether a run is going on, paused or not."""
        return self._thread is not None

    def train(self, document: Document, catalogue: Catalogue) -> None:
        """Start a run of the document as it is now. Does nothing while another one goes on."""
        self._start(document, catalogue, paused=False)

    def step(self, document: Document, catalogue: Catalogue) -> None:
        """Train one batch and wait: of the run that goes on, or of a new one."""
        if self.active and self.trainer is not None:
            self.trainer.step_batch()
        else:
            self._start(document, catalogue, paused=True)

    def go_on(
        self, run: str, document: Document, catalogue: Catalogue, earlier: Sequence[Measurement] = ()
    ) -> None:
        """Go on with a run that ended early, after its checkpoint; `earlier` is what it measured before.

        Raises:
            RunError: it is going on elsewhere, or its folder is gone.
        """
        self._start(document, catalogue, paused=False, run=run, earlier=earlier)

    def pause(self) -> None:
        if self.trainer is not None:
            self.trainer.pause()
            self._await("paused")

    def resume(self) -> None:
        if self.trainer is not None:
            self.trainer.resume()
            self._await("")

    def stop(self) -> None:
        if self.trainer is not None:
            self.trainer.stop()
            self._await("stopped")

    def forget(self) -> None:
        """Show nothing of the last run, as when another experiment is opened. One that goes on is kept."""
        if self.active:
            return
        self.history, self.document, self.run = RunHistory(), None, ""
        self._set_state("idle")
        self.forgotten.emit()

    def close(self, timeout_s: float = 5.0) -> bool:
        """Stop and wait for the thread; True when it has ended. The window calls this last."""
        self.stop()
        if self._thread is not None:
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                return False
            self._poll()
        return True

    def _start(
        self,
        document: Document,
        catalogue: Catalogue,
        *,
        paused: bool,
        run: str = "",
        earlier: Sequence[Measurement] = (),
    ) -> None:
        if self.active:
            return
        self._events, self._ring, self._showcase = deque(), Ring(RING_CAPACITY), Showcase()
        self._cursor = self._polls = 0
        work = self._prepare(document, catalogue, run)
        self.history, self.document, self._earlier = RunHistory(), document, earlier
        if paused and self.trainer is not None:
            self.trainer.pause()
            self.trainer.step_batch()
        self._thread = threading.Thread(target=work, name="gradloom-trainer", daemon=True)
        # A loop in Python would otherwise hold the window back by a default interval at each hand-over.
        self._normal_switch_interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._set_state("running")
        self._thread.start()
        self._timer.start()

    def _prepare(self, document: Document, catalogue: Catalogue, run: str) -> Callable[[], None]:
        """Make a trainer whose run, a new one or `run`, is recorded; returns what its thread does."""
        # Not before it is needed, because it loads SQLite.
        from gradloom.experiment.recording import plugins_of
        from gradloom.experiment.runs import RunStore, default_folder

        events = self._events
        store = RunStore(default_folder(), lambda sentence: events.append(Notice(sentence)))

        def tell(event: Event) -> None:
            if isinstance(event, RunEnded):
                # Before the window hears of it, because it then waits for this thread.
                store.close()
            events.append(event)

        if run:
            recording = store.resume(run, document, tell)
        else:
            recording = store.record(document, plugins_of(document, catalogue), tell)
        self.run = recording.run
        trainer = self.trainer = Trainer(
            document,
            catalogue,
            listener=recording,
            run_folder=recording.folder,
            resume_from=store.checkpoint(run) if run else None,
            ring=self._ring,
            gate=self.gate,
            showcase=self._showcase,
        )

        def work() -> None:
            with closing(store), closing(recording):
                trainer.run()

        return work

    def _poll(self) -> None:
        """Deliver what has come since the last time: losses first, since they are older than the events."""
        waiting = [self._events.popleft() for _ in range(len(self._events))]
        points, self._cursor = self._ring.read_since(self._cursor)
        if len(points.step):
            self.history.batches.extend(points.step, points.loss)
            self.history.compiling = 0
            self.points_arrived.emit()
        if (glimpse := self._showcase.take()) is not None:
            self.history.predictions = glimpse.predictions
            self.predictions_arrived.emit()
        for event in waiting:
            self._deliver(event)
        self._polls += 1
        if self._polls % POLLS_PER_PROGRESS == 1:
            self.progressed.emit()
        if self._thread is not None and not self._thread.is_alive() and not self._events:
            self._finish(RunEnded("failed", self.history.step, self.history.epoch, 0.0, failure=LOST))

    def _deliver(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.history.started = event
                self.history.add_earlier(self._earlier, event.step)
                self.run_started.emit(event)
            case EpochEnded():
                self.history.add_epoch(event)
                self.epoch_ended.emit(event)
            case RunPaused():
                self._set_state("paused")
            case RunResumed():
                self._set_state("running")
            case Compiling(kernels):
                self.history.compiling = kernels
                self.compiling.emit(kernels)
            case Notice():
                self.noticed.emit(event.message)
            case RunEnded():
                self._finish(event)

    def _finish(self, event: RunEnded) -> None:
        self._timer.stop()
        sys.setswitchinterval(self._normal_switch_interval)
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.history.ended = event
        self._set_state(event.outcome)
        self.run_ended.emit(event)

    def _await(self, state: Awaited) -> None:
        if self.state == "running" and self.awaited != "stopped":
            self.awaited = state

    def _set_state(self, state: str) -> None:
        self.awaited = ""
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
