"""The built-in transforms."""

from __future__ import annotations

from gradloom.data import transforms
from gradloom.plugins.hookspecs import Offers, hookimpl


@hookimpl
def gradloom_transforms() -> Offers:
    return [
        transforms.GaussianNoise,
        transforms.RandomShift,
        transforms.RandomHorizontalFlip,
        transforms.RandomAffine,
        transforms.RandomErasing,
    ]
