"""Checkpointed parts give the same numbers as PyTorch's, compute twice, and keep little in between."""

from __future__ import annotations

import contextlib
import gc
import warnings
import weakref
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential


def net(engine: Any) -> Any:
    engine.manual_seed(3)
    nn = engine.nn
    return nn.Sequential(
        nn.Linear(4, 5), nn.Tanh(), nn.Dropout(0.3), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 2)
    )


def leaf(engine: Any) -> Any:
    return engine.from_numpy(np.linspace(-1, 1, 12).reshape(3, 4).astype(np.float32)).requires_grad_()


def room(engine: Any) -> Any:
    return import_module(f"{engine.__name__}.utils.checkpoint")


def whole(engine: Any, **settings: Any) -> Any:
    model, x = net(engine), leaf(engine)
    y = room(engine).checkpoint(model, x, **settings)
    y.square().sum().backward()
    return [y, x.grad, *(each.grad for each in model.parameters()), engine.rand(2)]


def in_segments(engine: Any, **settings: Any) -> Any:
    model, x = net(engine), leaf(engine)
    y = room(engine).checkpoint_sequential(model, 3, x, **settings)
    y.square().sum().backward()
    return [y, x.grad, *(each.grad for each in model.parameters()), engine.rand(2)]


def nested(engine: Any, **settings: Any) -> Any:
    model, x = net(engine), leaf(engine)
    inner = room(engine).checkpoint

    def part(value: Any) -> Any:
        return inner(model[3:], inner(model[:3], value, **settings).sin(), **settings).cos()

    y = inner(part, x * 2, **settings)
    y.square().sum().backward()
    return [y, x.grad, *(each.grad for each in model.parameters())]


def several(engine: Any, **settings: Any) -> Any:
    x, z = leaf(engine), leaf(engine)
    first, word, second = room(engine).checkpoint(
        lambda a, b, c: (a * b.sin(), c, (a + b).exp()), x, z, "word", **settings
    )
    (first * second).sum().backward()
    return [first, second, x.grad, z.grad, word == "word"]


BOTH = [{"use_reentrant": True}, {"use_reentrant": False}]


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad=True")
@pytest.mark.parametrize("settings", [*BOTH, {"use_reentrant": False, "early_stop": False}], ids=str)
@pytest.mark.parametrize("case", [whole, in_segments, nested, several], ids=lambda case: case.__name__)
def test_numbers_are_pytorchs(case: Callable[..., Any], settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    if case is in_segments:
        settings = {"use_reentrant": settings["use_reentrant"]}
    for mine, its in zip(case(gradloom, **settings), case(torch, **settings), strict=True):
        values = (each if isinstance(each, bool) else each.detach().numpy() for each in (mine, its))
        np.testing.assert_allclose(*values, rtol=1e-5, atol=1e-6)


def told(call: Callable[[], Any]) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return call()
    except Exception as error:  # noqa: BLE001 - compared with the other engine's
        return type(error).__name__, str(error).replace("gradloom", "torch")


REFUSALS: list[Callable[[Any, Any], Any]] = [
    lambda e, c: c.checkpoint(e.sin, leaf(e)),
    lambda e, c: c.checkpoint_sequential([e.sin], 1, leaf(e)),
    lambda e, c: c.checkpoint(e.sin, e.zeros(2), use_reentrant=True),
    lambda e, c: c.checkpoint(e.sin, leaf(e), use_reentrant=True, more=1),
    lambda e, c: c.checkpoint(e.sin, leaf(e), use_reentrant=True, debug=True),
    lambda e, c: c.checkpoint(e.sin, leaf(e), use_reentrant=False, determinism_check="strict"),
    lambda e, c: c.checkpoint_sequential([e.sin], 1, leaf(e), use_reentrant=True, more=1),
    lambda e, c: c.checkpoint(lambda x: x.detach(), leaf(e), use_reentrant=True).sum().backward(),
]


@pytest.mark.oracle
@pytest.mark.parametrize("number", range(len(REFUSALS)))
def test_refusals_are_pytorchs(number: int) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (told(lambda e=engine: REFUSALS[number](e, room(e))) for engine in (gradloom, torch))
    assert ours == theirs


def test_nothing_in_between_is_kept() -> None:
    alive: list[weakref.ref[Any]] = []

    def part(x: Any) -> Any:
        between = x.exp()
        alive.append(weakref.ref(between.array.base if between.array.base is not None else between))
        return between.sin()

    x = leaf(gradloom)
    for settings in BOTH:
        y = checkpoint(part, x, **settings)
        gc.collect()
        assert alive[-1]() is None
        y.sum().backward()
    assert len(alive) == 4


def test_a_part_is_computed_again_for_each_backward() -> None:
    calls: list[int] = []

    def part(x: Any) -> Any:
        calls.append(1)
        return x.exp().sin()

    x = leaf(gradloom)
    y = checkpoint(part, x, use_reentrant=False).sum()
    assert len(calls) == 1
    y.backward(retain_graph=True)
    first = x.grad.tolist()
    y.backward()
    assert len(calls) == 3
    np.testing.assert_allclose(x.grad.array, 2 * np.array(first))
    with gradloom.no_grad():
        checkpoint(part, x, use_reentrant=False)
    assert len(calls) == 4


def test_second_derivatives_go_through() -> None:
    x = leaf(gradloom)
    y = checkpoint(lambda x: x.exp() * x, x, use_reentrant=False).sum()
    (slope,) = gradloom.autograd.grad(y, x, create_graph=True)
    (curve,) = gradloom.autograd.grad(slope.sum(), x)
    np.testing.assert_allclose(curve.array, np.exp(x.array) * (x.array + 2), rtol=1e-5)


def test_another_computation_is_noticed() -> None:
    shapes = iter([(2,), (3,)])
    x = gradloom.ones(1).requires_grad_()
    y = checkpoint(lambda x: (x.expand(next(shapes)) * 2).exp(), x, use_reentrant=False)
    with pytest.raises(CheckpointError, match="different metadata than during the forward pass"):
        y.sum().backward()
    more = iter([3, 1])
    y = checkpoint(lambda x: [x := x.exp() for _ in range(next(more))][-1], x, use_reentrant=False)
    with pytest.raises(CheckpointError, match="A different number of tensors was saved"):
        y.sum().backward()


def test_contexts_surround_both_computations() -> None:
    seen: list[str] = []

    @contextlib.contextmanager
    def saying(word: str):
        seen.append(word)
        yield

    x = leaf(gradloom)
    y = checkpoint(
        gradloom.exp, x, use_reentrant=False, context_fn=lambda: (saying("first"), saying("second"))
    )
    y.sum().backward()
    assert seen == ["first", "second"]


def test_segments_need_not_divide_evenly() -> None:
    steps = [gradloom.sin, gradloom.exp, gradloom.tanh, gradloom.cos, gradloom.sinh]
    x = leaf(gradloom)
    expected = x
    for step in steps:
        expected = step(expected)
    y = checkpoint_sequential(steps, 2, x, use_reentrant=False)
    np.testing.assert_array_equal(y.array, expected.array)
