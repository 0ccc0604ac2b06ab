"""How a kind travels from the palette to the canvas."""

from __future__ import annotations

from PySide6.QtCore import QMimeData

KIND = "application/x-gradloom-kind"


def pack(key: str) -> QMimeData:
    """A catalogue key as something that can be dragged."""
    data = QMimeData()
    data.setData(KIND, key.encode())
    return data


def unpack(data: QMimeData) -> str | None:
    """The key that is being dragged; None if it is something else."""
    if not data.hasFormat(KIND):
        return None
    return bytes(data.data(KIND).data()).decode("utf-8", errors="replace")
