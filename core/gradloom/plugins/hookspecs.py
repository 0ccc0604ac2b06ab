"""Everything that a plugin can add: each hook takes nothing and returns what it offers.

An item is a class or function, or a `Contribution` where its name or family cannot be read from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import pluggy

from gradloom.plugins.catalogue import Kind

hookspec: Final = pluggy.HookspecMarker("gradloom")
hookimpl: Final = pluggy.HookimplMarker("gradloom")


@dataclass(frozen=True)
class Contribution:
    """A class or function to offer under a name or in a family of its own; palettes fold rare ones away."""

    factory: Callable[..., Any]
    name: str = ""
    family: str = ""
    rare: bool = False


Offers: TypeAlias = Iterable[Callable[..., Any] | Contribution]


@hookspec
def gradloom_layers() -> Offers:
    """Layers for the canvas: subclasses of nn.Module whose forward() names the ports."""
    return ()


@hookspec
def gradloom_losses() -> Offers:
    """Losses: subclasses of nn.Module with forward(input, target) that gives one number."""
    return ()


@hookspec
def gradloom_optimizers() -> Offers:
    """Optimizers: subclasses of optim.Optimizer."""
    return ()


@hookspec
def gradloom_schedules() -> Offers:
    """Learning rate schedules: subclasses of optim.lr_scheduler.LRScheduler."""
    return ()


@hookspec
def gradloom_metrics() -> Offers:
    """Metrics: classes with reset(), update(output, target) and compute()."""
    return ()


@hookspec
def gradloom_datasets() -> Offers:
    """Data sets: functions that give data.sources.Samples."""
    return ()


@hookspec
def gradloom_transforms() -> Offers:
    """Transforms: classes whose instances turn a training batch of one input into another."""
    return ()


KINDS: Final = {
    "gradloom_layers": Kind.LAYER,
    "gradloom_losses": Kind.LOSS,
    "gradloom_optimizers": Kind.OPTIMIZER,
    "gradloom_schedules": Kind.SCHEDULE,
    "gradloom_metrics": Kind.METRIC,
    "gradloom_datasets": Kind.DATASET,
    "gradloom_transforms": Kind.TRANSFORM,
}
"""What each hook's items are."""
