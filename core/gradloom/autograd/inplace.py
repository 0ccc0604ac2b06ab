"""In-place ops: the value goes into the tensor's memory, and every tensor that shares it learns of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.autograd.grad_mode import recording
from gradloom.autograd.half import in_single_precision
from gradloom.autograd.record import apply, edge_of, forward, write
from gradloom.dtypes import Array
from gradloom.kernels.quiet import quiet
from gradloom.ops.op import Op
from gradloom.ops.promotion import meet
from gradloom.tape import OpNode
from gradloom.tensor import Tensor, wrap

_float32 = np.dtype(np.float32)
_NUMBERS = frozenset((float, int, type(None)))


def apply_inplace(op: Op[Any], args: tuple[Any, ...]) -> Tensor:
    """Carry out `op` and write its result into the first argument."""
    target: Tensor = args[0]
    arrays, needed, halves, alike = list(args), False, False, op.writer is not None
    for at in op.inputs:
        value = args[at]
        if isinstance(value, Tensor):
            arrays[at] = value.array
            needed = needed or value.requires_grad
            if value.array.dtype is not _float32:
                halves, alike = halves or value.dtype in dtypes.HALVES, False
        elif type(value) not in _NUMBERS:
            alike = False
    if needed and recording.enabled:
        check_writable(target)
        _record(op, target, args)
        return target
    if halves and not op.moves:
        put(target, in_single_precision(apply, op, args).array)
        target._counter[0] += 1
        return target
    if alike and recording.recorder is None and _wrote(op, arrays):
        target._counter[0] += 1
        return target
    if op.meeting != "as_is":
        meet(arrays, op.meets, op.meeting == "float")
    made = forward(op, arrays)
    values = np.asarray(made)
    if recording.recorder is not None:
        recording.recorder.applied(op, args, arrays, made, values)
    put(target, values)
    target._counter[0] += 1
    return target


def _wrote(op: Op[Any], arrays: list[Any]) -> bool:
    """Whether the op could do its work in the memory of its first input."""
    array = arrays[0]
    if not array.flags.writeable or 0 in array.strides or op.writer is None:
        return False
    try:
        quiet.run(op.writer, *arrays)
    except (ArithmeticError, TypeError, ValueError):
        return False  # the way that makes a result first has PyTorch's words for it
    return True


def put(target: Tensor, values: Array) -> None:
    """Store `values` in the memory of `target`."""
    write(target.array, values)
    if recording.recorder is not None:
        recording.recorder.wrote(target, write, values)


def write_by(function: Callable[..., None], target: Tensor, source: Tensor, *settings: Any) -> None:
    """`function(target.array, source.array, *settings)`, which writes into the first, unknown to the tape."""
    array = source.array
    quiet.run(function, target.array, array, *settings)
    target._counter[0] += 1
    if recording.recorder is not None:
        recording.recorder.uses(source)
        recording.recorder.wrote(target, function, array, *settings)


def receive(self: Tensor, made: Tensor, name: str) -> Tensor:
    """Take over the values that the function called `name` made, as its argument `out`.

    RuntimeError if gradients would have to flow or the dtype cannot hold the values.
    """
    if made.requires_grad or (self.requires_grad and recording.enabled):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of "
            "the arguments requires grad."
        )
    if self.array.shape != made.array.shape:
        if self.array.size:
            warnings.warn(
                "An output with one or more elements was resized since it had shape "
                f"{list(self.array.shape)}, which does not match the required output shape "
                f"{list(made.array.shape)}. This behavior is deprecated, and in a future PyTorch release "
                "outputs will not be resized unless they have zero elements. You can explicitly reuse an out "
                "tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
                stacklevel=4,
            )
        self.array = np.empty(made.array.shape, self.array.dtype)
    put(self, made.array)
    self._counter[0] += 1
    return self


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
    if recording.recorder is not None:
        recording.recorder.did(np.copy, (target.array,), before.array)
    _take_over(target, apply(op, (before, *args[1:])))


def overwrite(self: Tensor, result: Tensor) -> Tensor:
    """Take over values and history of `result`, which was made of a copy of this."""
    if result._requires_grad:
        check_writable(self)
    _take_over(self, result)
    return self


def _take_over(target: Tensor, result: Tensor) -> None:
    put(target, result.array)
    if result.array.dtype != target.array.dtype:
        result = result.to(target.dtype)
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
    if recording.recorder is not None:
        recording.recorder.refuse("writes into a view that needs gradients")
    from gradloom.ops.movement.slicing import write_view  # few scripts write into views

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
