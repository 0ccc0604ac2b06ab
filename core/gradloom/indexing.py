"""Square brackets: PyTorch's indexing rules in terms of basic and advanced indexing."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from gradloom.autograd.grad_mode import recording
from gradloom.ops.copying import copy
from gradloom.ops.indexing import advanced_index, index_put, put
from gradloom.ops.slicing import basic_index
from gradloom.tensor import Tensor

Key = tuple[Any, ...]
_EVERYTHING = slice(None)


def getitem(self: Tensor, key: Any) -> Tensor:
    """The part that `key` picks: a view, or a copy where index tensors or masks pick."""
    basic, advanced = resolve(key, self.array.ndim)
    try:
        part = self if basic is None else Tensor.apply(basic_index, (self, basic))
        picked: Tensor = part if advanced is None else Tensor.apply(advanced_index, (part, advanced))
    except IndexError as error:
        raise IndexError(_in_words(error, self.array.ndim)) from None
    return picked


def setitem(self: Tensor, key: Any, value: Any) -> None:
    """Write `value`, a tensor or a number, into the part that `key` picks."""
    basic, advanced = resolve(key, self.array.ndim)
    try:
        if recording.enabled and (self.requires_grad or (isinstance(value, Tensor) and value.requires_grad)):
            _write_recorded(self, basic, advanced, value)
            return
        part = self.array if basic is None else self.array[(*basic, Ellipsis)]
        _write(part, advanced, value.array if isinstance(value, Tensor) else value)
    except IndexError as error:
        raise IndexError(_in_words(error, self.array.ndim)) from None
    self._counter[0] += 1


def _write_recorded(self: Tensor, basic: Key | None, advanced: Key | None, value: Any) -> None:
    part = self if basic is None else Tensor.apply(basic_index, (self, basic))
    if advanced is None:
        Tensor.apply_inplace(copy, (part, _without_leading_ones(value, part.array.ndim), False))
    else:
        Tensor.apply_inplace(index_put, (part, advanced, value, False))


def _without_leading_ones(value: Any, ndim: int) -> Any:
    if isinstance(value, Tensor) and value.array.ndim > ndim:
        return value.reshape(value.array.shape[value.array.ndim - ndim :])
    return value


def _write(part: Any, advanced: Key | None, value: Any) -> None:
    put(part, (Ellipsis,) if advanced is None else advanced, value)


def resolve(key: Any, ndim: int) -> tuple[Key | None, Key | None]:
    """`key` as a basic index and, on what that leaves, an advanced one; None where there is nothing to do.

    In PyTorch an integer takes its dim away before index tensors meet; in NumPy it would be one of them.
    """
    kind = type(key)
    if kind is int or kind is slice:
        return (_plain(key),), None
    parts = _expanded([_plain(each) for each in (key if kind is tuple else (key,))], ndim)
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


def _plain(part: Any) -> Any:
    """One part of a key as an int, a slice of ints, None, Ellipsis or an array."""
    if part is None or part is Ellipsis:
        return part
    if isinstance(part, slice):
        start, stop, step = (
            None if each is None else operator.index(each) for each in (part.start, part.stop, part.step)
        )
        if step is not None and step <= 0:
            raise ValueError("step must be greater than zero")
        return slice(start, stop, step)
    if isinstance(part, int) and not isinstance(part, bool):
        return part
    array = part.array if isinstance(part, Tensor) else np.asarray(part)
    if array.dtype.kind == "f" and array.size:
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    if not array.size and array.dtype.kind == "f":
        array = array.astype(np.int64)
    return int(array) if array.ndim == 0 and array.dtype.kind in "iu" else array


def _expanded(parts: list[Any], ndim: int) -> list[Any]:
    """`parts` with `...` written out, so that each dim has its part."""
    used = sum(
        part.ndim if isinstance(part, np.ndarray) and part.dtype == np.bool_ else 1
        for part in parts
        if part is not None and part is not Ellipsis
    )
    if used > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    places = [place for place, part in enumerate(parts) if part is Ellipsis]
    if len(places) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    if not places:
        return parts
    return [*parts[: places[0]], *[_EVERYTHING] * (ndim - used), *parts[places[0] + 1 :]]


def _in_words(error: IndexError, ndim: int) -> str:
    sentence = str(error)
    if sentence.startswith("too many indices"):
        return f"too many indices for tensor of dimension {ndim}"
    return sentence.replace("axis", "dimension")
