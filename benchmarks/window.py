"""What training costs the window, and what the window costs training.

    python -m benchmarks window

Prints how late a 16 ms timer of the window fires while the first example trains in it (idle beside it), and
the throughput of rounds in the window over interleaved rounds without one.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer

from gradloom.experiment.document import Document
from gradloom.experiment.events import EpochEnded
from gradloom.experiment.ring import Ring
from gradloom.experiment.trainer import Trainer
from gradloom_studio.app import application, open_window
from gradloom_studio.model.run import RING_CAPACITY
from gradloom_studio.window import FIRST_SIZE, MainWindow

TICK_MS = 16
ROUNDS = 5
EPOCHS = 20
IDLE_S = 3.0


class Lateness:
    """How many milliseconds late each tick of a precise timer came."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def watch(self, until: Callable[[QEventLoop], object]) -> None:
        loop = QEventLoop()
        until(loop)
        self._last = time.perf_counter()
        self._timer.start(TICK_MS)
        loop.exec()
        self._timer.stop()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.values.append(max(0.0, 1000 * (now - self._last) - TICK_MS))
        self._last = now

    def row(self, name: str) -> str:
        p50, p95, p99 = np.percentile(self.values, (50, 95, 99))
        return f"{name:<24}{len(self.values):>7}{p50:>8.1f}{p95:>8.1f}{p99:>8.1f}{max(self.values):>8.1f}"


def longer(document: Document) -> Document:
    return document.model_copy(update={"training": document.training.model_copy(update={"epochs": EPOCHS})})


def without_window(window: MainWindow) -> float:
    """Samples a second, with a ring but nobody reading it."""
    rates: list[float] = []

    def listen(event: object) -> None:
        if isinstance(event, EpochEnded):
            rates.append(event.samples_per_second)

    trainer = Trainer(
        longer(window.model.document), window.model.catalogue, listener=listen, ring=Ring(RING_CAPACITY)
    )
    trainer.run()
    return statistics.median(rates)


def in_window(window: MainWindow, lateness: Lateness) -> float:
    """Samples a second of a run that the window shows."""
    rates: list[float] = []
    window.runs.epoch_ended.connect(lambda event: rates.append(event.samples_per_second))

    def begin(loop: QEventLoop) -> None:
        window.runs.run_ended.connect(loop.quit)
        window.runs.train(longer(window.model.document), window.model.catalogue)

    lateness.watch(begin)
    return statistics.median(rates)


def main() -> None:
    # Runs are recorded as ever, but not among the user's own.
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GRADLOOM_RUNS"] = folder
        measure()


def measure() -> None:
    app = application()
    window = open_window(app, None, None, "light")
    window.resize(*FIRST_SIZE)
    window.show()
    window.cockpit.load_plots()
    idle, training = Lateness(), Lateness()
    idle.watch(lambda loop: QTimer.singleShot(int(1000 * IDLE_S), loop.quit))
    pairs = [(without_window(window), in_window(window, training)) for _ in range(ROUNDS)]
    print(f"{'lateness of 16 ms (ms)':<24}{'ticks':>7}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}")
    print(idle.row("idle window"))
    print(training.row("training in the window"))
    print(f"\n{'samples a second':<24}{'without':>12}{'in window':>12}{'share':>8}")
    for without, within in pairs:
        print(f"{'':<24}{without:>12,.0f}{within:>12,.0f}{within / without:>8.2f}")
    print(f"{'median share':<48}{statistics.median(b / a for a, b in pairs):>8.2f}")
    window.runs.close()


if __name__ == "__main__":
    main()
