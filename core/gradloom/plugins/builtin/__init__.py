"""What Gradloom itself brings, offered through the same hooks as everyone's."""

from __future__ import annotations

from gradloom.plugins.builtin.datasets import gradloom_datasets
from gradloom.plugins.builtin.layers import gradloom_layers, gradloom_losses
from gradloom.plugins.builtin.metrics import gradloom_metrics
from gradloom.plugins.builtin.optimizers import gradloom_optimizers, gradloom_schedules
from gradloom.plugins.builtin.transforms import gradloom_transforms

__all__ = [
    "gradloom_datasets",
    "gradloom_layers",
    "gradloom_losses",
    "gradloom_metrics",
    "gradloom_optimizers",
    "gradloom_schedules",
    "gradloom_transforms",
]
