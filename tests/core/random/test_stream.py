"""One seed gives PyTorch's numbers, and a stream can be put down and taken up again."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom

FILLS: dict[str, Callable[[Any], Any]] = {
    "normal_": lambda tensor: tensor.normal_(),
    "uniform_": lambda tensor: tensor.uniform_(),
    "log_normal_": lambda tensor: tensor.log_normal_(),
    "cauchy_": lambda tensor: tensor.double().cauchy_(),
    "geometric_": lambda tensor: tensor.geometric_(0.3),
    "exponential_": lambda tensor: tensor.exponential_(),
    "random_": lambda tensor: tensor.random_(0, 1000),
    "bernoulli_": lambda tensor: tensor.bernoulli_(0.3),
    "bernoulli_ by tensor": lambda tensor: tensor.bernoulli_(tensor + 0.3),
}

DRAWS: dict[str, Callable[[Any], Any]] = {
    "rand": lambda t: t.rand(3, 5),
    "rand in double precision": lambda t: t.rand(7, dtype=t.float64),
    "rand in half precision": lambda t: t.rand(7, dtype=t.float16),
    "a few randn": lambda t: t.randn(5),
    "randn one short of a block": lambda t: t.randn(15),
    "randn in blocks": lambda t: t.randn(4, 8),
    "randn in blocks and a rest": lambda t: t.randn(37),
    "randn in double precision": lambda t: t.randn(37, dtype=t.float64),
    "few randn in double precision": lambda t: t.randn(3, dtype=t.float64),
    "randn in half precision": lambda t: t.randn(37, dtype=t.float16),
    "few randn in half precision": lambda t: t.randn(5, dtype=t.bfloat16),
    "complex rand": lambda t: t.rand(7, dtype=t.complex64),
    "complex randn": lambda t: t.randn(20, dtype=t.complex128),
    "randint": lambda t: t.randint(10, (20,)),
    "randint from below zero": lambda t: t.randint(-3, 4, (20,)),
    "wide randint": lambda t: t.randint(0, 2**40, (5,)),
    "randint of one word": lambda t: t.randint(0, 2**28 - 1, (5,)),
    "randint of two words": lambda t: t.randint(0, 2**28, (5,)),
    "randperm": lambda t: t.randperm(17),
    "long randperm": lambda t: t.randperm(60_000),
    "uniform_": lambda t: t.empty(11).uniform_(-0.3, 0.7),
    "uniform_ in double precision": lambda t: t.empty(11, dtype=t.float64).uniform_(-0.3, 0.7),
    "normal_": lambda t: t.empty(40).normal_(1.0, 0.5),
    "few normal_": lambda t: t.empty(4).normal_(1.0, 0.5),
    "normal": lambda t: t.normal(2.0, 3.0, (20,)),
    "normal by tensors": lambda t: t.normal(t.arange(20.0), t.ones(20)),
    "bernoulli": lambda t: t.bernoulli(t.full((9,), 0.3)),
    "bernoulli_": lambda t: t.empty(9).bernoulli_(0.3),
    "bernoulli_ by tensor": lambda t: t.empty(9).bernoulli_(t.full((9,), 0.3)),
    "exponential_": lambda t: t.empty(9).exponential_(2.0),
    "log_normal_": lambda t: t.empty(9).log_normal_(0.5, 0.5),
    "cauchy_": lambda t: t.empty(9, dtype=t.float64).cauchy_(1.0, 2.0),
    "geometric_": lambda t: t.empty(20).geometric_(0.3),
    "normal_ of complex numbers": lambda t: t.empty(9, dtype=t.complex64).normal_(1.0, 2.0),
    "uniform_ in half precision": lambda t: t.empty(20, dtype=t.bfloat16).uniform_(1.0, 2.0),
    "normal of some": lambda t: t.normal(t.arange(3.0).reshape(3, 1), 2.0),
    "random_": lambda t: t.empty(9, dtype=t.int64).random_(),
    "random_ below": lambda t: t.empty(9, dtype=t.int64).random_(7),
    "random_ floats": lambda t: t.empty(9).random_(),
    "rand_like": lambda t: t.rand_like(t.zeros(3, 4)),
    "randn_like": lambda t: t.randn_like(t.zeros(3, 9)),
    "randn_like of a transpose": lambda t: t.randn_like(t.zeros(7, 5).t()),
    "randint in several draws": lambda t: t.randint(-5, 1000, (9001,)),
    "long bernoulli_": lambda t: t.empty(9001).bernoulli_(0.3),
    "dropout": lambda t: t.nn.functional.dropout(t.ones(99), 0.3),
    "dropout of everything": lambda t: t.nn.functional.dropout(t.ones(9), 1.0),
    "bernoulli_ by a row": lambda t: t.empty(5, 9).bernoulli_(t.linspace(0, 1, 9)),
    **{
        f"{name} of columns": lambda t, fill=fill: fill(t.zeros(7, 4, 3).permute(2, 0, 1))
        for name, fill in FILLS.items()
    },
    "normal_ of every second": lambda t: t.zeros(5, 8)[:, ::2].normal_(),
    "randint_like of a transpose": lambda t: t.randint_like(t.zeros(7, 5).t(), 1000),
    "multinomial of a transpose": lambda t: t.ones(7, 5).t().multinomial(1),
    "feature dropout of a transpose": lambda t: t.nn.functional.feature_alpha_dropout(
        t.ones(7, 5).t(), 0.5, True
    ),
    "dropout in double precision": lambda t: t.nn.functional.dropout(t.ones(99, dtype=t.float64), 0.3),
    "multinomial": lambda t: t.multinomial(t.tensor([0.1, 0.2, 0.3, 0.4]), 1),
    "multinomial with replacement": lambda t: t.multinomial(
        t.tensor([0.1, 0.2, 0.3, 0.4]), 9, replacement=True
    ),
    "multinomial rows": lambda t: t.multinomial(t.tensor([[0.1, 0.9], [0.5, 0.5]]), 6, replacement=True),
    "multinomial without replacement": lambda t: t.multinomial(t.tensor([[0.1, 0.2, 0.3, 0.4]]), 3),
    "with a generator": lambda t: t.rand(3, generator=t.Generator().manual_seed(5)),
    "one after another": lambda t: t.cat([t.randn(3), t.rand(2), t.randn(20), t.randn(2), t.randn(1)]),
}


@pytest.mark.oracle
@pytest.mark.parametrize("seed", [0, 7, 2**40 + 3])
@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_the_numbers_are_pytorchs(draw: Callable[[Any], Any], seed: int) -> None:
    torch = pytest.importorskip("torch")
    results = []
    for engine in (gradloom, torch):
        engine.manual_seed(seed)
        first = draw(engine)
        results.append((first.tolist(), engine.rand(2).tolist()))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=3e-6, atol=3e-7)
    assert results[0][1] == results[1][1], "the streams stand at different places afterwards"


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_a_state_brings_back_what_followed(draw: Callable[[Any], Any]) -> None:
    gradloom.manual_seed(3)
    gradloom.randn(3)
    state = gradloom.get_rng_state()
    first = draw(gradloom).tolist(), gradloom.randn(3).tolist()
    gradloom.set_rng_state(state)
    assert (draw(gradloom).tolist(), gradloom.randn(3).tolist()) == first


def test_a_state_survives_as_bytes() -> None:
    generator = gradloom.Generator().manual_seed(11)
    gradloom.randn(1, generator=generator)
    saved = generator.get_state().numpy().tobytes()
    expected = gradloom.randn(5, generator=generator).tolist()
    other = gradloom.Generator()
    other.set_state(gradloom.from_numpy(np.frombuffer(saved, np.uint8).copy()))
    assert gradloom.randn(5, generator=other).tolist() == expected
    assert other.initial_seed() == 11


def test_a_copy_of_a_generator_goes_its_own_way() -> None:
    generator = gradloom.Generator().manual_seed(11)
    gradloom.rand(700, generator=generator)
    other = copy.deepcopy(generator)
    expected = gradloom.rand(700, generator=other).tolist()
    assert gradloom.rand(700, generator=generator).tolist() == expected


def test_what_is_no_state_is_refused() -> None:
    with pytest.raises(RuntimeError, match="628 uint64"):
        gradloom.Generator().set_state(gradloom.zeros(8, dtype=gradloom.uint8))


def test_generators_do_not_disturb_each_other() -> None:
    gradloom.manual_seed(1)
    alone = gradloom.rand(4).tolist()
    gradloom.manual_seed(1)
    first = gradloom.rand(2).tolist()
    gradloom.rand(9, generator=gradloom.Generator().manual_seed(1))
    assert first + gradloom.rand(2).tolist() == alone


def test_impossible_draws_are_refused() -> None:
    with pytest.raises(RuntimeError, match="from=3 >= to=3"):
        gradloom.randint(3, 3, (2,))
    with pytest.raises(RuntimeError, match="Expected p_in >= 0"):
        gradloom.bernoulli(gradloom.tensor([1.5]))
    with pytest.raises(RuntimeError, match="without replacement"):
        gradloom.multinomial(gradloom.ones(3), 4)
    with pytest.raises(RuntimeError, match="element < 0"):
        gradloom.multinomial(gradloom.tensor([-1.0, 2.0]), 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_draws_although_a_thread_that_it_lacks_was_drawing() -> None:
    code = """
import os
import gradloom
from gradloom.random import default_stream

gradloom.manual_seed(3)
with default_stream()._source.generator.lock:
    child = os.fork()
    if not child:
        print(gradloom.rand(2).tolist(), flush=True)
        os._exit(0)
os.waitpid(child, 0)
print(gradloom.rand(2).tolist())
"""
    told = subprocess.check_output([sys.executable, "-c", code], text=True, timeout=60)
    theirs, ours = told.splitlines()
    assert theirs == ours
