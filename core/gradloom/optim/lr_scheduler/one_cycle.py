"""OneCycleLR."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

from gradloom.optim.lr_scheduler.base import LRScheduler, check_optimizer, one_each
from gradloom.optim.lr_scheduler.momentum import set_momentum, start_momentum, uses_beta1
from gradloom.optim.optimizer import Group, Optimizer


class OneCycleLR(LRScheduler):
    """Up to a high rate and far down again, once in the whole training (Smith and Topin, 2019).

    Step it after each batch. The length is `total_steps`, or `epochs` times `steps_per_epoch`.

    Args:
        optimizer: whose rates to set.
        max_lr: the highest rate, >= 0.
        total_steps: the length of the cycle, > 0.
        epochs: epochs of the training, > 0.
        steps_per_epoch: batches of each epoch, > 0.
        pct_start: share of the cycle that goes up, in [0, 1].
        anneal_strategy: along half a cosine or straight.
        cycle_momentum: let the momentum go the other way.
        base_momentum: the momentum's lower bound, in [0, 1).
        max_momentum: the momentum's upper bound, in [0, 1).
        div_factor: the first rate is `max_lr` divided by this, > 0.
        final_div_factor: the last rate is the first divided by this, > 0.
        three_phase: go down as slowly as up, and only then to the last rate.
        last_epoch: the step to go on from; -1 starts anew.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        self.total_steps = _length(total_steps, epochs, steps_per_epoch)
        self._schedule_phases = _phases(pct_start, self.total_steps, three_phase)
        if pct_start < 0 or pct_start > 1 or not isinstance(pct_start, float):
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_func_type = anneal_strategy
        highest = one_each("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, highest, strict=True):
                group["initial_lr"] = rate / div_factor
                group["max_lr"] = rate
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = uses_beta1(optimizer)
            start_momentum(optimizer, base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[Any]:
        self._check_asked()
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is "
                f"{self.total_steps}"
            )
        start = 0.0
        for phase in self._schedule_phases[:-1]:
            if self.last_epoch <= phase["end_step"]:
                break
            start = phase["end_step"]
        else:
            phase = self._schedule_phases[-1]
        share = (self.last_epoch - start) / (phase["end_step"] - start)
        if self.cycle_momentum:
            for group in self.groups:
                set_momentum(group, self._between(group, phase, "momentum", share))
        return [self._between(group, phase, "lr", share) for group in self.groups]

    def _between(self, group: Group, phase: dict[str, Any], what: str, share: float) -> Any:
        start, end = group[phase[f"start_{what}"]], group[phase[f"end_{what}"]]
        if self._anneal_func_type == "linear":
            return (end - start) * share + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)


def _length(total_steps: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    """The steps of the cycle.

    Raises:
        ValueError: neither form is given, or a number is not a positive integer.
    """
    if total_steps is None and (epochs is None or steps_per_epoch is None):
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    given = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
    if total_steps is not None:
        given = {"total_steps": total_steps}
    for name, value in given.items():
        if not isinstance(value, int) or value <= 0:
            raise ValueError(f"Expected positive integer {name}, but got {value}")
    return math.prod(value for value in given.values() if value is not None)


def _phases(share: float, total: int, three: bool) -> list[dict[str, Any]]:
    """Where each phase ends, and which of a group's settings it leads from and to."""
    rates = ["initial_lr", "max_lr", "min_lr"]
    momenta = ["max_momentum", "base_momentum", "max_momentum"]
    ends: list[float] = [float(share * total) - 1, total - 1]
    if three:
        rates.insert(2, "initial_lr")
        momenta.append("max_momentum")
        ends.insert(1, float(2 * share * total) - 2)
    return [
        {
            "end_step": end,
            "start_lr": start_lr,
            "end_lr": end_lr,
            "start_momentum": start_momentum,
            "end_momentum": end_momentum,
        }
        for end, (start_lr, end_lr), (start_momentum, end_momentum) in zip(
            ends, pairwise(rates), pairwise(momenta), strict=True
        )
    ]
