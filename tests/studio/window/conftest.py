"""A window with a small experiment in it, and hands that answer its questions."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Document
from gradloom.plugins import load_plugins
from gradloom_studio import theme
from gradloom_studio.settings import Settings
from gradloom_studio.window import MainWindow


@pytest.fixture
def window(
    qtbot: QtBot, qapp: QApplication, compiled_ahead: None, chain: Document, tmp_path: Path
) -> MainWindow:
    theme.apply(qapp, "light")
    made = MainWindow(load_plugins(folder=tmp_path / "plugins"), Settings())
    made.model.open(chain.model_copy(update={"name": "Chain", "metrics": ("accuracy",)}))
    qtbot.addWidget(made, before_close_func=_leave)
    made.show()
    qtbot.waitExposed(made)
    return made


def _leave(window: MainWindow) -> None:
    """End what trains and forget what changed, so that closing asks nothing."""
    window.runs.close()
    window.model.undo_stack.setClean()
