"""Runs of earlier that stand beside the one that is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class ComparedRun:
    """A run's validation curves by metric, each as epochs and values.

    `name` says which run it is, and `colour` is the family whose colour it is drawn in.
    """

    run: str
    name: str
    colour: str
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]] = field(compare=False)
    step: int = 0
    """How far the curves go."""
