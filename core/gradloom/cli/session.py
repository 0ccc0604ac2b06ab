"""One training in the terminal, from the first batch to the last event, that a signal ends cleanly."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from gradloom.experiment.events import EpochEnded, Event, RunEnded, RunStarted

if TYPE_CHECKING:
    from gradloom.experiment.document import Document
    from gradloom.experiment.trainer import Trainer
    from gradloom.plugins import Catalogue


class SetUpError(ValueError):
    """An experiment that no training can begin with; one sentence says why."""


@dataclass(frozen=True)
class Session:
    """What a training came to. `interrupted` is the exit code of the signal that stopped it, or 0."""

    ended: RunEnded
    epochs: tuple[EpochEnded, ...]
    weights: Mapping[str, Any]
    interrupted: int

    @property
    def train(self) -> Mapping[str, float]:
        """The training figures of the last epoch."""
        return self.epochs[-1].train if self.epochs else {}


def train_to_end(
    file: str,
    document: Document,
    catalogue: Catalogue,
    listener: Callable[[Event], None] = lambda event: None,
    most_seconds: float | None = None,
    run_folder: Callable[[], Path | None] = lambda: None,
    resume_from: Path | None = None,
) -> Session:
    """Train in this thread until the run ends.

    Args:
        file: what the experiment is called in an error.
        document: what to train.
        catalogue: what there is to choose from.
        listener: gets every event.
        most_seconds: stop the run once its training has taken longer.
        run_folder: where to keep weights and checkpoints, as the trainer asks for it.
        resume_from: a checkpoint to go on from.

    Raises:
        SetUpError: the experiment cannot be trained; nothing was.
    """
    from gradloom.experiment.trainer import Trainer

    epochs: list[EpochEnded] = []
    started = False

    def listen(event: Event) -> None:
        nonlocal started
        started = started or isinstance(event, RunStarted)
        if isinstance(event, EpochEnded):
            epochs.append(event)
            if most_seconds is not None and sum(epoch.seconds for epoch in epochs) > most_seconds:
                trainer.stop()
        listener(event)

    trainer = Trainer(document, catalogue, listener=listen, run_folder=run_folder, resume_from=resume_from)
    with _stopping_on_signal(trainer) as received:
        ended = trainer.run()
    if ended.failure and not started:
        raise SetUpError(f"{file}: {ended.failure.message}")
    weights = trainer.state_dict() if ended.outcome != "failed" else {}
    return Session(ended, tuple(epochs), weights, 128 + received[0] if received else 0)


@contextmanager
def _stopping_on_signal(trainer: Trainer) -> Iterator[list[int]]:
    """The first Ctrl+C or kill stops the run after the current batch, a second one ends the program.

    The list gets the number of the signal.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)
        trainer.stop()
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        restore()
