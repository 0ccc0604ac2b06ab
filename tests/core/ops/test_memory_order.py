"""In which order results lie in memory, beside PyTorch's: `view` and random draws follow from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

# Of q, which lies as attention's heads do: (2, 3, 7, 4), the second and third dim exchanged in memory.
CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda t, q: q.sum(-1),
    "sum-keepdim": lambda t, q: q.sum(-1, keepdim=True),
    "mean": lambda t, q: q.mean(-1),
    "std": lambda t, q: q.std(-1),
    "var": lambda t, q: q.var(1),
    "amax": lambda t, q: q.amax(-1),
    "max": lambda t, q: q.max(-1)[0],
    "argmax": lambda t, q: q.argmax(-1),
    "prod": lambda t, q: q.prod(-1),
    "norm": lambda t, q: q.norm(dim=-1),
    "logsumexp": lambda t, q: q.logsumexp(-1),
    "cumsum": lambda t, q: q.cumsum(1),
    "cumprod": lambda t, q: q.cumprod(1),
    "softmax": lambda t, q: q.softmax(-1),
    "log_softmax": lambda t, q: q.log_softmax(1),
    "masked_fill": lambda t, q: q.masked_fill(q > 0, 0.0),
    "index": lambda t, q: q[:, t.tensor([0, 1])],
    "roll": lambda t, q: q.roll(1, 1),
    "tril": lambda t, q: q.tril(),
    "cat": lambda t, q: t.cat([q, q], 1),
    "stack": lambda t, q: t.stack([q, q]),
    "max_pool2d": lambda t, q: t.nn.functional.max_pool2d(q, 2),
    "avg_pool2d": lambda t, q: t.nn.functional.avg_pool2d(q, 2),
    "matmul": lambda t, q: q @ q.transpose(-1, -2),
    "einsum": lambda t, q: t.einsum("bhid,bhjd->bhij", q, q),
    "einsum-turned": lambda t, q: t.einsum("bhij,hg->bgij", q, t.ones(3, 5, dtype=t.float64)),
    "tensordot": lambda t, q: t.tensordot(q, t.ones(4, 4, dtype=t.float64), 1),
    "exp": lambda t, q: q.exp(),
    "add": lambda t, q: q + 1,
    "where": lambda t, q: t.where(q > 0, q, 0.0),
}


def heads(engine: Any) -> Any:
    values = np.random.default_rng(0).standard_normal((2, 7, 12))
    return engine.tensor(values).view(2, 7, 3, 4).permute(0, 2, 1, 3)


@pytest.mark.parametrize("name", CALLS)
def test_results_lie_as_theirs(name: str) -> None:
    ours, theirs = (CALLS[name](engine, heads(engine)) for engine in (gradloom, torch))
    assert ours.stride() == theirs.stride()
    assert ours.is_contiguous() == theirs.is_contiguous()
    np.testing.assert_allclose(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("draw", ["rand_like", "randn_like"])
def test_draws_fill_memory_in_its_order(draw: str) -> None:
    found = []
    for engine in (gradloom, torch):
        engine.manual_seed(3)
        found.append(getattr(engine, draw)(heads(engine)).numpy())
    np.testing.assert_allclose(*found)
