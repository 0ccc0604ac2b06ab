"""Pieces of graph on the system's clipboard, as text that other windows and other people can paste."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from gradloom_studio.model.fragment import MIME_TYPE, Fragment


def put(fragment: Fragment) -> None:
    """Copy a piece of graph."""
    text = fragment.to_text()
    data = QMimeData()
    data.setData(MIME_TYPE, text.encode())
    data.setText(text)
    QGuiApplication.clipboard().setMimeData(data)


def take() -> Fragment:
    """The piece of graph on the clipboard.

    Raises:
        FragmentError: if there is something else, or nothing.
    """
    data = QGuiApplication.clipboard().mimeData()
    if data is None:
        return Fragment.parse("")
    if data.hasFormat(MIME_TYPE):
        return Fragment.parse(bytes(data.data(MIME_TYPE).data()).decode("utf-8", errors="replace"))
    return Fragment.parse(data.text())
