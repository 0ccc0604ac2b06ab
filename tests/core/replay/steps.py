"""Steps of a small classifier, recorded and as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import gradloom
from gradloom import Tensor, nn
from gradloom.nn import functional as F
from gradloom.replay.program import Program
from gradloom.replay.step import Step

Made = tuple[nn.Module, Any, Callable[..., Any]]


def classifier(*middle: nn.Module, optimizer: str = "Adam", **settings: Any) -> Made:
    """A network with its optimizer and its training step."""
    gradloom.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), *middle, nn.Linear(8, 3))
    chosen = getattr(gradloom.optim, optimizer)(model.parameters(), **{"lr": 0.05, **settings})

    def step(inputs: Tensor, target: Tensor) -> Tensor:
        chosen.zero_grad()
        loss = F.cross_entropy(model(inputs), target)
        loss.backward()
        chosen.step()
        return loss

    return model, chosen, step


def batches(count: int, size: int = 5) -> list[tuple[Tensor, Tensor]]:
    rng = np.random.default_rng(0)
    return [
        (
            gradloom.tensor(rng.standard_normal((size, 6)).astype(np.float32)),
            gradloom.tensor(rng.integers(0, 3, size)),
        )
        for _ in range(count)
    ]


def programs(step: Step) -> list[Program]:
    return [each for each in step._programs.values() if isinstance(each, Program)]


def bits(model: nn.Module) -> list[bytes]:
    return [tensor.array.tobytes() for tensor in model.state_dict().values()]


def assert_same(make: Callable[[], Made], data: list[tuple[Tensor, ...]], replayed: bool = True) -> Step:
    """Train twice, as it is and compiled; losses, weights, buffers and random numbers must be the same."""
    model, _, step = make()
    expected = [step(*batch).item() for batch in data]
    state = gradloom.get_rng_state().array.tobytes()
    twin, _, again = make()
    compiled = gradloom.compile(again)
    assert [compiled(*batch).item() for batch in data] == expected
    assert bits(twin) == bits(model)
    assert gradloom.get_rng_state().array.tobytes() == state
    assert bool(programs(compiled)) is replayed, compiled.why_not
    return compiled
