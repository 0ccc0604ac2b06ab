"""Carrying out ops on Tensors: run the forward on arrays and, where gradients are needed, write a node."""

from __future__ import annotations

from numbers import Number
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.autograd.grad_mode import enable_grad, recording
from gradloom.autograd.half import in_single_precision
from gradloom.dtypes import Array
from gradloom.kernels.process import keep_freed_memory
from gradloom.kernels.quiet import quiet
from gradloom.ops.op import Op
from gradloom.ops.promotion import agree, meet, meet_all
from gradloom.tape import Edge, OpNode
from gradloom.tensor import Tensor, wrap

_ndarray = np.ndarray
_float32 = np.dtype(np.float32)
_NUMBERS = (int, float, complex)

Step = tuple[Op[Any], tuple[Any, ...]]

keep_freed_memory()


def apply(op: Op[Any], args: tuple[Any, ...]) -> Any:
    """Carry out `op` and record it if an input requires gradients."""
    if op.variadic:
        return _apply_to_many(op, args)
    arrays = list(args)
    needs = []
    alike = True  # what is float32 throughout has met already
    for at in op.inputs:
        value = args[at]
        if isinstance(value, Tensor):
            if value._view is not None:
                value._view.follow(value)
            array = arrays[at] = value.array
            dtype = array.dtype
            if dtype is not _float32:
                if dtype.itemsize == 2 and dtype.kind != "i" and not op.moves:
                    return in_single_precision(apply, op, args)
                alike = False
            needs.append(value._requires_grad)
        else:
            if at in op.tensors and isinstance(value, _NUMBERS):
                raise op.refused(args)
            needs.append(False)
            if value is not None:
                alike = False
    if not alike and op.meeting == "same":
        agree(arrays, op.meets, op.explain)
    elif not alike and op.meeting != "as_is":
        meet(arrays, op.meets, op.meeting == "float")
    made = forward(op, arrays)
    several = type(made) is tuple
    out = made[0] if several else made
    if type(out) is not _ndarray:
        out = np.asarray(out)
    elif op.row_major and not out.flags.c_contiguous:
        out = np.ascontiguousarray(out)
    if recording.recorder is not None:
        recording.recorder.applied(op, args, arrays, made, out)
    result = wrap(out)
    results = [result, *map(wrap, made[1 : len(op.returns)])] if op.returns else [result]
    if True in needs and recording.enabled and op.rules and out.dtype.kind in "fcV":
        frame = (*arrays, out, *made[1:]) if several else (*arrays, out)
        _record(op, args, tuple(needs), frame, results)
    if op.view:
        _share(op, args, result)
    return op.result_type(*results) if op.returns else result


def _record(
    op: Op[Any], args: tuple[Any, ...], needs: tuple[bool, ...], frame: tuple[Any, ...], results: list[Tensor]
) -> None:
    """Hang the results on a node that keeps what the rules for the inputs flagged in `needs` ask for."""
    plan = op.plans.get(needs) or op.plan(needs)
    if plan.shapes:
        given = [frame[at] for at in op.inputs]
        frame += tuple([each.shape if type(each) is _ndarray else np.shape(each) for each in given])
    edges = [args[at]._edge or (args[at], 0) for at in plan.wanted]
    versions = []
    for _, at in plan.kept_inputs:
        value = args[at]
        if isinstance(value, Tensor):
            versions.append((value._counter, value._counter[0]))
    for _, at in plan.kept_results:
        versions.append((results[at]._counter, 0))
    made = results if op.several else results[:1]
    described = tuple([(each.array.shape, each.array.dtype) for each in made])
    node = OpNode(plan, edges, described, plan.pick(frame), versions)
    for at, each in enumerate(made):
        if each.array.dtype.kind in "fcV" and at not in op.constant:
            each._edge = (node, at)
            each._requires_grad = True
    for watcher in recording.watchers:
        watcher.recorded(node)


def _apply_to_many(op: Op[Any], args: tuple[Any, ...]) -> Any:
    """`apply` for an op whose input is a sequence of tensors."""
    tensors = args[0]
    arrays = []
    needed = False
    for value in tensors:
        if isinstance(value, Tensor):
            array = value.array
            if array.dtype.itemsize == 2 and array.dtype.kind != "i" and not op.moves:
                return in_single_precision(apply, op, args)
            needed = value.requires_grad or needed
            arrays.append(array)
        else:
            arrays.append(np.asarray(value))
    if op.meeting != "as_is" and arrays:
        arrays = meet_all(arrays)
    frame: tuple[Any, ...] = (arrays, *args[1:])
    made = forward(op, frame)
    out = np.asarray(made)
    if op.row_major and not out.flags.c_contiguous:
        out = np.ascontiguousarray(out)
    if recording.recorder is not None:
        recording.recorder.applied_to_many(op, tensors, frame, made, out)
    result = wrap(out)
    if needed and recording.enabled and op.rules and out.dtype.kind in "fcV":
        plan = op.plan((True,))
        frame = (*frame, out, [each.shape for each in arrays])
        given = [value for value in tensors if isinstance(value, Tensor)] if plan.kept_inputs else []
        node = OpNode(
            plan,
            [edge_of(value) if isinstance(value, Tensor) else None for value in tensors],
            ((out.shape, out.dtype),),
            plan.pick(frame),
            [(value._counter, value._counter[0]) for value in given],
        )
        result._edge = (node, 0)
        result._requires_grad = True
        for watcher in recording.watchers:
            watcher.recorded(node)
    return result


