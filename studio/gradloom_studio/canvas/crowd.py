"""Which of many boxes a rectangle touches, asked of all at once: a loop over them would hold up a drag."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QRectF


class Crowd:
    """Boxes as they stand now."""

    def __init__(self, boxes: Iterable[QRectF]) -> None:
        self._boxes = tuple(boxes)
        edges = [box.getCoords() for box in self._boxes]
        self._left, self._top, self._right, self._bottom = np.array(edges, float).reshape(-1, 4).T

    def touching(self, rect: QRectF) -> tuple[QRectF, ...]:
        """The boxes that overlap with this rectangle; none where it is empty."""
        if rect.isEmpty():
            return ()
        left, top, right, bottom = rect.getCoords()
        beside = (self._left < right) & (self._right > left)
        found = np.flatnonzero(beside & (self._top < bottom) & (self._bottom > top))
        return tuple(self._boxes[index] for index in found.tolist())
