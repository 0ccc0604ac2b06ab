"""Plugins in the real window: one that is broken beside a good one, and one that fails while it trains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Wire

EXPERIMENT = """
[data]
kind = "moons"
samples = 200
noise = 0.1

[nodes]
points = { kind = "Input" }
fc1 = { kind = "Linear", out_features = 8 }
fc2 = { kind = "Linear", out_features = 2 }
loss = { kind = "CrossEntropyLoss" }

[graph]
wires = ["points -> fc1", "fc1 -> fc2", "fc2 -> loss"]

[training]
epochs = 3
batch_size = 20
"""

GOOD = """
from gradloom import nn
from gradloom.plugins import hookimpl

class Halved(nn.Module):
    "Half of what comes in."

    def forward(self, x):
        return 0.5 * x

@hookimpl
def gradloom_layers():
    return [Halved]
"""

FUSE = """
from gradloom import nn
from gradloom.plugins import hookimpl

class Fuse(nn.Module):
    "Lets through what comes, for a while."

    def __init__(self):
        super().__init__()
        self.count = 0

    def forward(self, x):
        self.count += 1
        if self.count > 5:
            raise ValueError("the fuse has blown")
        return 1.0 * x

@hookimpl
def gradloom_layers():
    return [Fuse]
"""

BROKEN = """
import sys
sys.exit("I do not feel like it")
"""

BETWEEN = Wire(source="fc1", target="fc2")


def test_a_good_plugin_works_beside_a_broken_one(
    qtbot: QtBot, start: Callable[..., Any], plugin_folder: Path, tmp_path: Path
) -> None:
    (plugin_folder / "good.py").write_text(GOOD, encoding="utf-8")
    (plugin_folder / "broken.py").write_text(BROKEN, encoding="utf-8")
    hand = start(experiment(tmp_path))
    window = hand.window

    window.commands["plugins"].trigger()
    qtbot.waitUntil(window.extensions.isVisible)
    cards = {card.report.id: card for card in window.extensions.cards}
    assert cards["good"].report.state == "ok"
    assert any("Halved" in text.text() for text in cards["good"].findChildren(QLabel))
    assert cards["broken"].report.state == "broken"
    assert any("I do not feel like it" in text.text() for text in cards["broken"].findChildren(QLabel))

    halved = hand.carry("Halved", hand.wire(BETWEEN))
    assert window.model.document.nodes[halved].kind == "good.Halved"
    with qtbot.waitSignal(window.runs.run_ended) as ended:
        hand.press(window.train_bar.train)
    assert ended.args[0].outcome == "finished"
    assert window.runs.history.step == 3 * 8


def test_a_layer_that_fails_ends_the_run_and_not_the_window(
    qtbot: QtBot, start: Callable[..., Any], plugin_folder: Path, tmp_path: Path
) -> None:
    (plugin_folder / "fuse.py").write_text(FUSE, encoding="utf-8")
    hand = start(experiment(tmp_path))
    window = hand.window
    node = hand.carry("Fuse", hand.wire(BETWEEN))
    with qtbot.waitSignal(window.runs.run_ended) as ended:
        hand.press(window.train_bar.train)
    failure = ended.args[0].failure
    assert window.runs.state == "failed"
    assert failure.node == node
    assert "the fuse has blown" in failure.message
    assert node in window.messages.text
    assert "the fuse has blown" in window.messages.text
    assert window.messages.copy_details.isVisible()
    assert "fuse.py" in failure.traceback
    assert window.model.selection == {node}

    window.canvas.setFocus()
    hand.key(Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    assert BETWEEN in window.model.document.wires
    qtbot.waitUntil(window.train_bar.train.isEnabled)
    with qtbot.waitSignal(window.runs.run_ended) as ended:
        hand.press(window.train_bar.train)
    assert ended.args[0].outcome == "finished"
    assert len(window.runs.history.batches) == 3 * 8


def experiment(folder: Path) -> Path:
    path = folder / "moons.loom.toml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    return path