def _refuse_others(op: Op[Any], arrays: Any) -> None:
    """TypeError, in PyTorch's words, if an input is nothing that an op can compute with."""
    for at in () if op.variadic else op.inputs:
        value = arrays[at]
        if not isinstance(value, (_ndarray, np.generic, Number)) and value is not op.defaults[at]:
            raise TypeError(
                f"{op.name}(): argument '{op.parameters[at]}' (position {at + 1}) must be Tensor, "
                f"not {type(value).__name__}"
            )


def forward(op: Op[Any], arrays: Any) -> Any:
    """Run the forward as PyTorch would: silent about overflow, in its words about wrong arguments."""
    try:
        if op.view:
            return op.forward(*arrays)
        return quiet.run(op.forward, *arrays)
    except RuntimeError as error:
        # A setting such as `alpha` was a tensor, on which the forward would have recorded operations.
        if not str(error).startswith("cannot enter context") or not _numbers_for_tensors(arrays):
            raise
        return forward(op, arrays)
    except (AttributeError, ValueError, TypeError) as error:
        _refuse_others(op, arrays)
        sentence = op.explain(arrays) if op.explain is not None else None
        if sentence is not None:
            raise RuntimeError(sentence) from None
        if not str(error).startswith("ufunc '"):
            raise
        unsupported = next(each.dtype for each in arrays if isinstance(each, _ndarray))
        name = dtypes.legacy_name(unsupported)
        raise NotImplementedError(f"\"{op.name}_cpu\" not implemented for '{name}'") from None


def _numbers_for_tensors(arrays: Any) -> bool:
    """Put numbers in place of one-element tensors where numbers belong; whether there were any."""
    places = [at for at, each in enumerate(arrays) if isinstance(each, Tensor) and each.array.size == 1]
    for at in places:
        arrays[at] = arrays[at].item()
    return bool(places)


def edge_of(tensor: Tensor) -> Edge | None:
    """Where the gradient of `tensor` goes."""
    if tensor._edge is not None:
        return tensor._edge
    return (tensor, 0) if tensor._requires_grad else None


class View:
    """What a tensor that shares another's memory remembers, so that in-place writes reach both histories.

    Attributes:
        base: the tensor that is no view itself.
        steps: the view ops, with their arguments, that lead from the base to this tensor.
        version: the version of the memory that this tensor's node is true for.
        recorded: whether gradients were being recorded when the view was made.
    """

    __slots__ = ("_base", "recorded", "steps", "version")

    def __init__(self, base: Tensor, steps: tuple[Step, ...], version: int) -> None:
        self._base = base
        self.steps = steps
        self.version = version
        self.recorded = recording.enabled

    @property
    def base(self) -> Tensor:
        base = self._base
        while base._view is not None:
            # It got another shape in place, and what it was is now what it is a view of.
            base = base._view._base
        return base

    def follow(self, view: Tensor) -> None:
        """If the memory was written since, hang the tensor on the base's new history."""
        version = view._counter[0]
        if version == self.version:
            return
        self.version = version
        base = self.base
        if not self.recorded or not base._requires_grad:
            return
        with enable_grad():
            again = base
            for op, settings in self.steps:
                again = op(again, *settings)
        view._edge, view._requires_grad = again._edge, again._requires_grad


def _share(op: Op[Any], args: tuple[Any, ...], result: Tensor) -> None:
    """Make `result` a view of the first argument if NumPy gave one."""
    source = args[0]
    if not _shares(result.array, source.array):
        return
    result._counter = source._counter
    step = (op, args[1:])
    if source._view is None:
        result._view = View(source, (step,), source._counter[0])
    else:
        result._view = View(source._view.base, (*source._view.steps, step), source._counter[0])
        result._view.recorded = result._view.recorded and source._view.recorded


def _shares(array: Array, whole: Array) -> bool:
    """Whether `array`, made of `whole`, looks into its memory."""
    base = array.base
    if base is whole or (base is not None and base is whole.base):
        return True
    return (base is not None or array is whole) and np.may_share_memory(array, whole)


def check_apart(array: Array) -> None:
    """RuntimeError if two elements of an array that is to be written share their memory."""
    if (
        array.size
        and 0 in array.strides
        and any(not step and size > 1 for step, size in zip(array.strides, array.shape, strict=True))
    ):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation."
        )


def refuse_if_read_only(array: Array) -> None:
    """RuntimeError if the array is one of NumPy's that must not be written to, or looks into one."""
    if not array.flags.writeable:
        raise RuntimeError(
            "this tensor is over a NumPy array that is read-only; clone() it before it is changed in place"
        )


def write(array: Array, values: Array) -> None:
    """Store `values` in `array`; RuntimeError where the dtype or the shape does not allow it."""
    check_apart(array)
    have, want = dtypes.of_array(values), dtypes.of_array(array)
    if have.category > want.category:
        names = dtypes.legacy_name(have.numpy), dtypes.legacy_name(want.numpy)
        raise RuntimeError(f"result type {names[0]} can't be cast to the desired output type {names[1]}")
    if values.shape != array.shape:
        raise RuntimeError(
            f"output with shape {list(array.shape)} doesn't match the broadcast shape {list(values.shape)}"
        )
    try:
        np.copyto(array, values, casting="unsafe")
    except ValueError:
        refuse_if_read_only(array)
        raise
