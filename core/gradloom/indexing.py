"""Square brackets: PyTorch's indexing rules in terms of basic and advanced indexing."""

from __future__ import annotations

import operator
from functools import partial
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.autograd.grad_mode import recording
from gradloom.autograd.record import View, check_apart, refuse_if_read_only
from gradloom.dtypes import Array
from gradloom.kernels.quiet import quiet
from gradloom.ops.copying import copy, fitting
from gradloom.ops.movement.indexing import advanced_index, write_at, written_at
from gradloom.ops.movement.slicing import basic_index
from gradloom.ops.movement.views import expand
from gradloom.spelling import spelled
from gradloom.tensor import Tensor

Key = tuple[Any, ...]
_EVERYTHING = slice(None)
_NUMBERS = (int, float, complex, np.generic)
_INT_OR_NONE = (int, type(None))
_BASIC = frozenset((int, slice))
_new = object.__new__


def getitem(self: Tensor, key: Any) -> Tensor:
    """The part that `key` picks: a view, or a copy where index tensors or masks pick."""
    array = self.array
    basic, advanced = ((key,), None) if type(key) is int and array.ndim else resolve(key, array)
    try:
        part = self if basic is None else _part(self, basic)
        picked: Tensor = part if advanced is None else Tensor.apply(advanced_index, (part, advanced))
    except IndexError as error:
        raise IndexError(_in_words(error, array, advanced)) from None
    return picked


def _part(source: Tensor, key: Key) -> Tensor:
    """`basic_index(source, key)`, without the way there where nothing has to be written down."""
    view = source._view
    if view is not None and view.version != source._counter[0]:
        view.follow(source)
    if recording.recorder is not None or (source._requires_grad and recording.enabled):
        part: Tensor = Tensor.apply(basic_index, (source, key))
        return part
    # What `wrap` and a call of `View` do, a third faster.
    result: Tensor = _new(Tensor)
    result.array = source.array[(*key, Ellipsis)]  # without the ellipsis NumPy may give a number
    result.grad = result._edge = result._hooks = None
    result._requires_grad = False
    result._counter = counter = source._counter
    result._view = seen = _new(View)
    seen.recorded = recording.enabled
    seen.version = counter[0]
    if view is None:
        seen._base, seen.steps = source, ((basic_index, (key,)),)
    else:
        seen._base, seen.steps = view.base, (*view.steps, (basic_index, (key,)))
        seen.recorded = seen.recorded and view.recorded
    return result


def setitem(self: Tensor, key: Any, value: Any) -> None:
    """Write `value`, a tensor or a number, into the part that `key` picks."""
    array = self.array
    if not isinstance(value, (Tensor, *_NUMBERS)):
        kind = "numpy.ndarray" if isinstance(value, np.ndarray) else type(value).__name__
        owner = spelled(f"{dtypes.legacy_name(array.dtype)}Tensor")
        raise TypeError(f"can't assign a {kind} to a {owner}")
    basic, advanced = resolve(key, array)
    try:
        if recording.enabled and (self.requires_grad or (isinstance(value, Tensor) and value.requires_grad)):
            _write_recorded(self, basic, advanced, value)
            return
        given = value.array if isinstance(value, Tensor) else fitting(value, array.dtype)
        quiet.run(_write, array, basic, advanced, given)
    except IndexError as error:
        raise IndexError(_in_words(error, array, advanced)) from None
    self._counter[0] += 1
    if recording.recorder is not None:
        _record_write(self, basic, advanced, value, given)


def _record_write(self: Tensor, basic: Key | None, advanced: Key | None, value: Any, given: Array) -> None:
    """Tell who writes down what is computed."""
    recorder = recording.recorder
    if isinstance(value, Tensor):
        recorder.uses(value)
    else:
        dtype = self.array.dtype
        recorder.did(partial(fitting, value, dtype), (), given, ("number", value, dtype))
    recorder.wrote(self, _write, basic, advanced, given)


def _write_recorded(self: Tensor, basic: Key | None, advanced: Key | None, value: Any) -> None:
    part = self if basic is None else _part(self, basic)
    if advanced is None:
        Tensor.apply_inplace(copy, (part, _spread(value, part.array.shape), False))
    else:
        Tensor.apply_inplace(written_at, (part, advanced, value, False))


def _spread(value: Any, shape: tuple[int, ...]) -> Any:
    """A tensor or array expanded to `shape`, sizes of 1 in front apart; numbers as they are."""
    if not isinstance(value, (Tensor, np.ndarray)) or value.shape == shape:
        return value
    have = tuple(value.shape)
    ones = next((at for at, size in enumerate(have) if size != 1), len(have))
    return expand(value.reshape(have[ones:]), shape)


def _write(array: Array, basic: Key | None, advanced: Key | None, given: Array) -> None:
    """Store an array in the part of the target that is left, or where index tensors point in that."""
    part = array if basic is None else array[(*basic, Ellipsis)]
    check_apart(part)
    try:
        if advanced is not None:
            write_at(part, advanced, given)
            return
        part[...] = given
    except (RuntimeError, ValueError):
        refuse_if_read_only(part)
        if advanced is None:
            _spread(given, part.shape)
        raise


