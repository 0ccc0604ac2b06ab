"""Results that PyTorch lets a script change in place, because their gradients do not need them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom.nn import functional

MADE: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "matmul": lambda x, y: x @ y.T,
    "pow": lambda x, y: x**2,
    "square": lambda x, y: x.square(),
    "log": lambda x, y: x.log(),
    "sin": lambda x, y: x.sin(),
    "abs": lambda x, y: x.abs(),
    "clamp": lambda x, y: x.clamp(0.2, 0.8),
    "elu": lambda x, y: functional.elu(x - 0.5),
    "gelu": lambda x, y: functional.gelu(x),
    "silu": lambda x, y: functional.silu(x),
    "leaky_relu": lambda x, y: functional.leaky_relu(x),
    "softplus": lambda x, y: functional.softplus(x),
    "linear": lambda x, y: functional.linear(x, y),
    "layer_norm": lambda x, y: functional.layer_norm(x, (4,)),
    "dropout": lambda x, y: functional.dropout(x, 0.5),
    "conv2d": lambda x, y: functional.conv2d(x[None, None], y[None, None, :2, :2]),
    "max_pool2d": lambda x, y: functional.max_pool2d(x[None, None], 2),
    "avg_pool2d": lambda x, y: functional.avg_pool2d(x[None, None], 2),
    "batch_norm": lambda x, y: functional.batch_norm(x, None, None, training=True),
    "mean": lambda x, y: x.mean(0),
    "sum": lambda x, y: x.sum(1),
    "cat": lambda x, y: gradloom.cat([x, y]),
    "where": lambda x, y: gradloom.where(x > 0.5, x, y),
    "embedding": lambda x, y: functional.embedding(gradloom.tensor([0, 2]), x),
    "masked_fill": lambda x, y: x.masked_fill(x > 0.5, 0.0),
    "cumsum": lambda x, y: x.cumsum(0),
    "sort": lambda x, y: x.sort(1)[0],
}


@pytest.mark.parametrize("name", MADE)
def test_the_gradient_is_that_of_the_step_out_of_place(name: str) -> None:
    grads = []
    for in_place in (True, False):
        gradloom.manual_seed(0)
        x, y = (gradloom.rand(4, 4, dtype=gradloom.float64, requires_grad=True) for _ in range(2))
        made = MADE[name](x, y)
        changed = made.mul_(3).add_(1) if in_place else made * 3 + 1
        (changed**2).sum().backward()
        grads.append([each.grad.numpy() for each in (x, y) if each.grad is not None])
    for one, other in zip(*grads, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


def test_numbers_among_the_settings_may_be_tensors() -> None:
    x = gradloom.ones(2, requires_grad=True)
    weight = gradloom.tensor(0.5)
    made = gradloom.add(x, x, alpha=weight) + x.detach().clone().addcmul_(
        x.detach(), x.detach(), value=weight
    )
    made.sum().backward()
    assert made.tolist() == [3, 3]
    assert x.grad is not None
    assert x.grad.tolist() == [1.5, 1.5]
