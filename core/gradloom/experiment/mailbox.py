"""Commands to a running trainer, from any thread."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Orders:
    """What to do before the next batch: settings first, then the checkpoint, then stop, wait or go."""

    stop: bool = False
    wait: bool = False
    checkpoint: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)


class Mailbox:
    """Collects commands; between batches the trainer looks at `attention`, and takes orders if it is set.

    Commands never wait for the trainer. Before the run starts they are kept for its first batch; after its
    end they are without effect. A stop is final.
    """

    def __init__(self) -> None:
        self.attention = False
        self._lock = threading.Lock()
        self._arrived = threading.Event()
        self._closed = False
        self._stop = False
        self._paused = False
        self._steps = 0
        self._checkpoint = False
        self._settings: dict[str, object] = {}

    def pause(self) -> None:
        """Wait after the current batch."""
        with self._lock:
            self._paused = True
            self._ring_bell()

    def resume(self) -> None:
        """Go on; single batches that were asked for and not yet trained are part of that."""
        with self._lock:
            self._paused, self._steps = False, 0
            self._ring_bell()

    def step_batch(self) -> None:
        """Train one batch more, then wait; several such calls are several batches."""
        with self._lock:
            self._steps += 1
            self._paused = True
            self._ring_bell()

    def stop(self) -> None:
        """End within one batch."""
        with self._lock:
            self._stop = True
            self._ring_bell()

    def set(self, name: str, value: object) -> None:
        """Change a hyperparameter before the next batch; of several values the last one counts."""
        with self._lock:
            self._settings[name] = value
            self._ring_bell()

    def request_checkpoint(self) -> None:
        """Save a checkpoint before the next batch."""
        with self._lock:
            self._checkpoint = True
            self._ring_bell()

    def close(self) -> None:
        """From now on nothing has an effect."""
        with self._lock:
            self._closed = True

    def take(self) -> Orders:
        """What to do now. A single step that is asked for is used up by this."""
        with self._lock:
            wait = self._paused and not self._steps
            self._steps -= self._paused and not wait
            orders = Orders(self._stop, wait, self._checkpoint, self._settings)
            self._checkpoint, self._settings = False, {}
            self._arrived.clear()
            self.attention = self._stop or self._paused
            return orders

    def wait(self) -> None:
        """Sleep until a command arrives that has not been taken."""
        self._arrived.wait()

    def _ring_bell(self) -> None:
        if not self._closed:
            self.attention = True
            self._arrived.set()
