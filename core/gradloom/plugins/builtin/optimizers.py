"""The built-in optimizers and schedules."""

from __future__ import annotations

import importlib

from gradloom.plugins.hookspecs import Offers, hookimpl


def _present(module, names):
    try:
        found = importlib.import_module(module)
    except ImportError:
        return []
    return [getattr(found, name) for name in names if hasattr(found, name)]


@hookimpl
def gradloom_optimizers() -> Offers:
    return _present("gradloom.optim", ("SGD", "Adam", "AdamW", "RMSprop"))


@hookimpl
def gradloom_schedules() -> Offers:
    return _present(
        "gradloom.optim.lr_scheduler", ("StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR")
    )
