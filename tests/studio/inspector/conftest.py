"""An inspector that is shown."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradloom_studio import theme
from gradloom_studio.inspector.inspector import Inspector
from gradloom_studio.model.experiment import ExperimentModel


@pytest.fixture
def inspector(qtbot: QtBot, qapp: QApplication, model: ExperimentModel) -> Inspector:
    theme.apply(qapp, "light")
    made = Inspector(model)
    made.resize(312, 700)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made
