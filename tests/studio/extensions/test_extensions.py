from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gradloom.plugins import load_plugins
from gradloom_studio.extensions.card import contents
from gradloom_studio.extensions.panel import ExtensionsPanel

GOOD = '''
from gradloom import nn
from gradloom.plugins import hookimpl

class Twice(nn.Module):
    """Twice its input."""

    def forward(self, x):
        return x + x

@hookimpl
def gradloom_layers():
    return [Twice]
'''


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExtensionsPanel:
    """The panel with one good and one broken plugin."""
    monkeypatch.delenv("GRADLOOM_PLUGINS")
    (tmp_path / "good.py").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.py").write_text("raise RuntimeError('out of ink')\n", encoding="utf-8")
    made = ExtensionsPanel(tmp_path)
    made.show_plugins(load_plugins(folder=tmp_path, entry_points=False))
    qtbot.addWidget(made)
    made.show()
    return made


def words(panel: ExtensionsPanel) -> str:
    return "\n".join(label.text() for label in panel.widget().findChildren(QLabel))


def test_a_broken_plugin_stands_first_with_its_reason_and_harms_nobody(panel: ExtensionsPanel) -> None:
    assert [card.report.id for card in panel.cards] == ["bad", "gradloom", "good"]
    assert "out of ink" in words(panel)
    assert "1 layer: Twice" in words(panel)
    assert "2 working, 1 broken" in words(panel)


def test_the_traceback_is_one_press_away(panel: ExtensionsPanel) -> None:
    panel.cards[0].copy_traceback()
    assert "RuntimeError: out of ink" in QGuiApplication.clipboard().text()


def test_contents_are_counted_by_kind(panel: ExtensionsPanel, tmp_path: Path) -> None:
    plugins = load_plugins(folder=tmp_path, entry_points=False)
    lines = contents(plugins.loaded[0], plugins.catalogue)
    assert any(line.endswith("more") and "layers: " in line for line in lines)
    assert any("optimizers: SGD" in line for line in lines)
