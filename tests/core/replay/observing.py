"""What is observed of a step, compiled and as it is: both must be the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import gradloom
from gradloom import Tensor

Compiled = Callable[[Callable[..., Any]], Any]
"""`gradloom.compile`, or `as_it_is`."""

Case = Callable[[Compiled], Any]
"""Runs steps, and gives what it observed."""


def as_it_is(step: Callable[..., Any]) -> Any:
    return step


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return gradloom.tensor(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


def called(step: Callable[..., Any], times: int = 4) -> list[Any]:
    return [step(numbers(3)).tolist() for _ in range(times)]


def assert_nothing_tells_apart(case: Case) -> None:
    gradloom.manual_seed(0)
    expected = case(as_it_is)
    gradloom.manual_seed(0)
    assert case(gradloom.compile) == expected
