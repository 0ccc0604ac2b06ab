"""In-place ops: the value goes into the tensor's memory, and every tensor that shares it learns of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.autograd.grad_mode import recording
from gradloom.autograd.half import in_single_precision
from gradloom.autograd.record import apply, edge_of, forward, write
from gradloom.ops.op import Op
from gradloom.ops.promotion import meet
from gradloom.ops.slicing import write_view
from gradloom.tape import OpNode
from gradloom.tensor import Tensor, wrap


def apply_inplace(op: Op[Any], args: tuple[Any, ...]) -> Tensor:
    """Carry out `op` and write its result into the first argument."""
    target: Tensor = args[0]
    inputs = [args[at] for at in op.inputs if isinstance(args[at], Tensor)]
    if recording.enabled and any(each.requires_grad for each in inputs):
        check_writable(target)
        _record(op, target, args)
        return target
    if not op.moves and any(each.dtype in dtypes.HALVES for each in inputs):
        write(target.array, in_single_precision(apply, op, args).array)
        target._counter[0] += 1
        return target
    arrays = list(args)
    for at in op.inputs:
        if isinstance(args[at], Tensor):
            arrays[at] = args[at].array
    if op.meeting != "as_is":
        meet(arrays, op.meets, op.meeting == "float")
    write(target.array, np.asarray(forward(op, arrays)))
    target._counter[0] += 1
    return target


def check_writable(target: Tensor) -> None:
    """RuntimeError if recording an in-place write would lose a leaf."""
    view = target._view
    if view is None:
        if target._requires_grad and target._edge is None:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    elif not view.recorded:
        raise RuntimeError(
            "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given "
            "that this use case is ambiguous and error-prone, it is forbidden."
        )
    elif view.base._requires_grad and view.base._edge is None:
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation."
        )


def _record(op: Op[Any], target: Tensor, args: tuple[Any, ...]) -> None:
    """Record `op` on a copy of the old value, then write and rebase the histories."""
    before = wrap(target.array.copy(), target._edge)
    result = apply(op, (before, *args[1:]))
    if result.array.dtype != target.array.dtype:
        write(target.array, result.array)
        result = result.to(target.dtype)
    else:
        write(target.array, result.array)
    target._counter[0] += 1
    rebase(target, result)


def rebase(target: Tensor, result: Tensor) -> None:
    """Give `target` (and, for a view, its base) the history of `result`, whose values it now holds."""
    if not result._requires_grad:
        return
    view = target._view
    if view is None:
        target._edge, target._requires_grad = result._edge, True
        return
    base: Tensor = view.base
    plan = write_view.plan((base._requires_grad, True))
    arguments = {"base": base, "value": result}
    edges = [edge_of(arguments[write_view.parameters[at]]) for at in plan.wanted]
    frame = (base.array, result.array, view.steps, base.array, base.array.shape, result.array.shape)
    node = OpNode(
        plan,
        edges,
        ((base.array.shape, base.array.dtype),),
        [frame[at] for at in plan.keep],
        [],
    )
    base._edge, base._requires_grad = (node, 0), True
