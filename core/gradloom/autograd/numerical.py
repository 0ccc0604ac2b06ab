"""Checking gradients against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.autograd.grad_mode import enable_grad, no_grad
from gradloom.autograd.sweep import grad
from gradloom.dtypes import Array
from gradloom.ops.elementwise.complex import view_as_complex, view_as_real
from gradloom.tensor import Tensor, wrap


class GradcheckError(RuntimeError):
    """A gradient that finite differences do not confirm."""


def _tensors(given: Any) -> list[Any]:
    return list(given) if isinstance(given, (tuple, list)) else [given]


def _differentiable(given: Any) -> list[int]:
    """Which of a function's results carry gradients."""
    return [at for at, each in enumerate(_tensors(given)) if isinstance(each, Tensor) and each.requires_grad]


def numerical_jacobian(
    function: Callable[..., Any], inputs: Sequence[Any], at: int, which: int, eps: float
) -> Array:
    """The matrix of slopes of result `which` by the elements of input `at`, by central differences."""
    place = inputs[at].array
    columns: list[Array] = []

    def value() -> Array:
        result: Tensor = _tensors(function(*inputs))[which]
        return result.array.reshape(-1).copy()

    with no_grad():
        for index in np.ndindex(place.shape):
            held = place[index]
            place[index] = held + eps
            above = value()
            place[index] = held - eps
            below = value()
            place[index] = held
            columns.append((above - below) / (2 * eps))
        return np.stack(columns, axis=1) if columns else np.zeros((value().size, 0))


def analytical_jacobian(result: Tensor, input: Tensor, create_graph: bool = False) -> Array:
    """The same matrix by backward sweeps, one for each element of the result."""
    rows = []
    for index in np.ndindex(result.array.shape):
        seed = np.zeros_like(result.array)
        seed[index] = 1
        (row,) = grad(result, input, wrap(seed), True, create_graph, allow_unused=True)
        rows.append(np.zeros(input.array.size) if row is None else row.array.reshape(-1))
    return np.stack(rows) if rows else np.zeros((0, input.array.size))


def _in_reals(func: Callable[..., Any], inputs: list[Any]) -> tuple[Callable[..., Any], list[Any]]:
    """The same function and inputs with every complex tensor as a real one that holds its parts."""
    complex_at = [
        at
        for at, each in enumerate(inputs)
        if isinstance(each, Tensor) and each.requires_grad and each.is_complex()
    ]

    def in_reals(*arguments: Any) -> Any:
        given = [view_as_complex(each) if at in complex_at else each for at, each in enumerate(arguments)]
        results = [
            view_as_real(each) if isinstance(each, Tensor) and each.is_complex() else each
            for each in _tensors(func(*given))
        ]
        return tuple(results)

    pairs = [
        view_as_real(each.detach()).requires_grad_() if at in complex_at else each
        for at, each in enumerate(inputs)
    ]
    return in_reals, pairs


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the gradients of `func` at `inputs` agree with central differences.

    Args:
        func: takes the inputs, returns a tensor or several.
        inputs: tensors, float64 and with `requires_grad` where they are to be checked, and other arguments.
        eps: the step of the differences.
        atol: the absolute error that is allowed.
        rtol: the relative error that is allowed.
        raise_exception: raise GradcheckError, with both matrices, instead of returning False.

    The other arguments are PyTorch's; the check is always the whole one, whatever they say.

    ValueError if no input requires gradients.
    """
    func, given = _in_reals(func, [inputs] if isinstance(inputs, Tensor) else list(inputs))
    checked = [at for at, each in enumerate(given) if isinstance(each, Tensor) and each.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have "
            "requires_grad=True."
        )
    results = _tensors(func(*given))
    for at in checked:
        for which in _differentiable(results):
            numerical = numerical_jacobian(func, given, at, which, eps)
            analytical = analytical_jacobian(results[which], given[at])
            if not np.allclose(analytical, numerical, rtol, atol):
                if not raise_exception:
                    return False
                raise GradcheckError(
                    f"Jacobian mismatch for output {which} with respect to input "
                    f"{at},\nnumerical:{numerical}\nanalytical:{analytical}\n"
                )
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether the second derivatives of `func` at `inputs` agree with central differences of the first.

    `grad_outputs`, by default fixed random ones, are the gradients to start with; the rest is as for
    `gradcheck`.
    """
    func, given = _in_reals(func, [inputs] if isinstance(inputs, Tensor) else list(inputs))
    checked = [at for at, each in enumerate(given) if isinstance(each, Tensor) and each.requires_grad]
    results = _tensors(func(*given))
    differentiable = _differentiable(results)
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        seeds = [
            wrap(rng.uniform(0.5, 1.5, results[at].array.shape)).requires_grad_() for at in differentiable
        ]
    else:
        seeds = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)

    @enable_grad()
    def first_derivatives(*arguments: Any) -> tuple[Any, ...]:
        outs = _tensors(func(*arguments[: len(given)]))
        starts = [outs[at] for at in differentiable]
        ends = [arguments[at] for at in checked]
        beginnings = list(arguments[len(given) :])
        # An input that the result does not depend on has a gradient all the same: zero.
        return grad(starts, ends, beginnings, create_graph=True, materialize_grads=True)

    return gradcheck(first_derivatives, [*given, *seeds], eps, atol, rtol, raise_exception)
