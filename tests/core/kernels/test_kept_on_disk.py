"""What was compiled once is found on the disk by the next process, so nobody waits for it again."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("numba")

STEPS = """
import gradloom
from gradloom import nn, optim
from gradloom.kernels.counterpart import when_compiling

told = []
with when_compiling(lambda: told.append(1)):
    for make in (
        lambda weights: optim.SGD(weights, lr=0.1),
        lambda weights: optim.SGD(weights, lr=0.1, momentum=0.9),
        lambda weights: optim.AdamW(weights, amsgrad=True),
    ):
        convolution = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2))
        network = nn.Sequential(convolution, nn.Flatten(), nn.Linear(18, 3))
        step = gradloom.compile(
            lambda x, y, network=network: nn.functional.cross_entropy(network(x), y).backward()
        )
        moves = make(network.parameters())
        for _ in range(4):
            moves.zero_grad()
            step(gradloom.randn(5, 1, 8, 8), gradloom.tensor([0, 1, 2, 0, 1]))
            moves.step()
print("compiled" if told else "found")
"""


def test_a_second_process_compiles_nothing() -> None:
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", STEPS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "found"
