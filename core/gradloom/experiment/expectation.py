"""Whether a run reached what its file expects, one sentence for each expectation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from gradloom.experiment.document import Bound, Document
from gradloom.experiment.events import RunEnded
from gradloom.experiment.graph import suggestion

_ENDINGS = {"failed": "failed", "stopped": "was stopped"}


@dataclass(frozen=True)
class Outcome:
    """One line of `[expect]` after a run."""

    name: str
    passed: bool
    sentence: str
    value: float | None = None


def unmeasured(document: Document) -> str:
    """A sentence on the first expectation whose name no training of this document measures; empty if none."""
    figures = ("loss", *document.metrics)
    measured = (*figures, *(f"train_{name}" for name in figures), "seconds")
    for name in document.expect:
        if name not in measured:
            close = suggestion(name, measured)
            return f"[expect] names {name}, which is not measured; there are {', '.join(measured)}{close}"
    return ""


def check(
    expect: Mapping[str, Bound], ended: RunEnded, train: Mapping[str, float] | None = None
) -> tuple[Outcome, ...]:
    """What became of each expectation.

    Names are those of the last validation (`loss`, `accuracy`), with `train_` in front those of the last
    epoch's training (`train_loss`), and `seconds` is the length of the run.

    Args:
        expect: the document's bounds.
        ended: the run's last event.
        train: the training figures of the last `EpochEnded`.
    """
    figures = {f"train_{name}": value for name, value in (train or {}).items()}
    figures |= {**ended.validation, "seconds": ended.seconds}
    if ended.outcome == "finished":
        return tuple(_outcome(name, bound, figures.get(name), figures) for name, bound in expect.items())
    return tuple(_unfinished(name, bound, ended) for name, bound in expect.items())


def _unfinished(name: str, bound: Bound, ended: RunEnded) -> Outcome:
    """A run that did not end by itself reaches nothing; perhaps it was stopped for its length."""
    if name == "seconds" and bound.max is not None and ended.seconds > bound.max:
        return _outcome(name, bound, ended.seconds, {})
    return Outcome(name, False, f"{name} was not reached: the run {_ENDINGS[ended.outcome]}")


def _outcome(name: str, bound: Bound, value: float | None, figures: Mapping[str, float]) -> Outcome:
    if value is None:
        return Outcome(name, False, f"{name} was not measured; there are {', '.join(figures)}")
    shown = f"{name} {value:.6g}"
    if math.isnan(value):
        return Outcome(name, False, f"{name} is not a number", value)
    if bound.min is not None and value < bound.min:
        return Outcome(name, False, f"{shown} is below {bound.min:g}", value)
    if bound.max is not None and value > bound.max:
        return Outcome(name, False, f"{shown} is above {bound.max:g}", value)
    return Outcome(name, True, f"{shown} is {_limits(bound)}", value)


def _limits(bound: Bound) -> str:
    limits = []
    if bound.min is not None:
        limits.append(f"at least {bound.min:g}")
    if bound.max is not None:
        limits.append(f"at most {bound.max:g}")
    return " and ".join(limits) or "measured"
