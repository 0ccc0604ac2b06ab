"""In-place views: the tensor itself gets another shape or other strides over the memory it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.autograd.grad_mode import recording
from gradloom.autograd.record import View
from gradloom.kernels.memory import memory_of
from gradloom.ops.movement.strides import as_strided
from gradloom.ops.movement.views import squeeze, t, transpose, unsqueeze
from gradloom.ops.operand import Operand
from gradloom.tensor import Tensor, wrap


def _become(tensor: Tensor, seen: Tensor) -> Tensor:
    """Let `tensor` be what `seen`, a view of it, is."""
    if recording.recorder is not None:
        recording.recorder.refuse("changes the shape of a tensor in place")
    if recording.enabled and tensor._requires_grad and tensor._edge is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    if tensor._view is not None:
        tensor._view = seen._view
    elif tensor._edge is not None:
        # Its views keep to what it was.
        before = wrap(tensor.array, tensor._edge)
        before._counter = tensor._counter
        tensor._view = View(before, seen._view.steps, seen._view.version)
    tensor.array = seen.array
    if seen._edge is not None:
        tensor._edge, tensor._requires_grad = seen._edge, True
    return tensor


def _in_place(view: Callable[..., Any], name: str) -> None:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return _become(self, view(self, *args, **kwargs))

    method.__name__ = name + "_"
    method.__doc__ = f"`{name}`, of the tensor itself: its shape changes, its memory stays."
    Operand.bind(name + "_", method)


for _view, _names in (
    (transpose, "transpose swapaxes swapdims"),
    (unsqueeze, "unsqueeze"),
    (squeeze, "squeeze"),
    (t, "t"),
    (as_strided, "as_strided"),
):
    for _name in _names.split():
        _in_place(_view, _name)


def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Another shape for the tensor itself: the first elements of its memory, new memory if it is short."""
    shape = tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    count, have = int(np.prod(shape, dtype=np.int64)), self.array
    memory = memory_of(have)
    start = have.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    if start + count * have.itemsize > memory.nbytes:
        memory, start, old = np.empty(start + count * have.itemsize, np.uint8), start, memory
        memory[: old.nbytes] = old
    self.array = np.ndarray(shape, have.dtype, memory, start)
    return self


def resize_as_(self: Tensor, the_template: Tensor, memory_format: Any = None) -> Tensor:
    """`resize_` to the shape of another tensor."""
    return resize_(self, tuple(the_template.array.shape))


def set_(
    self: Tensor,
    source: Tensor | None = None,
    storage_offset: int = 0,
    size: Sequence[int] | None = None,
    stride: Sequence[int] | None = None,
) -> Tensor:
    """Let the tensor share memory and shape of `source`, or see its memory from an offset on by strides."""
    seen = wrap(np.empty(0, self.array.dtype)) if source is None else source
    if seen.dtype is not self.dtype:
        raise RuntimeError(
            f"Could not set tensor of type {seen.dtype.name} to a tensor of type {self.dtype.name}"
        )
    if size is not None:
        sizes = tuple(size)
        steps = stride if stride is not None else [int(np.prod(sizes[at + 1 :])) for at in range(len(sizes))]
        seen = as_strided(seen.detach(), sizes, steps, storage_offset)
    self.array, self._counter = seen.array, seen._counter
    self._counter[0] += 1
    return self


for _method in (resize_, resize_as_, set_):
    Operand.bind(_method.__name__, _method)
