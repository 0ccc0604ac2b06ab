"""Products with Jacobians and Hessians, and these themselves, of functions of tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.autograd import sweep
from gradloom.autograd.grad_mode import enable_grad
from gradloom.ops.movement.joining import stack
from gradloom.tensor import Tensor, wrap

Function = Callable[..., Any]
Tensors = tuple[Tensor, ...]


def vjp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """What `func` returns, and `v` times its Jacobian; `v` has the shapes of what it returns."""
    given, alone = _inputs(inputs, create_graph)
    outs, single = _outputs(func, given)
    seeds = _cotangents(v, outs)
    found = _swept(outs, given, seeds, create_graph, strict)
    return _given_back(outs, single, create_graph), _given_back(found, alone, create_graph)


def jvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """What `func` returns, and its Jacobian times `v`; `v` has the shapes of the inputs.

    By two sweeps: the derivative, by the cotangent, of the vector-Jacobian product.
    """
    given, _ = _inputs(inputs, create_graph)
    outs, single = _outputs(func, given)
    along = _cotangents(v, given)
    with enable_grad():
        seeds = tuple(wrap(np.zeros_like(each.array)).requires_grad_() for each in outs)
        back = _swept(outs, given, seeds, True, strict)
        changes = _swept(back, seeds, along, create_graph, strict)
    return _given_back(outs, single, create_graph), _given_back(changes, single, create_graph)


def jacobian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of `func`: a block of shape (*output.shape, *input.shape) for each pair of them.

    One tensor where `func` has one input and one output, else nested tuples, outputs outside.
    """
    given, alone = _inputs(inputs, create_graph)
    outs, single = _outputs(func, given)
    blocks = []
    for out in outs:
        rows = [
            _swept((out,), given, (_unit(out, index),), create_graph, strict)
            for index in np.ndindex(out.array.shape)
        ]
        with enable_grad():
            joined = tuple(
                stack(list(column)).reshape((*out.shape, *each.shape))
                for column, each in zip(zip(*rows, strict=True), given, strict=True)
            )
        blocks.append(_given_back(joined, alone, create_graph))
    return blocks[0] if single else tuple(blocks)


def hessian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of `func`, which returns one number: nested as the inputs are, twice."""
    alone = isinstance(inputs, Tensor)

    def slopes(*given: Tensor) -> Any:
        outs, _ = _outputs(func, given)
        _single_number(outs, "hessian")
        found = _swept(outs, given, (None,), True, strict)
        return found[0] if alone else found

    return jacobian(slopes, inputs, create_graph, strict)


def vhp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """What `func` returns, one number, and `v` times its Hessian."""
    given, alone = _inputs(inputs, create_graph)
    outs, single = _outputs(func, given)
    _single_number(outs, "vhp")
    along = _cotangents(v, given)
    slopes = _swept(outs, given, (None,), True, strict)
    found = _swept(slopes, given, along, create_graph, strict)
    return _given_back(outs, single, create_graph), _given_back(found, alone, create_graph)


def hvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """What `func` returns, one number, and its Hessian times `v`; the same as `vhp`, as it is symmetric."""
    return vhp(func, inputs, v, create_graph, strict)


def _inputs(inputs: Any, create_graph: bool) -> tuple[Tensors, bool]:
    """The inputs as tensors to differentiate by, and whether there is just one."""
    alone = not isinstance(inputs, (tuple, list))
    several = (inputs,) if alone else tuple(inputs)
    for at, each in enumerate(several):
        if not isinstance(each, Tensor):
            raise TypeError(
                "The inputs given to the function must be either a Tensor or a tuple of Tensors but the "
                f"value at index {at} has type {type(each)}."
            )
    with enable_grad():
        linked = [
            each.view_as(each) if create_graph and each.requires_grad else each.detach().requires_grad_()
            for each in several
        ]
    return tuple(linked), alone


def _outputs(func: Function, given: Sequence[Tensor]) -> tuple[Tensors, bool]:
    with enable_grad():
        made = func(*given)
    if isinstance(made, Tensor):
        return (made,), True
    return tuple(made), False


def _single_number(outs: Tensors, name: str) -> None:
    if len(outs) != 1 or outs[0].numel() != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {name} should contain a single element"
        )


def _cotangents(v: Any, like: Tensors) -> tuple[Any, ...]:
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                "The vector v can only be None if the user-provided function returns a single Tensor with a "
                "single element."
            )
        return (wrap(np.ones_like(like[0].array)),)
    several = (v,) if isinstance(v, Tensor) else tuple(v)
    if len(several) != len(like):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(several)}.")
    for at, (one, other) in enumerate(zip(several, like, strict=True)):
        if one.shape != other.shape:
            where = f"Entry {at} in v" if len(like) > 1 else "v"
            raise RuntimeError(f"{where} has invalid size: should be {other.shape} but got {one.shape}.")
    return several


def _unit(out: Tensor, index: tuple[int, ...]) -> Tensor:
    seed = np.zeros_like(out.array)
    seed[index] = 1
    return wrap(seed)


def _swept(
    outs: Sequence[Tensor], inputs: Sequence[Tensor], seeds: Sequence[Any], create_graph: bool, strict: bool
) -> Tensors:
    """The gradients of `outs`; zeros for inputs they do not depend on, or RuntimeError if `strict`."""
    live = [(out, seed) for out, seed in zip(outs, seeds, strict=True) if out.requires_grad]
    if len(live) < len(outs) and strict:
        raise RuntimeError(
            "The output of the user-provided function is independent of the input. This is not allowed in "
            "strict mode."
        )
    if not live:
        return tuple(wrap(np.zeros_like(each.array)) for each in inputs)
    return sweep.grad(
        [out for out, _ in live], list(inputs), [seed for _, seed in live],
        True, create_graph, allow_unused=not strict, materialize_grads=not strict,
    )  # fmt: skip


def _given_back(tensors: Sequence[Tensor], alone: bool, keep_graph: bool) -> Any:
    several = tuple(each if keep_graph else each.detach() for each in tensors)
    return several[0] if alone else several
