"""The window's tests run without a display, without the user's settings and without anybody's plugins."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["GRADLOOM_PLUGINS"] = "0"

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a settings file of its own, which does not exist yet."""
    monkeypatch.setenv("GRADLOOM_SETTINGS", str(tmp_path / "settings.ini"))
