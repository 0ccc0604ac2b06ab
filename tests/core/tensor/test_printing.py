"""What tensors print, beside what PyTorch's print: to the letter, but for the name before the dtypes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as shaped

import gradloom
from gradloom import nn
from gradloom.spelling import spelling

pytestmark = pytest.mark.oracle
torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def _as_pytorch() -> Iterator[None]:
    with spelling("torch"):
        yield
    for engine in (gradloom, torch):
        engine.set_printoptions(profile="default")


def same(array: np.ndarray, dtype: str | None = None) -> None:
    """Both engines print these values alike."""
    ours, theirs = gradloom.tensor(array), torch.tensor(array)
    if dtype is not None:
        ours, theirs = ours.to(getattr(gradloom, dtype)), theirs.to(getattr(torch, dtype))
    assert repr(ours) == repr(theirs)
    assert str(ours) == str(theirs)
    assert f"{ours}" == f"{theirs}"


shapes = shaped.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
magnitudes = st.sampled_from([1e-6, 1e-3, 1.0, 10.0, 1e3, 1e5, 1e9])
FLOATS = st.one_of(
    st.floats(-1, 1, width=32),
    st.floats(width=32),
    st.integers(-50, 50).map(float),
    st.just(0.0),
    st.just(-0.0),
)
drawn = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(shapes.flatmap(lambda shape: shaped.arrays(np.float32, shape, elements=FLOATS)), magnitudes)
@drawn
def test_floats(array: np.ndarray, magnitude: float) -> None:
    with np.errstate(over="ignore"):
        same(array * np.float32(magnitude))


@given(
    shapes.flatmap(lambda shape: shaped.arrays(np.float32, shape, elements=st.floats(-300, 300, width=16)))
)
@drawn
def test_narrow_and_wide_floats(array: np.ndarray) -> None:
    for dtype in ("float16", "bfloat16", "float64"):
        same(array, dtype)


@given(shapes.flatmap(lambda shape: shaped.arrays(np.int64, shape, elements=st.integers(-(2**40), 2**40))))
@drawn
def test_integers_and_bools(array: np.ndarray) -> None:
    same(array)
    for dtype in ("bool", "uint8", "int32"):
        same(array % 100, dtype)


@given(
    shapes.flatmap(
        lambda shape: shaped.arrays(
            np.complex64,
            shape,
            elements=st.complex_numbers(max_magnitude=1e6, allow_subnormal=False, width=64),
        )
    )
)
@drawn
def test_complex_numbers(array: np.ndarray) -> None:
    same(array)
    same(array, "complex128")


OPTIONS: list[dict[str, Any]] = [
    {"precision": 2},
    {"precision": 0},
    {"linewidth": 40},
    {"linewidth": 200, "edgeitems": 2, "threshold": 10},
    {"threshold": 5, "edgeitems": 1},
    {"sci_mode": True},
    {"sci_mode": False},
    {"profile": "short"},
    {"profile": "full", "precision": 6},
    {"profile": "short", "sci_mode": True, "edgeitems": 4},
]


@pytest.mark.parametrize("chosen", OPTIONS, ids=str)
def test_options(chosen: dict[str, Any]) -> None:
    for engine in (gradloom, torch):
        engine.set_printoptions(**chosen)
    rng = np.random.default_rng(0)
    for array in (
        rng.standard_normal((2, 9)).astype(np.float32),
        rng.standard_normal((12, 100)).astype(np.float32) * 1e-5,
        np.arange(2000).reshape(40, 50),
        np.arange(2400.0).reshape(2, 3, 4, 100),
        np.array([1.0, np.inf, np.nan, -3]),
        rng.standard_normal(5) + 1j * rng.standard_normal(5),
        np.float32(0.1),
    ):
        same(array)


@pytest.mark.parametrize("shape", [(1001,), (30, 40), (7, 7, 30), (2, 3, 200), (1, 1001)], ids=str)
def test_long_ones_are_shortened(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    same(rng.standard_normal(shape).astype(np.float32))
    same(rng.integers(0, 10**6, shape))
    same(np.where(rng.uniform(size=shape) < 0.5, np.nan, 1e5).astype(np.float32))


def notes(engine: Any) -> list[Any]:
    nn = engine.nn
    leaf = engine.ones(3, requires_grad=True)
    engine.manual_seed(0)
    wide = engine.ones(2, 12, dtype=engine.float64, requires_grad=True)
    linear = nn.Linear(2, 2)
    return [
        leaf,
        leaf * 2,
        (leaf * 2).sum(),
        wide * 1.5,
        wide.to(engine.float16),
        engine.zeros(0, 3, requires_grad=True) * 2,
        nn.Parameter(engine.ones(2, 2)),
        linear.weight,
        [leaf, {"a": leaf.detach()}],
        engine.Size([2]),
        engine.zeros(0),
        engine.zeros(2, 0, dtype=engine.int64),
        engine.float16,
        *made_by(engine, leaf, wide.float()),
    ]


def made_by(engine: Any, x: Any, matrix: Any) -> list[Any]:
    """What the last step was is told by the names that PyTorch's nodes have."""
    functional = engine.nn.functional
    return [
        x.sum(), x.mean(), matrix.sum(0), matrix.mean(1), x.max(), matrix.max(1)[0],
        x * x, x - x, x / x, x**2,
        matrix @ matrix.T, x @ x, matrix @ matrix[0], x[0], x[1:], x[None], matrix[:, 2],
        x[engine.tensor([0, 1])],
        matrix.view(-1), matrix.reshape(3, 8), matrix.T, x.exp(), x.relu(), x.log_softmax(0), x.softmax(0),
        functional.mse_loss(x, x.detach()), functional.cross_entropy(matrix, engine.tensor([0, 1])),
        functional.nll_loss(matrix, engine.tensor([0, 1])), engine.cat([x, x]), x.clamp(0, 1), x.norm(),
        functional.layer_norm(matrix, (12,)), functional.linear(matrix, matrix, x[:2]), x.square(),
        functional.max_pool2d(matrix[None, None], 2), x.std(), x.sigmoid(), x.tanh(),
        engine.where(x > 0, x, 0.0),
    ]  # fmt: skip


