"""What cycling schedules share: the momentum that falls while the rate rises."""

from __future__ import annotations

from typing import Any

from gradloom.optim.lr_scheduler.base import one_each
from gradloom.optim.optimizer import Group, Optimizer


def uses_beta1(optimizer: Optimizer) -> bool:
    """Whether the optimizer's momentum is the first of its betas.

    Raises:
        ValueError: the optimizer has no momentum.
    """
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    return "betas" in optimizer.defaults


def set_momentum(group: Group, momentum: Any) -> None:
    """Set the group's momentum, or its first beta."""
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


def start_momentum(
    optimizer: Optimizer, base: Any, highest: Any, last_epoch: int
) -> tuple[list[Any], list[Any]]:
    """The momentum's bounds for each group; a new schedule starts at the higher."""
    bases = one_each("base_momentum", optimizer, base)
    maxima = one_each("max_momentum", optimizer, highest)
    if last_epoch == -1:
        for group, low, high in zip(optimizer.param_groups, bases, maxima, strict=True):
            set_momentum(group, high)
            group["max_momentum"] = high
            group["base_momentum"] = low
    return bases, maxima
