"""The built-in data sets."""

from __future__ import annotations

from gradloom.data import sources
from gradloom.plugins.hookspecs import Offers, hookimpl


@hookimpl
def gradloom_datasets() -> Offers:
    return sources.DATASETS
