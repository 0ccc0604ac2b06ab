"""Any shapes that broadcast, and any that do not, beside PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

import gradloom

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

PAIRS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "add": lambda t, a, b: a + b,
    "mul": lambda t, a, b: a * b,
    "maximum": lambda t, a, b: t.maximum(a, b),
    "where": lambda t, a, b: t.where(a > 0, a, b),
    "lerp": lambda t, a, b: t.lerp(a, b, 0.3),
    "expand_as": lambda t, a, b: a.expand_as(b),
    "copy_": lambda t, a, b: (a * 1).copy_(b),
    "assignment": lambda t, a, b: (a * 1).__setitem__(..., b),
    "masked_fill": lambda t, a, b: a.masked_fill(b > 0, 0.5),
    "broadcast_tensors": lambda t, a, b: t.broadcast_tensors(a, b)[1],
}


def _carried_out(engine: Any, name: str, values: tuple[Any, Any]) -> Any:
    leaves = [engine.tensor(each).requires_grad_() for each in values]
    try:
        made = PAIRS[name](engine, *leaves)
    except RuntimeError as error:
        return type(error).__name__, str(error).replace("gradloom.", "torch.")
    if made is None:
        return None
    made.sum().backward()
    grads = [np.zeros(each.shape) if each.grad is None else each.grad.numpy() for each in leaves]
    return [made.detach().numpy(), *grads]


def _values(shape: tuple[int, ...], seed: int) -> Any:
    return np.random.default_rng(seed).uniform(-2.0, 2.0, shape)


def _compare(name: str, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    values = _values(shapes[0], 1), _values(shapes[1], 2)
    ours, theirs = (_carried_out(engine, name, values) for engine in (gradloom, torch))
    if not isinstance(theirs, list):
        assert ours == theirs
        return
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PAIRS)), mutually_broadcastable_shapes(num_shapes=2, max_dims=3, min_side=0))
def test_shapes_that_broadcast(name: str, shapes: Any) -> None:
    _compare(name, shapes.input_shapes)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PAIRS)), st.tuples(*[array_shapes(min_dims=0, max_dims=3, max_side=3)] * 2))
def test_any_shapes(name: str, shapes: Any) -> None:
    _compare(name, shapes)
