"""A plugin to copy from: the hooks, and nothing else, stand in the package's `__init__`."""

from __future__ import annotations

from gradloom.plugins import hookimpl
from gradloom_example.lion import Lion
from gradloom_example.log_cosh import LogCoshLoss
from gradloom_example.swish import Swish


@hookimpl
def gradloom_layers() -> list[type[Swish]]:
    return [Swish]


@hookimpl
def gradloom_losses() -> list[type[LogCoshLoss]]:
    return [LogCoshLoss]


@hookimpl
def gradloom_optimizers() -> list[type[Lion]]:
    return [Lion]
