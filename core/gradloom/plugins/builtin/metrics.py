"""The built-in metrics."""

from __future__ import annotations

import importlib

from gradloom.plugins.hookspecs import Contribution, Offers, hookimpl


@hookimpl
def gradloom_metrics() -> Offers:
    try:
        metrics = importlib.import_module("gradloom.metrics")
    except ImportError:
        return []
    return [
        Contribution(getattr(metrics, name), name=name.lower())
        for name in ("Accuracy", "MAE", "R2")
        if hasattr(metrics, name)
    ]
