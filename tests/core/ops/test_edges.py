"""Values that samples seldom hold, in arrays large enough for every kernel, beside PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom.nn import functional as F

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


def _edges(rows: int, columns: int) -> Any:
    """Whole numbers and halves of both signs, many of them equal, with infinities, nan and both zeros."""
    rng = np.random.default_rng(0)
    values = rng.integers(-6, 7, (rows, columns)).astype(np.float32) / 2
    values.flat[::17], values.flat[5::29] = -0.0, np.inf
    values.flat[7::31], values.flat[11::37] = -np.inf, np.nan
    return values


LAYOUTS: dict[str, Callable[[], Any]] = {
    "rows": lambda: _edges(72, 64),
    "columns": lambda: _edges(64, 72).T,
    "every second": lambda: _edges(72, 128)[:, ::2],
    "double": lambda: _edges(72, 64).astype(np.float64),
    "numbers": lambda: np.nan_to_num(_edges(72, 64), nan=1.0, posinf=3.0, neginf=-3.0),
    "few": lambda: _edges(3, 4),
    "none": lambda: _edges(0, 4),
}
CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    **{f"x ** {power}": lambda T, F, x, p=power: x**p for power in (-3, -2, 3, 3.0, 4, 5, 2.5, 0)},
    "softshrink": lambda T, F, x: F.softshrink(x),
    "hardshrink": lambda T, F, x: F.hardshrink(x),
    "hardswish": lambda T, F, x: F.hardswish(x),
    "hardsigmoid": lambda T, F, x: F.hardsigmoid(x),
    "hardtanh": lambda T, F, x: F.hardtanh(x, -1.5, 2.0),
    "threshold": lambda T, F, x: F.threshold(x, 0.5, -7.0),
    "elu": lambda T, F, x: F.elu(x, 0.7),
    "selu": lambda T, F, x: F.selu(x),
    "mish": lambda T, F, x: F.mish(x),
    "prelu": lambda T, F, x: F.prelu(x, T.tensor([0.3], dtype=x.dtype)),
    "huber_loss": lambda T, F, x: F.huber_loss(x, x.flip(0), reduction="none", delta=0.7),
    "nan_to_num": lambda T, F, x: T.nan_to_num(x, 3.0, neginf=-9.0),
    "lerp": lambda T, F, x: T.lerp(x, x.flip(0), 0.3),
    "lerp from the end": lambda T, F, x: T.lerp(x, x.flip(0), 0.7),
    "lerp by each": lambda T, F, x: T.lerp(x, x.flip(0), T.clamp(x, 0, 1)),
    "sort": lambda T, F, x: T.sort(x, stable=True),
    "sort downwards": lambda T, F, x: T.sort(x, dim=0, descending=True, stable=True),
    "argsort": lambda T, F, x: T.argsort(x, dim=0, stable=True),
    "median": lambda T, F, x: T.median(x),
    "kthvalue": lambda T, F, x: T.kthvalue(x, 3, 1)[0],
    "topk": lambda T, F, x: T.topk(x, 3, 1)[0],
    "topk of the smallest": lambda T, F, x: T.topk(x, 3, 1, largest=False)[0],
    "gather": lambda T, F, x: x.gather(1, T.argsort(x, stable=True).flip(1)),
    "cumsum": lambda T, F, x: x.nan_to_num(0, 9, -9).cumsum(0),
    "cumprod": lambda T, F, x: x.nan_to_num(0, 1, -1).sign().cumprod(1),
    "sign": lambda T, F, x: x.sign(),
    "half": lambda T, F, x: (x / 3).half(),
    "from half": lambda T, F, x: (x / 3).half().float(),
    "tril": lambda T, F, x: x.tril(-1),
    "triu": lambda T, F, x: x[None].triu(2),
    "linspace": lambda T, F, x: T.linspace(-1, 2, x.numel() // 2, dtype=x.dtype),
    "index_add": lambda T, F, x: x.nan_to_num(0, 9, -9).index_add(0, T.arange(len(x)) // 2, x.sign()),
    "addcmul of integers": lambda T, F, x: T.addcmul(*[x.nan_to_num(0, 1, -1).long()] * 3, value=1.5),
    "repeat": lambda T, F, x: x.repeat(2, 1, 3),
    "glu": lambda T, F, x: F.glu(x),
    "cosine_similarity": lambda T, F, x: F.cosine_similarity(x, x.roll(1, 0)),
    "rows": lambda T, F, x: x - x[:1],
    "columns": lambda T, F, x: x[:, :1] / x,
    "masked_fill": lambda T, F, x: x.masked_fill(x > 0, T.tensor(-7)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CALLS)
def test_beside_pytorch(name: str, layout: str) -> None:
    array = LAYOUTS[layout]()
    theirs = CALLS[name](torch, torch.nn.functional, torch.from_numpy(array))
    ours = CALLS[name](gradloom, F, gradloom.from_numpy(array))
    for mine, given in zip(
        *[each if isinstance(each, tuple) else (each,) for each in (ours, theirs)], strict=True
    ):
        assert str(mine.dtype).rpartition(".")[2] == str(given.dtype).rpartition(".")[2]
        np.testing.assert_allclose(mine.numpy(), given.numpy(), 1e-5, 1e-6)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        *(("uint8", each) for each in (300, -1, -1.5, 2.7)),
        *(("int8", each) for each in (200, -200)),
        *(("int16", 70000), ("int32", 2**40), ("int32", -(2**31) - 1)),
        *(("int64", each) for each in (1.5, float("nan"), float("inf"), 1e30, 1 + 0j, 1j)),
        *(("float16", each) for each in (1e6, -65504.0, float("inf"))),
        *(("float32", each) for each in (1e60, 3, float("-inf"), 1 + 2j)),
        *(("bfloat16", 1e39), ("bool", 0.5), ("complex64", 1j)),
    ],
)
@pytest.mark.parametrize("wrap", [False, True], ids=["number", "tensor"])
def test_a_mask_is_filled_with_what_fits(dtype: str, value: Any, wrap: bool) -> None:
    def filled(T: Any) -> Any:
        number = T.tensor(value, dtype=T.float64) if wrap and isinstance(value, float) else value
        ones = T.ones(2, dtype=getattr(T, dtype))
        try:
            return ones.masked_fill(
                T.tensor([True, False]), T.tensor(number) if wrap and number is value else number
            )
        except RuntimeError as error:
            return str(error)

    ours, theirs = filled(gradloom), filled(torch)
    if isinstance(theirs, str):
        assert ours == theirs
    else:
        assert str(ours.dtype).rpartition(".")[2] == str(theirs.dtype).rpartition(".")[2]
        assert ours.tolist() == theirs.tolist()


def _other_than(T: Any, x: Any) -> Any:
    """The tensor itself, or for PyTorch, which refuses what overlaps or goes wrong, a copy."""
    return x if T is gradloom else x.clone()


WRITES: dict[str, Callable[[Any, Any], Any]] = {
    "add_": lambda T, x: x.add_(x.flip(0), alpha=0.5),
    "add_ a number": lambda T, x: x.add_(1.5),
    "add_ a row": lambda T, x: x.add_(x[1:2].clone()),
    "add_ what overlaps": lambda T, x: x[1:].add_(_other_than(T, x)[:-1]),
    "add_ integers": lambda T, x: x.add_(T.arange(x.shape[1])),
    "sub_": lambda T, x: x.sub_(x[:, :1].clone(), alpha=2),
    "mul_": lambda T, x: x.mul_(T.tensor(0.5)),
    "clamp_": lambda T, x: x.clamp_(-1, 1.5),
    "clamp_ by nan": lambda T, x: x.clamp_(min=float("nan")),
    "lerp_": lambda T, x: x.lerp_(x.flip(1), 0.25),
    "lerp_ from the end": lambda T, x: x.lerp_(x.flip(1), 0.75),
    "addcmul_": lambda T, x: x.addcmul_(x, x.flip(1), value=0.5),
    "div_": lambda T, x: x.div_(2),
    "zero_": lambda T, x: x[:, 1:3].zero_(),
    "fill_": lambda T, x: x.t()[1].fill_(T.tensor(2)),
    "copy_": lambda T, x: x.copy_(x[:1].clone()),
    "copy_ what overlaps": lambda T, x: x[1:].copy_(_other_than(T, x)[:-1]),
    "too many rows": lambda T, x: x[:1].add_(x.clone()),
    "too many values": lambda T, x: x.fill_(x[0]),
    "repeated memory": lambda T, x: x[:1].expand(3, x.shape[1]).mul_(2),
    "no bounds": lambda T, x: x.clamp_(),
    "one bound too many": lambda T, x: x[:1].clamp_(x.clone(), x + 1),
}


@pytest.mark.parametrize("layout", ["rows", "columns", "every second", "double", "few"])
@pytest.mark.parametrize("name", WRITES)
def test_writing_in_place_beside_pytorch(name: str, layout: str) -> None:
    def written(T: Any) -> tuple[Any, Any]:
        x = T.from_numpy(LAYOUTS[layout]().copy(order="A"))
        try:
            result = WRITES[name](T, x)
        except RuntimeError as error:
            return x, str(error)
        return x, result

    (x, ours), (y, theirs) = written(gradloom), written(torch)
    np.testing.assert_allclose(x.numpy(), y.numpy(), 1e-6)
    if isinstance(theirs, str):
        assert ours == theirs
    else:
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), 1e-6)


@pytest.mark.parametrize("name", ["sign", "floor", "ceil", "trunc", "round", "angle"])
def test_a_gradient_of_nought_is_nought_whatever_comes(name: str) -> None:
    def given(T: Any) -> Any:
        x = T.tensor([0.0, -1.5, 2.5, 3.0], requires_grad=True)
        getattr(x, name)().backward(T.tensor([np.inf, -np.inf, np.nan, 1.0]))
        return x.grad.numpy()

    np.testing.assert_array_equal(given(gradloom), given(torch))


def test_a_norm_of_windows_that_are_all_nought_gives_no_gradient() -> None:
    def given(T: Any, F: Any) -> Any:
        x = T.tensor([[0.0, 0.0, 3.0, 4.0]], requires_grad=True)
        F.lp_pool1d(x, 2.0, 2).sum().backward()
        return x.grad.numpy()

    np.testing.assert_allclose(given(gradloom, F), given(torch, torch.nn.functional), 1e-6)
