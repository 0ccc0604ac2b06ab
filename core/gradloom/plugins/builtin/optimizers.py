"""The built-in optimizers and schedules, as far as a document can name and a trainer can drive them."""

from __future__ import annotations

from gradloom import optim
from gradloom.optim import lr_scheduler
from gradloom.plugins.hookspecs import Offers, hookimpl


@hookimpl
def gradloom_optimizers() -> Offers:
    return [
        optim.SGD,
        optim.Adam,
        optim.AdamW,
        optim.RMSprop,
        optim.NAdam,
        optim.RAdam,
        optim.Adamax,
        optim.Adagrad,
        optim.Adadelta,
        optim.Adafactor,
        optim.Rprop,
    ]


@hookimpl
def gradloom_schedules() -> Offers:
    return [
        lr_scheduler.StepLR,
        lr_scheduler.MultiStepLR,
        lr_scheduler.ExponentialLR,
        lr_scheduler.CosineAnnealingLR,
        lr_scheduler.CosineAnnealingWarmRestarts,
        lr_scheduler.LinearLR,
        lr_scheduler.PolynomialLR,
        lr_scheduler.ConstantLR,
        lr_scheduler.ReduceLROnPlateau,
    ]
