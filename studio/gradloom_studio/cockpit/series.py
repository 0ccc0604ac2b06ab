"""What a plot is asked to draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

Style: TypeAlias = Literal["batch", "train", "validation"]


@dataclass(frozen=True)
class Series:
    """One curve: x in epochs, y in the metric's unit, and what it stands for."""

    style: Style
    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True, eq=False)
class Overlay:
    """The validation curve of another run, drawn in the colour of a family."""

    run: str
    name: str
    colour: str
    x: np.ndarray
    y: np.ndarray
