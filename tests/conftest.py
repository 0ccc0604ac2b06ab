"""What holds for all tests."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from functools import partialmethod

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import gradloom
from gradloom_studio.collector import collect_due

PATIENCE_MS = 60_000
"""How long to wait for what is sure to come; on a busy machine a training may first have to be compiled."""


@pytest.fixture(autouse=True)
def _same_random_numbers() -> None:
    """Let a test draw the same numbers whichever ran before it in its process."""
    gradloom.manual_seed(0)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)


@pytest.fixture(autouse=True)
def _garbage_stays_in_its_thread() -> Iterator[None]:
    """Let no thread of a test collect what is left of windows."""
    gc.disable()
    yield
    collect_due()


@pytest.fixture(autouse=True)
def _closed_windows_are_gone() -> Iterator[None]:
    """Delete what the test closed: without an event loop Qt keeps it, and styles it anew with each theme."""
    yield
    if core := sys.modules.get("PySide6.QtCore"):
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)


class PatientBot(QtBot):
    waitSignal = partialmethod(QtBot.waitSignal, timeout=PATIENCE_MS)  # noqa: N815 - its name there
    waitUntil = partialmethod(QtBot.waitUntil, timeout=PATIENCE_MS)  # noqa: N815 - its name there


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)
