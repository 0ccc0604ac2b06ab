"""Types of elements, and what becomes of two that meet."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom

NAMES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
OPERATORS = [operator.add, operator.mul, operator.truediv, operator.gt]


def name_of(dtype: Any) -> str:
    return repr(dtype).split(".")[-1]


@pytest.mark.oracle
@pytest.mark.parametrize(("one", "other"), list(itertools.combinations_with_replacement(NAMES, 2)))
def test_tensors_meet_as_in_pytorch(one: str, other: str) -> None:
    torch = pytest.importorskip("torch")
    for left, right in ((one, other), (other, one)):
        for shapes in (((2,), (2,)), ((2,), ()), ((), (2,)), ((), ())):
            for apply in OPERATORS:
                found = [
                    name_of(
                        apply(
                            *(
                                t.ones(s, dtype=getattr(t, n))
                                for s, n in zip(shapes, (left, right), strict=True)
                            )
                        ).dtype
                    )
                    for t in (gradloom, torch)
                ]
                assert found[0] == found[1], (left, right, shapes, apply)
        assert name_of(gradloom.promote_types(getattr(gradloom, left), getattr(gradloom, right))) == name_of(
            torch.promote_types(getattr(torch, left), getattr(torch, right))
        )


@pytest.mark.oracle
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "number", [True, 2, 2.5, np.float64(2.5)], ids=["bool", "int", "float", "np.float64"]
)
def test_numbers_meet_tensors_as_in_pytorch(name: str, number: Any) -> None:
    torch = pytest.importorskip("torch")
    for shape in ((2,), ()):
        for apply in OPERATORS:
            found = []
            for t in (gradloom, torch):
                tensor = t.ones(shape, dtype=getattr(t, name))
                results = (
                    apply(tensor, number),
                    apply(number, tensor) if not isinstance(number, np.generic) else None,
                )
                found.append([(name_of(each.dtype), each.tolist()) for each in results if each is not None])
            assert found[0] == found[1], (shape, apply)


REDUCTIONS: list[Callable[[Any], Any]] = [
    lambda x: x.sum(), lambda x: x.prod(), lambda x: x.cumsum(0), lambda x: x.all(), lambda x: x.max(),
    lambda x: x.argmax(), lambda x: x.exp(), lambda x: x.sqrt(), lambda x: x.abs(), lambda x: x.sort()[1],
]  # fmt: skip


@pytest.mark.oracle
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("bool", "float16")])
@pytest.mark.parametrize("apply", REDUCTIONS)
def test_results_have_pytorchs_dtype(apply: Callable[[Any], Any], name: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (name_of(apply(t.ones(3, dtype=getattr(t, name))).dtype) for t in (gradloom, torch))
    assert ours == theirs


def test_the_default_dtype_can_be_changed() -> None:
    gradloom.set_default_dtype(gradloom.float64)
    try:
        assert gradloom.zeros(1).dtype is gradloom.tensor(1.5).dtype is gradloom.float64
        assert (gradloom.ones(1, dtype=gradloom.int64) * 0.5).dtype is gradloom.float64
    finally:
        gradloom.set_default_dtype(gradloom.float32)
    with pytest.raises(TypeError, match="only floating-point types"):
        gradloom.set_default_dtype(gradloom.int64)


def test_conversions() -> None:
    x = gradloom.tensor([1.7, -2.3])
    assert x.long().tolist() == [1, -2]
    assert x.to(gradloom.float64).dtype is x.double().dtype is gradloom.float64
    assert x.to("cpu") is x.float() is x.to(gradloom.device("cpu"), gradloom.float32) is x
    assert x.type() == "gradloom.FloatTensor"
    assert x.int().type_as(x).dtype is gradloom.float32


def test_only_the_cpu_is_there() -> None:
    with pytest.raises(RuntimeError, match="no device 'cuda'; use 'cpu'"):
        gradloom.zeros(2, device="cuda")
    assert repr(gradloom.device("cpu")) == "device(type='cpu')"


def test_arrays_that_no_tensor_can_hold_are_refused() -> None:
    with pytest.raises(TypeError, match=r"can't convert np.ndarray of type numpy.longdouble"):
        gradloom.from_numpy(np.zeros(2, np.longdouble))
    with pytest.raises(TypeError, match=r"can't convert np.ndarray of type numpy.str_"):
        gradloom.tensor(np.array(["a"]))
