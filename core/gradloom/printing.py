"""How a tensor looks in the terminal: four digits, aligned, long ones shortened, as PyTorch's."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.tensor import Tensor


@dataclass
class Options:
    """What `set_printoptions` sets: digits, when to shorten and to how many, the line's width."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


options = Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Change how tensors print; None leaves a setting as it is."""
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    for name, value in given.items():
        if value is not None:
            setattr(options, name, value)
    options.sci_mode = sci_mode


def to_string(tensor: Tensor) -> str:
    """`tensor([[1., 2.]], requires_grad=True)`."""
    array = tensor.array
    notes = []
    default = dtypes.get_default_dtype().numpy
    implied = array.dtype in (default, np.dtype(np.int64), np.dtype(np.bool_))
    if array.size == 0:
        body = "[]"
        if array.ndim != 1:
            notes.append(f"size={tuple(array.shape)}")
        implied = array.dtype == default
    else:
        body = _nested(array, len("tensor("), _formatter(_shown(array)))
    if not implied:
        notes.append(f"dtype={tensor.dtype!r}")
    if tensor.grad_fn is not None:
        notes.append(f"grad_fn={tensor.grad_fn!r}")
    elif tensor.requires_grad:
        notes.append("requires_grad=True")
    return _with_notes(f"tensor({body}", notes)


def _with_notes(text: str, notes: list[str]) -> str:
    width = len(text) - text.rfind("\n")
    for note in notes:
        if width + len(note) + 2 > options.linewidth:
            text += ",\n       " + note
            width = len("       ") + len(note)
        else:
            text += ", " + note
            width += len(note) + 2
    return text + ")"


def _shown(array: Array) -> Array:
    """The elements that will be printed, which decide about the format."""
    if array.size <= options.threshold:
        return array.reshape(-1)
    edge = options.edgeitems
    for axis, size in enumerate(array.shape):
        if size > 2 * edge:
            places = [*range(edge), *range(size - edge, size)]
            array = np.take(array, places, axis)
    return array.reshape(-1)


def _formatter(values: Array) -> Callable[[Any], str]:
    """A function that writes every one of `values` in the same width."""
    if values.dtype.kind != "f":
        width = max(len(str(value)) for value in values.tolist())
        return lambda value: str(value).rjust(width)
    # As in PyTorch, infinities, nans and zeros do not count.
    telling = values[np.isfinite(values) & (values != 0)].astype(np.float64)
    write = _float_style(telling)
    width = max((len(write(value)) for value in telling.tolist()), default=0)
    return lambda value: write(value).rjust(width)


def _float_style(finite: Array) -> Callable[[float], str]:
    sizes = np.abs(finite)
    small, large = (float(sizes.min()), float(sizes.max())) if sizes.size else (1.0, 1.0)
    digits = options.precision
    if bool(np.all(finite == np.ceil(finite))):
        scientific = large / small > 1000.0 or large > 1.0e8 if options.sci_mode is None else options.sci_mode
        if not scientific:
            return lambda value: f"{value:.0f}." if math.isfinite(value) else str(value)
        return lambda value: f"{value:.{digits}e}"
    if options.sci_mode is None:
        scientific = large / small > 1000.0 or large > 1.0e8 or small < 1.0e-4
    else:
        scientific = options.sci_mode
    return lambda value: f"{value:.{digits}e}" if scientific else f"{value:.{digits}f}"


def _nested(array: Array, indent: int, write: Callable[[Any], str]) -> str:
    if array.ndim == 0:
        return write(array.item()).strip()
    shorten = array.size > options.threshold
    return _level(array, indent, write, shorten)


def _level(array: Array, indent: int, write: Callable[[Any], str], shorten: bool) -> str:
    edge = options.edgeitems
    cut = shorten and len(array) > 2 * edge
    picked = [*range(edge), *range(len(array) - edge, len(array))] if cut else range(len(array))
    if array.ndim > 1:
        parts = [_level(array[at], indent + 1, write, shorten) for at in picked]
        if cut:
            parts.insert(edge, "...")
        return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"
    words = [write(array[at].item()) for at in picked]
    if cut:
        words.insert(edge, " ...")
    width = len(words[0]) + 2 if words else 2
    per_line = max(1, (options.linewidth - indent) // width)
    lines = [", ".join(words[at : at + per_line]) for at in range(0, len(words), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