def test_notes_behind_the_values() -> None:
    for ours, theirs in zip(notes(gradloom), notes(torch), strict=True):
        assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("spec", ["", ".3f", "10.2e", ">8"])
def test_formatting_one_value(spec: str) -> None:
    for value in (0.5, 3):
        assert format(gradloom.tensor(value), spec) == format(torch.tensor(value), spec)


def test_the_default_dtype_is_not_told() -> None:
    try:
        for engine in (gradloom, torch):
            engine.set_default_dtype(engine.float64)
        same(np.array([0.5]))
        same(np.array([0.5], np.float32))
        same(np.array([0.5j]))
        same(np.array([0.5j], np.complex64))
    finally:
        for engine in (gradloom, torch):
            engine.set_default_dtype(engine.float32)


def test_subclasses_show_their_own_name() -> None:
    class Weights(gradloom.Tensor):
        __slots__ = ()

    assert repr(nn.Parameter(gradloom.ones(1))) == "Parameter containing:\ntensor([1.], requires_grad=True)"
    assert repr(Weights([1.0])) == "Weights([1.])"


def test_limits_and_named_results() -> None:
    for name in ("float16", "bfloat16", "float32", "float64", "complex64"):
        ours, theirs = gradloom.finfo(getattr(gradloom, name)), torch.finfo(getattr(torch, name))
        assert repr(ours) == repr(theirs)
        for limit in ("bits", "eps", "max", "min", "tiny", "smallest_normal", "resolution", "dtype"):
            assert getattr(ours, limit) == getattr(theirs, limit)
    for name in ("uint8", "int8", "int16", "int32", "int64"):
        assert repr(gradloom.iinfo(getattr(gradloom, name))) == repr(torch.iinfo(getattr(torch, name)))
    x = np.arange(6.0).reshape(2, 3)
    for call in (
        lambda t: t.max(1),
        lambda t: t.min(1),
        lambda t: t.sort(1),
        lambda t: t.topk(2),
        lambda t: t.median(1),
    ):
        assert repr(call(gradloom.tensor(x))) == repr(call(torch.tensor(x)))
