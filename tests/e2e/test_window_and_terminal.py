"""One file, trained from the window and from the terminal: the same weights, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from gradloom.experiment.checkpoint import save_weights
from gradloom.experiment.events import EpochEnded

EXPERIMENT = """
name = "Two epochs"

[data]
kind = "digits8x8"

[nodes]
image = { kind = "Input" }
conv1 = { kind = "Conv2d", out_channels = 4, kernel_size = 3 }
norm1 = { kind = "BatchNorm2d" }
relu1 = { kind = "ReLU" }
flatten = { kind = "Flatten" }
dropout1 = { kind = "Dropout", p = 0.2 }
fc1 = { kind = "Linear", out_features = 10 }
loss = { kind = "CrossEntropyLoss" }

[graph]
wires = [
  "image -> conv1",
  "conv1 -> norm1",
  "norm1 -> relu1",
  "relu1 -> flatten",
  "flatten -> dropout1",
  "dropout1 -> fc1",
  "fc1 -> loss",
]

[optimizer]
kind = "Adam"
lr = 0.003

[training]
epochs = 2
batch_size = 32
seed = 7
metrics = ["accuracy"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two-epochs.loom.toml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    return path


def test_both_end_in_the_same_bytes(
    qtbot: QtBot, start: Callable[..., Any], gradloom: Callable[..., Any], file: Path, tmp_path: Path
) -> None:
    hand = start(file)
    runs = hand.window.runs
    with qtbot.waitSignal(runs.run_ended) as ended:
        hand.press(hand.window.train_bar.train)
    assert ended.args[0].outcome == "finished"
    save_weights(tmp_path / "window.safetensors", runs.trainer.state_dict())

    terminal = gradloom("train", file, "--out", tmp_path / "terminal")
    assert terminal.returncode == 0, terminal.stderr
    from_terminal = (tmp_path / "terminal" / "weights.safetensors").read_bytes()
    assert (tmp_path / "window.safetensors").read_bytes() == from_terminal
    assert len(from_terminal) > 4 * 4 * 6 * 6 * 10


def test_what_stops_in_the_window_goes_on_in_the_terminal(
    qtbot: QtBot, start: Callable[..., Any], gradloom: Callable[..., Any], file: Path, tmp_path: Path
) -> None:
    hand = start(file)
    runs, bar = hand.window.runs, hand.window.train_bar
    for step in (1, 2):
        hand.press(bar.step)
        qtbot.waitUntil(lambda step=step: runs.state == "paused" and runs.history.step == step)
    with qtbot.waitSignal(runs.run_ended):
        hand.press(bar.stop)

    resumed = gradloom("train", "--resume", "last", "--out", tmp_path / "resumed")
    assert resumed.returncode == 0, resumed.stderr
    assert "Going on after step 2, in epoch 1 of 2." in resumed.stdout
    gradloom("train", file, "--out", tmp_path / "whole")
    whole, in_two = (tmp_path / name / "weights.safetensors" for name in ("whole", "resumed"))
    assert whole.read_bytes() == in_two.read_bytes()


def test_pausing_and_stepping_change_nothing(qtbot: QtBot, start: Callable[..., Any], file: Path) -> None:
    def weights(steer: bool) -> dict[str, bytes]:
        hand = start(file)
        runs, bar = hand.window.runs, hand.window.train_bar
        if steer:
            hand.press(bar.step)
            qtbot.waitUntil(lambda: runs.state == "paused" and runs.history.step == 1)
            hand.press(bar.step)
            qtbot.waitUntil(lambda: runs.state == "paused" and runs.history.step == 2)
        with qtbot.waitSignal(runs.run_ended):
            hand.press(bar.pause if steer else bar.train)
        assert isinstance(runs.history.last_epoch, EpochEnded)
        return {name: array.tobytes() for name, array in runs.trainer.state_dict().items()}

    assert weights(steer=True) == weights(steer=False)
