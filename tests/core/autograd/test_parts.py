"""Gradients of tensors that are taken apart, whose parts the sweep puts together in one array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom

WAYS: dict[str, Any] = {
    "unbound": lambda x: [3 * each for each in x.unbind(0)],
    "unbound and stacked again": lambda x: [gradloom.stack(x.unbind(1), 0) ** 2, x.sum()],
    "chunks of one": lambda x: [gradloom.cat(x.split([1, 0, 3], 1), 1) ** 2],
    "in another order": lambda x: [gradloom.stack([x[2], x[0], x[-2]]) ** 2],
    "chunks": lambda x: [each.exp() for each in x.chunk(2, 1)],
    "overlapping": lambda x: [x[0:2], x[1:3] * 2, x[2]],
    "and as a whole": lambda x: [x[0], x * 2, x[1:], x[:, ::2]],
    "first as a whole": lambda x: [x[1] * 5, x.sum(0), x[1]],
    "a part of a part": lambda x: [x[0][1:], x[0][0], x[0] * 3],
}


@pytest.mark.parametrize("way", WAYS)
def test_parts_add_up_to_the_gradient_of_the_whole(way: str) -> None:
    start = gradloom.randn(3, 4, dtype=gradloom.float64, requires_grad=True)

    def loss(x: Any) -> Any:
        return sum((each * each).sum() for each in WAYS[way](x * 1))

    assert gradloom.autograd.gradcheck(loss, start)
    assert gradloom.autograd.gradgradcheck(loss, start)


def test_a_gradient_that_a_hook_saw_is_not_written_to() -> None:
    leaf = gradloom.ones(3, 2, requires_grad=True)
    whole = leaf * 1
    parts = whole.unbind(0)
    seen: list[Any] = []
    for part in parts:
        part.register_hook(lambda grad: seen.append((grad, grad.array.copy())))
    whole.register_hook(lambda grad: seen.append((grad, grad.array.copy())))
    (parts[0] * 2 + parts[2] * 3).sum().backward()
    np.testing.assert_array_equal(leaf.grad.array, [[2, 2], [0, 0], [3, 3]])
    for grad, copy in seen:
        np.testing.assert_array_equal(grad.array, copy)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)), min_size=1, max_size=5))
def test_any_ranges_count_as_often_as_they_are_taken(ranges: list[tuple[int, int]]) -> None:
    leaf = gradloom.zeros(8, requires_grad=True)
    whole = leaf + 0
    expected = np.zeros(8)
    total = 0 * whole.sum()
    for first, length in ranges:
        total = total + whole[first : first + length].sum()
        expected[first : first + length] += 1
    total.backward()
    np.testing.assert_array_equal(leaf.grad.array, expected)
