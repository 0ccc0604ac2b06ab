"""What lines call where it is no operation, gradient rule or kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.autograd.grad_mode import set_grad_enabled
from gradloom.dtypes import Array
from gradloom.tensor import Tensor, wrap


def row_major(made: Any) -> Array:
    """The result as an array whose rows lie one after the other."""
    return np.asarray(made, order="C")  # where `ascontiguousarray` would give a number a dimension


def cast(dtype: Any, array: Array) -> Array:
    """The array in this dtype."""
    return array.astype(dtype, copy=False)


def gradient_of(leaf: Tensor) -> Array:
    """What the leaf's gradient is now."""
    assert leaf.grad is not None
    return leaf.grad.array


def in_mode(enabled: bool, call: Callable[..., Any], *arrays: Array) -> Any:
    """What `call` makes of the arrays while gradients are recorded or not."""
    with set_grad_enabled(enabled):
        return call(*arrays)


def calling(
    function: Callable[..., Any], given: tuple[Any, ...], tensors: tuple[int, ...], names: tuple[str, ...]
) -> Callable[..., Any]:
    """`function` once more, with the arrays that it is called with as the tensors among what was `given`."""
    call = _with_names(function, names) if names else function

    def again(*arrays: Array) -> Any:
        arguments = list(given)
        for at, array in zip(tensors, arrays, strict=True):
            arguments[at] = wrap(array)
        result = call(*arguments)
        return result.array if isinstance(result, Tensor) else None

    return again


def _with_names(function: Callable[..., Any], names: tuple[str, ...]) -> Callable[..., Any]:
    """`function`, whose last arguments are given by these names."""

    def call(*arguments: Any) -> Any:
        split = len(arguments) - len(names)
        return function(*arguments[:split], **dict(zip(names, arguments[split:], strict=True)))

    return call


def listed(*values: Any) -> list[Any]:
    """A list of them."""
    return list(values)


def tupled(*values: Any) -> tuple[Any, ...]:
    """A tuple of them."""
    return values
