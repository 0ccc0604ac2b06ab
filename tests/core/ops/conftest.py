"""Draws an op's samples as tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom.ops.sample import Draw, Sample
from gradloom.tensor import Tensor


class Call:
    """One sample, drawn: the arguments with arrays in the place of draws, in reach of several engines."""

    def __init__(self, sample: Sample, seed: int = 0, dtype: Any = np.float64) -> None:
        self.sample = sample
        self.rng = np.random.default_rng(seed)
        self.dtype = dtype
        self.args = [self._drawn(value) for value in sample.args]
        self.kwargs = {name: self._drawn(value) for name, value in sample.kwargs.items()}

    def _drawn(self, value: Any) -> Any:
        if isinstance(value, Draw):
            value = value.array(self.rng)
        if isinstance(value, np.ndarray):
            if value.dtype.kind == "c":
                return value.astype(np.result_type(self.dtype, np.complex64))
            return value.astype(self.dtype) if value.dtype.kind == "f" else value
        if isinstance(value, (list, tuple)) and any(isinstance(each, Draw) for each in value):
            return [self._drawn(each) for each in value]
        return value

    def on(self, make: Callable[[Any], Any]) -> tuple[list[Any], list[Any], dict[str, Any]]:
        """The tensors that `make` makes of the arrays drawn, and the arguments with them in place."""
        tensors: list[Any] = []

        def placed(template: Any, value: Any) -> Any:
            if isinstance(template, Draw):
                tensors.append(make(value.copy()))
                return tensors[-1]
            if isinstance(template, (list, tuple)) and any(isinstance(each, Draw) for each in template):
                return [placed(one, other) for one, other in zip(template, value, strict=True)]
            return value

        args = [placed(one, other) for one, other in zip(self.sample.args, self.args, strict=True)]
        return (
            tensors,
            args,
            {name: placed(self.sample.kwargs[name], value) for name, value in self.kwargs.items()},
        )


def leaf(array: Any) -> Tensor:
    """A tensor over `array` that requires gradients where it can."""
    tensor = gradloom.from_numpy(array)
    return tensor.requires_grad_(array.dtype.kind in "fc")


@pytest.fixture
def call() -> type[Call]:
    return Call


@pytest.fixture
def make_leaf() -> Callable[[Any], Tensor]:
    return leaf
