"""Schedules: how the learning rate changes from epoch to epoch.

Call `scheduler.step()` after the optimizer's steps of each epoch. Where PyTorch derives a rate from the
current one, so do we; a rate that someone changes by hand in between is therefore respected.
"""

from gradloom.optim.lr_scheduler.base import LRScheduler, _LRScheduler
from gradloom.optim.lr_scheduler.composite import ChainedScheduler, SequentialLR
from gradloom.optim.lr_scheduler.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from gradloom.optim.lr_scheduler.cyclic import CyclicLR
from gradloom.optim.lr_scheduler.given import LambdaLR, MultiplicativeLR
from gradloom.optim.lr_scheduler.one_cycle import OneCycleLR
from gradloom.optim.lr_scheduler.plateau import ReduceLROnPlateau
from gradloom.optim.lr_scheduler.steps import (
    ConstantLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
    "_LRScheduler",
]
