"""What a trainer tells the world: small frozen facts, in order, and nothing that can be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The model is built and the data are split; the first batch comes next.

    `step` is how many batches were learned from before, in a run that goes on.
    """

    epochs: int
    batches_per_epoch: int
    train_samples: int
    validation_samples: int
    parameter_count: int
    step: int = 0


@dataclass(frozen=True, slots=True)
class BatchEnded:
    """One optimizer step is done. `step` counts from 1 over the whole run, `epoch` from 1."""

    step: int
    epoch: int
    loss: float
    samples: int


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """One pass over the training rows and the measurement on the validation rows are done.

    `train` and `validation` map metric names ("loss" first) to their means; `seconds` is training time only,
    without what was compiled meanwhile.
    """

    epoch: int
    step: int
    train: Mapping[str, float]
    validation: Mapping[str, float]
    lr: float
    seconds: float
    samples_per_second: float


@dataclass(frozen=True, slots=True)
class RunPaused:
    """The trainer waits between two batches."""

    step: int


@dataclass(frozen=True, slots=True)
class RunResumed:
    """The trainer goes on."""

    step: int


@dataclass(frozen=True, slots=True)
class Compiling:
    """A kernel is being compiled for this machine, the so-manieth in this run; later runs find it on disk."""

    kernels: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the person should know and that does not end the run."""

    message: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run ended: the sentence to show first, then the details."""

    message: str
    node: str | None = None
    operation: str | None = None
    shapes: tuple[tuple[int, ...], ...] = ()
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The last event of every run."""

    outcome: Literal["finished", "stopped", "failed"]
    step: int
    epoch: int
    seconds: float
    validation: Mapping[str, float] = field(default_factory=dict)
    failure: Failure | None = None


Event: TypeAlias = (
    RunStarted | BatchEnded | EpochEnded | RunPaused | RunResumed | Compiling | Notice | RunEnded
)
