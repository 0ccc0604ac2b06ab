"""When garbage is collected: by the window's thread alone.

Python looks for cycles of objects in whatever thread makes the next one. A training makes most, and would
destroy what is left of closed views; but Qt's objects must be destroyed in the thread that they live in, or
the process dies.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import Qt, QTimer

_EVERY_MS = 500


@contextmanager
def collecting_here() -> Iterator[None]:
    """Within the block this thread's event loop collects garbage, and no other thread does."""
    before = gc.isenabled()
    gc.disable()
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
    timer.timeout.connect(collect_due)
    timer.start(_EVERY_MS)
    try:
        yield
    finally:
        timer.stop()
        if before:
            gc.enable()


def collect_due() -> None:
    """Collect as Python would: if the youngest generation is past its threshold, the oldest that is."""
    due = [count > most > 0 for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True)]
    if due[0]:
        gc.collect(max(generation for generation, grown in enumerate(due) if grown))
