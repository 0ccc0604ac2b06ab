"""Jacobians and Hessians of functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.autograd.grad_mode import enable_grad
from gradloom.func.gradients import Argnums, Inputs, gradients, jvp, pick, place
from gradloom.func.tree import flatten
from gradloom.ops.movement.joining import stack
from gradloom.ops.movement.views import movedim, reshape
from gradloom.tensor import Tensor, wrap


def jacrev(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:
    """A function that returns the Jacobian of `func`, one sweep for each element that it returns.

    Each result tensor of shape S and each input of shape T give a tensor of shape (*S, *T), nested as the
    results, and within them as the inputs, are. `has_aux` and `argnums` are those of `grad`.
    """

    @functools.wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        inputs = Inputs(pick(args, argnums))
        with enable_grad():
            made = func(*place(args, argnums, inputs.nested()), **kwargs)
        made, aux = made if has_aux else (made, None)
        outs, build = flatten(made)
        blocks = [
            inputs.build([inputs.released(each) for each in _rows(out, inputs.tensors)]) for out in outs
        ]
        return (build(blocks), aux) if has_aux else build(blocks)

    return jacobian


def _rows(out: Tensor, inputs: list[Tensor]) -> list[Tensor]:
    """For each input the gradients of every element of `out`, stacked in its shape."""
    rows = []
    for index in np.ndindex(out.array.shape):
        seed = np.zeros_like(out.array)
        seed[index] = 1
        rows.append(gradients([out], inputs, [wrap(seed)]))
    if not rows:
        return [wrap(np.zeros((*out.shape, *each.shape), each.array.dtype)) for each in inputs]
    return [
        reshape(stack(list(column)), (*out.shape, *each.shape))
        for column, each in zip(zip(*rows, strict=True), inputs, strict=True)
    ]


def jacfwd(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable[..., Any]:
    """The same as `jacrev`, by one `jvp` for each element of the inputs: better where they are few."""

    @functools.wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        chosen, build_inputs = flatten(pick(args, argnums))
        columns: list[list[list[Any]]] = []
        build: Any = None
        aux: Any = None

        def inner(*given: Any) -> Any:
            return func(*place(args, argnums, build_inputs(list(given))), **kwargs)

        for at, each in enumerate(chosen):
            along: list[list[Any]] = []
            for index in np.ndindex(each.array.shape):
                tangents = [wrap(np.zeros_like(other.array)) for other in chosen]
                tangents[at].array[index] = 1
                made = jvp(inner, tuple(chosen), tuple(tangents), has_aux=has_aux)
                aux = made[2] if has_aux else None
                change, build = flatten(made[1])
                along.append(change)
            columns.append(along)
        blocks = [
            build_inputs(
                [_columns([row[out] for row in columns[at]], each) for at, each in enumerate(chosen)]
            )
            for out in range(len(columns[0][0]))
        ]
        return (build(blocks), aux) if has_aux else build(blocks)

    return jacobian


def _columns(changes: list[Tensor], input: Tensor) -> Tensor:
    """The changes of one result along each element of `input`, as a block of the Jacobian."""
    last: Tensor = movedim(stack(changes), 0, -1)
    return last.reshape((*changes[0].shape, *input.shape))


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that returns the Hessian of `func`: the Jacobian of its Jacobian."""
    return jacrev(jacrev(func, argnums), argnums)
