"""Arrays of pixels as Qt's pictures."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage, QPixmap


def as_pixmap(picture: np.ndarray) -> QPixmap:
    """A picture (H, W) gray or (H, W, 3) color, uint8, with one pixel for each of its own."""
    picture = np.ascontiguousarray(picture)
    kind = QImage.Format.Format_Grayscale8 if picture.ndim == 2 else QImage.Format.Format_RGB888
    height, width = picture.shape[:2]
    # The copy owns its memory; without it the image would point into an array that may go away.
    return QPixmap.fromImage(QImage(picture.data, width, height, picture.strides[0], kind).copy())