def resolve(key: Any, array: Array) -> tuple[Key | None, Key | None]:
    """`key` as a basic index and, on what that leaves, an advanced one; None where there is nothing to do.

    In PyTorch an integer takes its dim away before index tensors meet; in NumPy it would be one of them.
    """
    kind = type(key)
    if kind is int or kind is slice:
        if not array.ndim:
            raise IndexError(_NO_DIMS[kind])
        return (_plain(key),), None
    if kind is tuple and len(key) <= array.ndim and _BASIC.issuperset(map(type, key)):
        return tuple([_plain(part) for part in key]), None
    if kind is list and _means_a_tuple(key):
        key = tuple(key)
    parts = _expanded([_plain(each) for each in (key if isinstance(key, tuple) else (key,))], array)
    if not any(isinstance(part, np.ndarray) for part in parts):
        return tuple(parts), None
    basic: list[Any] = []
    advanced: list[Any] = []
    for part in parts:
        if isinstance(part, np.ndarray):
            basic.extend([_EVERYTHING] * (part.ndim if part.dtype == np.bool_ else 1))
            advanced.append(part)
        else:
            basic.append(part)
            if not isinstance(part, int):
                advanced.append(_EVERYTHING)
    if all(part is _EVERYTHING or part == _EVERYTHING for part in basic):
        return None, tuple(advanced)
    return tuple(basic), tuple(advanced)


_NO_DIMS = {
    int: "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
    "convert a 0-dim tensor to a number",
    slice: "slice() cannot be applied to a 0-dim tensor.",
}


def _means_a_tuple(key: list[Any]) -> bool:
    """Whether a list stands for the tuple of its parts, as it does in PyTorch where they are no numbers."""
    return len(key) < 32 and any(
        isinstance(part, (Tensor, list, tuple, slice)) or part is None or part is Ellipsis for part in key
    )


def _plain(part: Any) -> Any:
    """One part of a key as an int, a slice of ints, None, Ellipsis or an array of int64 or bool."""
    if part is None or part is Ellipsis or type(part) is int:
        return part
    if isinstance(part, slice):
        if part.step is None and type(part.start) in _INT_OR_NONE and type(part.stop) in _INT_OR_NONE:
            return part
        try:
            start, stop, step = (
                None if each is None else operator.index(each) for each in (part.start, part.stop, part.step)
            )
        except TypeError:
            raise TypeError("slice indices must be integers or None or have an __index__ method") from None
        if step is not None and step <= 0:
            raise ValueError("step must be greater than zero")
        return slice(start, stop, step)
    if isinstance(part, Tensor):
        array = part.array
        if array.dtype not in _INDEX_TYPES:
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    else:
        array = _array_of(part)
    if array.dtype == np.uint8:
        array = array != 0
    if array.ndim == 0 and array.dtype.kind in "iu":
        return int(part)
    if recording.recorder is not None and isinstance(part, Tensor):
        recording.recorder.uses(part)
    return array


_INDEX_TYPES = (np.int64, np.int32, np.uint8, np.bool_)


def _array_of(part: Any) -> Array:
    """A Python number or sequence in a key as an array."""
    if isinstance(part, str):
        raise TypeError("new(): invalid data type 'str'")
    if not isinstance(part, (bool, np.bool_, np.integer, list, tuple, range, np.ndarray)):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
            f"indices (got {type(part).__name__})"
        )
    array = np.asarray(part)
    return array if array.dtype.kind in "iub" else array.astype(np.int64)


def _expanded(parts: list[Any], array: Array) -> list[Any]:
    """`parts` with `...` written out, so that each dim has its part; IndexError where they do not fit."""
    ndim = array.ndim
    used = 0
    for part in parts:
        if part is not None and part is not Ellipsis:
            used += part.ndim if isinstance(part, np.ndarray) and part.dtype == np.bool_ else 1
    if used > ndim:
        if not ndim and len(parts) == 1 and type(parts[0]) in _NO_DIMS:
            raise IndexError(_NO_DIMS[type(parts[0])])
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    places = [place for place, part in enumerate(parts) if part is Ellipsis]
    whole = parts
    if places:
        rest = [part for part in parts[places[0] + 1 :] if part is not Ellipsis]
        whole = [*parts[: places[0]], *[_EVERYTHING] * (ndim - used), *rest]
    _check_masks(whole, array.shape)
    return whole


def _check_masks(parts: list[Any], shape: tuple[int, ...]) -> None:
    """IndexError if a mask has not the shape of the dims that it covers."""
    at = 0
    for part in parts:
        if part is None:
            continue
        if not isinstance(part, np.ndarray) or part.dtype != np.bool_:
            at += 1
            continue
        covered = shape[at : at + part.ndim]
        if part.shape != covered:
            wrong = next(each for each in range(part.ndim) if part.shape[each] != covered[each])
            raise IndexError(
                f"The shape of the mask {list(part.shape)} at index {wrong} does not match the shape of the "
                f"indexed tensor {list(shape)} at index {at + wrong}"
            )
        at += part.ndim


def _in_words(error: IndexError, array: Array, advanced: Key | None) -> str:
    """PyTorch's sentence for an index that NumPy refused."""
    sentence = str(error)
    if sentence.startswith("too many indices"):
        return f"too many indices for tensor of dimension {array.ndim}"
    if sentence.startswith("shape mismatch") and advanced is not None:
        shapes = ", ".join(str(list(part.shape)) for part in advanced if isinstance(part, np.ndarray))
        return f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
    return sentence.replace("axis", "dimension")
