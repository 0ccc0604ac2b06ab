"""Commands to a running trainer, from any thread or signal handler."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue


class Mailbox:
    """Takes commands at once and without waiting; the trainer reads them between two batches.

    Commands that come before the run starts count for its first batch; those that come after its end count
    for nothing. The attributes belong to the trainer's thread.

    Attributes:
        stopped: the run is to end. A stop is final.
        paused: wait before the next batch, unless `steps` are due.
        steps: single batches to train before waiting again.
        checkpoint: save one before the next batch.
        settings: hyperparameters to change before the next batch; of several values the last counts.
    """

    def __init__(self) -> None:
        # A SimpleQueue may be put into by a signal handler that interrupts its own reader; a lock may not.
        self._letters: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.stopped = False
        self.paused = False
        self.steps = 0
        self.checkpoint = False
        self.settings: dict[str, object] = {}

    # For everyone

    def pause(self) -> None:
        """Wait after the current batch."""
        self._letters.put(self._pause)

    def resume(self) -> None:
        """Go on; single batches that were asked for and not yet trained are part of that."""
        self._letters.put(self._resume)

    def step_batch(self) -> None:
        """Train one batch more, then wait; several such calls are several batches."""
        self._letters.put(self._step)

    def stop(self) -> None:
        """End within one batch."""
        self._letters.put(self._stop)

    def set(self, name: str, value: object) -> None:
        """Change a hyperparameter before the next batch."""
        self._letters.put(lambda: self.settings.update({name: value}))

    def request_checkpoint(self) -> None:
        """Save a checkpoint before the next batch."""
        self._letters.put(self._save)

    # For the trainer

    @property
    def attention(self) -> bool:
        """Whether there is anything to do other than to train the next batch."""
        return self.paused or not self._letters.empty() or self.checkpoint or bool(self.settings)

    def read(self) -> None:
        """Take in every command that has come."""
        while not self._letters.empty():
            self._letters.get()()

    def wait(self) -> None:
        """Sleep until a command comes, and take it in."""
        self._letters.get()()

    def _pause(self) -> None:
        self.paused = True

    def _resume(self) -> None:
        self.paused, self.steps = False, 0

    def _step(self) -> None:
        self.paused = True
        self.steps += 1

    def _stop(self) -> None:
        self.stopped = True

    def _save(self) -> None:
        self.checkpoint = True
