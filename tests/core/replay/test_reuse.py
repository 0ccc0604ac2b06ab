"""Replayed steps that write results into the memory of dying operands, where others might still see it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom import Tensor, nn
from gradloom.kernels.counterpart import has_compiler
from gradloom.nn import functional as F
from gradloom.replay.reuse import LEAST

SHAPE = (40, LEAST // 40 + 1)
RUNS = 5


class Weights(nn.Module):
    """What lives on from step to step: a parameter and a buffer."""

    buffer: Tensor

    def __init__(self) -> None:
        super().__init__()
        gradloom.manual_seed(3)
        self.factor = nn.Parameter(gradloom.rand(SHAPE))
        self.register_buffer("buffer", gradloom.zeros(SHAPE))


Body = Callable[[Weights, Tensor], list[Tensor]]


def seen(body: Body, compiled: bool) -> list[list[bytes]]:
    """What each of some steps leaves behind: results, arguments, gradients and buffers.

    All of it is looked at only after the last step.
    """
    weights = Weights()

    def step(given: Tensor) -> tuple[Tensor, ...]:
        weights.zero_grad()
        made = body(weights, given)
        pulled = [each for each in made if each.requires_grad]
        if pulled:
            sum((each * each).sum() for each in pulled).backward()
        return tuple(each.detach() for each in made)

    run = gradloom.compile(step) if compiled else step
    kept = []
    for seed in range(RUNS):
        gradloom.manual_seed(seed)
        given = gradloom.randn(SHAPE)
        results = run(given)
        kept.append([*results, given, weights.factor.grad, weights.factor, weights.buffer.clone()])
    return [[each.array.tobytes() for each in some if each is not None] for some in kept]


def returned(weights: Weights, given: Tensor) -> list[Tensor]:
    doubled = given * 2
    return [doubled, doubled.relu()]


def returned_as_a_view(weights: Weights, given: Tensor) -> list[Tensor]:
    doubled = given * 2
    part = doubled[1:]
    return [part, doubled.tanh()]


def seen_through_a_view(weights: Weights, given: Tensor) -> list[Tensor]:
    doubled = given * 2
    flat = doubled.reshape(-1)
    bent = doubled.relu()
    return [bent + flat.reshape(SHAPE), bent]


def seen_though_a_view_of_it_dies(weights: Weights, given: Tensor) -> list[Tensor]:
    doubled = given * 2
    bent = doubled.reshape(-1).relu()
    return [bent.reshape(SHAPE), doubled]


def kept_for_gradients(weights: Weights, given: Tensor) -> list[Tensor]:
    scaled = given * weights.factor
    gate = scaled.sigmoid()
    return [gate * scaled + F.gelu(scaled)]


def one_operand_twice(weights: Weights, given: Tensor) -> list[Tensor]:
    doubled = given * 2
    return [doubled + doubled, (doubled * doubled).relu()]


def arguments_and_weights(weights: Weights, given: Tensor) -> list[Tensor]:
    return [given.relu(), weights.factor.detach().tanh(), weights.buffer.sigmoid()]


def stored(weights: Weights, given: Tensor) -> list[Tensor]:
    doubled = given * 2
    weights.buffer.copy_(doubled)
    return [doubled.relu()]


def added_up(weights: Weights, given: Tensor) -> list[Tensor]:
    bent = (given * weights.factor).relu()
    return [(bent + given.tanh() * bent) * bent.sigmoid() + bent]


def turned(weights: Weights, given: Tensor) -> list[Tensor]:
    return [(given * weights.factor).T.relu(), (given * 2).T.contiguous().T.relu()]


def spread_out(weights: Weights, given: Tensor) -> list[Tensor]:
    rows = (given * weights.factor).mean(1, keepdim=True).expand(SHAPE)
    return [rows + given, rows.relu()]


TRAPS = [
    *(returned, returned_as_a_view, seen_through_a_view, seen_though_a_view_of_it_dies),
    *(kept_for_gradients, one_operand_twice, arguments_and_weights, stored, added_up, turned, spread_out),
]


@pytest.mark.parametrize("body", TRAPS)
def test_nobody_sees_that_memory_is_used_again(body: Body) -> None:
    assert seen(body, compiled=True) == seen(body, compiled=False)


STEPS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a.relu(),
    lambda a, b: a.tanh(),
    lambda a, b: F.gelu(a),
    lambda a, b: F.silu(a),
    lambda a, b: a.sigmoid(),
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a.detach(),
    lambda a, b: a.reshape(-1).reshape(SHAPE),
    lambda a, b: a.flip(0).T.T,
    lambda a, b: a[:, :1].expand(SHAPE),
]


@pytest.mark.parametrize("seed", range(12))
def test_random_programs_give_the_same_bits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines = [(STEPS[rng.integers(len(STEPS))], *rng.integers(100, size=2)) for _ in range(12)]
    asked = rng.integers(100, size=2)

    def body(weights: Weights, given: Tensor) -> list[Tensor]:
        values = [given, weights.factor, given * weights.factor]
        for step, one, other in lines:
            values.append(step(values[one % len(values)], values[other % len(values)]))
        return [values[-1], *[values[at % len(values)] * 1 for at in asked]]

    assert seen(body, compiled=True) == seen(body, compiled=False)


@pytest.mark.skipif(not has_compiler(), reason="only compiled kernels write into operands")
def test_a_chain_takes_the_memory_of_one_array() -> None:
    def step(given: Tensor) -> Tensor:
        made = given * 2
        for _ in range(3):
            made = (made.relu() + given).tanh()
        return made.sum()

    compiled, given = gradloom.compile(step), gradloom.randn(SHAPE)
    for _ in range(3):
        compiled(given)
    tracemalloc.start()
    try:
        compiled(given)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * given.array.nbytes
