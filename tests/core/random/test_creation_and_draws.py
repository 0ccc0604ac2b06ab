"""Settings of memory that new tensors accept, and draws in place, beside PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

CALLS: list[Callable[[Any], Any]] = [
    lambda t: t.zeros(2, 3, layout=t.strided, pin_memory=False),
    lambda t: t.zeros_like(t.ones(2, 2), memory_format=t.preserve_format),
    lambda t: t.ones(2, out=t.zeros(2, dtype=t.float64)),
    lambda t: t.full((2,), 3, dtype=t.float32, layout=t.strided),
    lambda t: t.arange(end=3),
    lambda t: t.arange(start=1, end=4, step=2, dtype=t.float32),
    lambda t: t.linspace(t.tensor(0.0), 1, steps=3),
    lambda t: t.logspace(0, 2, 3),
    lambda t: t.logspace(start=0, end=3, steps=4, base=2.0, dtype=t.float64),
    lambda t: t.scalar_tensor(3),
    lambda t: t.asarray([1, 2]),
    lambda t: t.asarray(np.ones(2), dtype=t.float32, requires_grad=True),
    lambda t: t.frombuffer(bytearray(b"\1\0\2\0"), dtype=t.int16),
    lambda t: t.empty_strided((2, 3), (1, 2)).fill_(1),
    lambda t: t.randint(high=9, size=(4,)),
    lambda t: t.randint(low=-3, high=9, size=(4,)),
    lambda t: t.randint_like(t.ones(3), 5, memory_format=t.preserve_format),
    lambda t: t.randint_like(t.ones(3), low=2, high=5),
    lambda t: t.rand_like(t.ones(3), dtype=t.float64, device="cpu"),
    lambda t: t.randn_like(t.ones(3), generator=t.Generator().manual_seed(3)),
    lambda t: t.randn(3, pin_memory=False, layout=t.strided),
    lambda t: t.empty(5).cauchy_(),
    lambda t: t.empty(5, dtype=t.float64).cauchy_(1.0, 3.0),
    lambda t: t.empty(20).geometric_(0.3),
    lambda t: t.empty(5, dtype=t.float64).log_normal_(0.5, 0.2),
    lambda t: t.bernoulli(t.empty(8), 0.3),
    lambda t: t.full((8,), 0.4).bernoulli(),
    lambda t: t.tensor([1.0, 3.0]).multinomial(4, replacement=True),
    lambda t: t.ones(2).new([1, 2]),
    lambda t: t.tensor([2]).is_nonzero() and t.ones(1).is_cpu and not t.ones(1).is_xla,
]


@pytest.mark.parametrize("case", range(len(CALLS)))
def test_it_is_theirs(case: int) -> None:
    made = []
    for engine in (gradloom, torch):
        engine.manual_seed(5)
        value = CALLS[case](engine)
        made.append(repr(value).replace("gradloom.", "torch."))
    assert made[0] == made[1]


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(TypeError, match="got an unexpected keyword argument 'size_of'"):
        gradloom.zeros(2, size_of=3)


def test_a_forked_stream_goes_on_where_it_was() -> None:
    gradloom.manual_seed(1)
    expected = gradloom.rand(2).tolist()
    gradloom.manual_seed(1)
    with gradloom.random.fork_rng():
        gradloom.rand(7)
    assert gradloom.rand(2).tolist() == expected
