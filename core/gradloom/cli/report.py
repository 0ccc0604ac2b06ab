"""What a training says while it runs: a progress bar on a terminal, a line an epoch elsewhere, or JSON."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from gradloom.experiment.events import BatchEnded, Compiling, EpochEnded, Event, Notice, RunEnded, RunStarted

REDRAW_SECONDS = 0.05

COMPILING = (
    "Kernels are being compiled for this machine, once: "
    "some seconds for a small network, half a minute for a large one."
)


class BarReport:
    """A progress bar for a person who watches; each epoch's figures stay above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("epoch {task.fields[epoch]:>{task.fields[width]}}/{task.fields[epochs]}"),
            BarColumn(bar_width=None),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
        )
        self._epochs = 1
        self._drawn = 0.0
        self._samples = 0
        self._since = time.perf_counter()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._start(event)
            case BatchEnded():
                self._samples += event.samples
                if time.perf_counter() - self._drawn > REDRAW_SECONDS:
                    self._draw(event)
            case EpochEnded():
                self._say(epoch_line(event, self._epochs))
                self._samples, self._since, self._drawn = 0, time.perf_counter(), 0.0
            case Compiling():
                self._tell_compiling(event)
            case Notice():
                self._say(event.message)

    def _say(self, sentence: str) -> None:
        self._console.print(sentence, highlight=False, soft_wrap=True)

    def _tell_compiling(self, event: Compiling) -> None:
        if event.kernels == 1:
            self._say(COMPILING)
        for task in self._progress.task_ids:
            self._progress.update(task, speed=f"compiling kernel {event.kernels}")
        # What is compiled is nobody's speed of learning.
        self._samples, self._since = 0, time.perf_counter()

    def _start(self, event: RunStarted) -> None:
        self._epochs = event.epochs
        if event.step:
            self._console.print(going_on_line(event), highlight=False)
        self._progress.add_task(
            "",
            total=event.epochs * event.batches_per_epoch,
            completed=event.step,
            epoch=1,
            epochs=event.epochs,
            width=len(str(event.epochs)),
            loss="-",
            speed="",
        )
        self._since = time.perf_counter()

    def _draw(self, event: BatchEnded) -> None:
        self._drawn = time.perf_counter()
        speed = self._samples / max(self._drawn - self._since, 1e-9)
        self._progress.update(
            self._progress.task_ids[0],
            completed=event.step,
            epoch=event.epoch,
            loss=figure(event.loss),
            speed=f"{speed:,.0f} samples/s",
        )


class LineReport:
    """One line an epoch, for logs."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._epochs = 1

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._epochs = event.epochs
            if event.step:
                self._write(going_on_line(event))
        elif isinstance(event, EpochEnded):
            self._write(epoch_line(event, self._epochs))
        elif isinstance(event, Compiling) and event.kernels == 1:
            self._write(COMPILING)
        elif isinstance(event, Notice):
            self._write(event.message)


class JsonReport:
    """Every event as one line of JSON, with its name under "event"; numbers that are not finite are null."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        self._stream.write(event_line(event) + "\n")
        self._stream.flush()


def event_line(event: Event) -> str:
    """One event as JSON."""
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(event).__name__)
    return json.dumps({"event": name.lstrip("_"), **plain(event)}, allow_nan=False)


def metrics_text(ended: RunEnded, epochs: Sequence[EpochEnded]) -> str:
    """How a run went, as a JSON file."""
    return json.dumps({**plain(ended), "epochs": plain(epochs)}, indent=2, allow_nan=False) + "\n"


def going_on_line(event: RunStarted) -> str:
    """Where a run goes on from."""
    epoch = event.step // event.batches_per_epoch + 1
    return f"Going on after step {event.step:,}, in epoch {epoch} of {event.epochs}."


def epoch_line(event: EpochEnded, epochs: int) -> str:
    """An epoch in words: its training loss, what was measured in validation, and its speed."""
    width = len(str(epochs))
    measured = "  ".join(
        f"{name} {figure(value)}" for name, value in event.validation.items() if name != "loss"
    )
    parts = [
        f"epoch {event.epoch:>{width}}/{epochs}",
        f"loss {figure(event.train.get('loss', math.nan))}",
        f"validation loss {figure(event.validation.get('loss', math.nan))}",
        measured,
        f"{event.samples_per_second:,.0f} samples/s",
    ]
    return "  ".join(part for part in parts if part)


def figure(value: float) -> str:
    """A number in 6 characters or so: 0.1234, 12.34, 1.23e-05."""
    if not math.isfinite(value):
        return str(value)
    return f"{value:.4f}" if 0.001 <= abs(value) < 1000 or value == 0 else f"{value:#.3g}"


def plain(value: Any) -> Any:
    """A value as JSON can hold it: what is not finite is null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
