"""Arrays of pixels as Qt's pictures, and how they are painted."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap


def as_pixmap(picture: np.ndarray) -> QPixmap:
    """A picture (H, W) gray or (H, W, 3) color, uint8, with one pixel for each of its own."""
    picture = np.ascontiguousarray(picture)
    kind = QImage.Format.Format_Grayscale8 if picture.ndim == 2 else QImage.Format.Format_RGB888
    height, width = picture.shape[:2]
    # The copy owns its memory; without it the image would point into an array that may go away.
    return QPixmap.fromImage(QImage(picture.data, width, height, picture.strides[0], kind).copy())


def draw_picture(painter: QPainter, cell: QRect, pixmap: QPixmap) -> None:
    """Paint a picture into the middle of a cell, as large as it fits; enlarged, its pixels stay sharp."""
    place = QRect(cell.topLeft(), pixmap.size().scaled(cell.size(), Qt.AspectRatioMode.KeepAspectRatio))
    place.moveCenter(cell.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, pixmap.width() > place.width())
    painter.drawPixmap(place, pixmap)
