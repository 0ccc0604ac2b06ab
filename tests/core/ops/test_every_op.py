"""What must hold for every op in the registry; the cases come from the records that define the ops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom.autograd.numerical import gradcheck, gradgradcheck
from gradloom.ops.families import load_all
from gradloom.ops.sample import Draw
from gradloom.tensor import Tensor

REGISTRY, COMPOSITES = load_all()
OPS = {**REGISTRY, **{name: each.function for name, each in COMPOSITES.items()}}
SAMPLES = [
    pytest.param(name, sample, id=f"{name}-{at}")
    for table in (REGISTRY, COMPOSITES)
    for name, each in table.items()
    for at, sample in enumerate(each.samples)
]
# Composed of ops without gradients.
CONSTANT = {
    "allclose",
    "equal",
    "histogram",
    "histogramdd",
    "linalg_matrix_rank",
    "nonzero",
    "unique",
    "unique_consecutive",
}


def draws_floats(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(draws_floats(each) for each in value)
    return isinstance(value, Draw) and value.kind in ("float", "complex")


def has_gradient(name: str, sample: Any) -> bool:
    rules = bool(REGISTRY[name].rules) if name in REGISTRY else name not in CONSTANT
    return rules and (draws_floats(sample.args) or draws_floats(list(sample.kwargs.values())))


def test_every_op_has_samples_and_says_what_it_is() -> None:
    bare = [name for table in (REGISTRY, COMPOSITES) for name, each in table.items() if not each.samples]
    silent = [name for name, each in OPS.items() if not each.__doc__]
    assert (bare, silent) == ([], [])


def test_no_two_ops_share_a_name() -> None:
    assert not REGISTRY.keys() & COMPOSITES.keys()


def floating(result: Any) -> list[Tensor]:
    several = result if isinstance(result, (tuple, list)) else [result]
    return [each for each in several if isinstance(each, Tensor) and each.requires_grad]


@pytest.mark.parametrize(("name", "sample"), [case for case in SAMPLES if has_gradient(*case.values)])
def test_gradients_agree_with_finite_differences(name: str, sample: Any, call: Any, make_leaf: Any) -> None:
    drawn = call(sample)
    tensors, args, kwargs = drawn.on(make_leaf)
    checked = [each for each in tensors if each.requires_grad]
    assert floating(OPS[name](*args, **kwargs))

    def function(*given: Any) -> Any:
        swapped = iter(given)
        _, args, kwargs = drawn.on(
            lambda array: next(swapped) if array.dtype.kind in "fc" else make_leaf(array)
        )
        return OPS[name](*args, **kwargs)

    assert gradcheck(function, checked)
    assert gradgradcheck(function, checked)


@pytest.mark.parametrize(("name", "sample"), [case for case in SAMPLES if case.values[0] in REGISTRY])
def test_arrays_and_tensors_give_the_same_values(name: str, sample: Any, call: Any, make_leaf: Any) -> None:
    drawn = call(sample)
    _, args, kwargs = drawn.on(make_leaf)
    on_tensors = OPS[name](*args, **kwargs)
    on_arrays = OPS[name](*drawn.args, **drawn.kwargs)
    pairs = (
        [(on_tensors, on_arrays)]
        if isinstance(on_tensors, Tensor)
        else zip(on_tensors, on_arrays, strict=True)
    )
    for tensor, array in pairs:
        np.testing.assert_array_equal(tensor.detach().numpy(), array)


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_results_keep_single_precision(name: str, sample: Any, call: Any, make_leaf: Any) -> None:
    drawn = call(sample, dtype=np.float32)
    _, args, kwargs = drawn.on(make_leaf)
    result = OPS[name](*args, **kwargs)
    several = result if isinstance(result, (tuple, list)) else [result]
    asked = any(each is gradloom.float64 for each in sample.args) or name == "float_power"
    for each in several:
        assert not isinstance(each, Tensor) or asked or each.dtype is not gradloom.float64
