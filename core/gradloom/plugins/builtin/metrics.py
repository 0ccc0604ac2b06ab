"""The built-in metrics."""

from __future__ import annotations

from gradloom import metrics
from gradloom.plugins.hookspecs import Contribution, Offers, hookimpl


@hookimpl
def gradloom_metrics() -> Offers:
    return [
        Contribution(metrics.Accuracy, name="accuracy"),
        Contribution(metrics.MAE, name="mae"),
        Contribution(metrics.RMSE, name="rmse"),
        Contribution(metrics.R2, name="r2"),
    ]
