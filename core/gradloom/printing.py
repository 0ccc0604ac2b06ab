"""How a tensor looks in the terminal: PyTorch's layout to the letter, since scripts and documents show it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.tape import recording
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

_PROFILES = {
    "default": Options(),
    "short": Options(precision=2, edgeitems=2),
    "full": Options(threshold=math.inf),
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Change how tensors print; None leaves a setting as it is.

    Args:
        precision: digits behind the point.
        threshold: from more elements on only the edges are shown.
        edgeitems: how many at each edge of each dim.
        linewidth: characters before a new line begins.
        profile: "default", "short" or "full", for all of the above.
        sci_mode: whether numbers are written as 1.0000e+00; None lets their sizes decide.
    """
    if profile is not None:
        chosen = _PROFILES.get(profile, options)
        options.precision, options.threshold = chosen.precision, chosen.threshold
        options.edgeitems, options.linewidth = chosen.edgeitems, chosen.linewidth
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    for name, value in given.items():
        if value is not None:
            setattr(options, name, value)
    options.sci_mode = sci_mode


def to_string(tensor: Tensor, *, tensor_contents: str | None = None) -> str:
    """`tensor([[1., 2.]], requires_grad=True)`, or with `tensor_contents` in place of the numbers."""
    array = tensor.array
    if recording.recorder is not None:
        recording.recorder.refuse("shows a tensor")
    head = "tensor(" if type(tensor).__name__ in ("Tensor", "Parameter") else f"{type(tensor).__name__}("
    notes = []
    if not array.size and array.ndim != 1:
        notes.append(f"size={tuple(array.shape)}")
    if not _implied(tensor):
        notes.append(f"dtype={tensor.dtype!r}")
    if tensor.grad_fn is not None:
        notes.append(f"grad_fn=<{tensor.grad_fn.name()}>")
    elif tensor.requires_grad:
        notes.append("requires_grad=True")
    body = _body(array, len(head)) if tensor_contents is None else tensor_contents
    return _with_notes(head + body, notes, len(head))


def _implied(tensor: Tensor) -> bool:
    """Whether a reader knows the dtype without being told."""
    default = dtypes.get_default_dtype()
    if not tensor.array.size:
        return tensor.dtype is default
    return tensor.dtype in (default, default.to_complex(), dtypes.int64, dtypes.bool_)


def _with_notes(text: str, notes: list[str], indent: int) -> str:
    width = len(text) - text.rfind("\n") + 1
    for note in notes:
        if width + len(note) + 2 > options.linewidth:
            text += ",\n" + " " * indent + note
            width = indent + len(note)
        else:
            text += ", " + note
            width += len(note) + 2
    return text + ")"


def _body(array: Array, indent: int) -> str:
    if not array.size:
        return "[]"
    shortened = array.size > options.threshold
    if array.dtype.itemsize == 2 and dtypes.is_differentiable(array):
        array = array.astype(np.float32)
    return _level(array, indent, _style(_shown(array, shortened)), shortened)


def _shown(array: Array, shortened: bool) -> Array:
    """The elements that will be printed, which decide about the format."""
    if shortened:
        edge = options.edgeitems
        for axis, size in enumerate(array.shape):
            if size > 2 * edge and (edge or array.ndim > 1):
                array = np.take(array, [*range(edge), *range(size - edge, size)], axis)
    return array.reshape(-1)


class _Plain:
    """Writes integers and bools, all in the width of the longest."""

    def __init__(self, values: Array) -> None:
        self.width = max((len(str(value)) for value in values.tolist()), default=1)

    def __call__(self, value: Any) -> str:
        return str(value).rjust(self.width)


class _Float:
    """Writes floating-point numbers, in the style and width that these values ask for.

    As in PyTorch, infinities, nans and zeros do not count; where there is nothing else, they are integers.
    """

    def __init__(self, values: Array) -> None:
        telling = values[np.isfinite(values) & (values != 0)]
        sizes = np.abs(telling.astype(np.float64))
        small, large = (float(sizes.min()), float(sizes.max())) if sizes.size else (1.0, 1.0)
        self.integral = bool(np.all(telling == np.ceil(telling)))
        self.scientific = large / small > 1000.0 or large > 1.0e8 or small < 1.0e-4
        if options.sci_mode is not None:
            self.scientific = options.sci_mode and bool(telling.size)
        self.width = max((len(self._word(value)) for value in telling.tolist()), default=1)

    def _word(self, value: float) -> str:
        if self.scientific:
            return f"{value:.{options.precision}e}"
        if self.integral:
            return f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}"
        return f"{value:.{options.precision}f}"

    def __call__(self, value: Any) -> str:
        return self._word(value).rjust(self.width)


class _Complex:
    """Writes complex numbers as real part, sign and imaginary part."""

    def __init__(self, values: Array) -> None:
        self.real, self.imaginary = _Float(values.real), _Float(values.imag)
        self.width = self.real.width + self.imaginary.width + 1

    def __call__(self, value: complex) -> str:
        imaginary = f"{self.imaginary(value.imag)}j".lstrip()
        return self.real(value.real) + ("" if imaginary[0] in "+-" else "+") + imaginary


def _style(values: Array) -> _Plain | _Float | _Complex:
    if values.dtype.kind == "c":
        return _Complex(values)
    return _Float(values) if values.dtype.kind == "f" else _Plain(values)


def _level(array: Array, indent: int, write: _Plain | _Float | _Complex, shortened: bool) -> str:
    """One pair of brackets and what is in it."""
    if array.ndim == 0:
        return write(array.item())
    edge = options.edgeitems
    cut = shortened and len(array) > 2 * edge
    picked = [*range(edge), *range(len(array) - edge, len(array))] if cut else range(len(array))
    if array.ndim > 1:
        parts = [_level(array[at], indent + 1, write, shortened) for at in picked]
        if cut:
            parts.insert(edge, "...")
        return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"
    words = [write(array[at].item()) for at in picked]
    if cut:
        words.insert(edge, " ..." if edge else "...")
    per_line = max(1, (options.linewidth - indent) // (write.width + 2))
    lines = [", ".join(words[at : at + per_line]) for at in range(0, len(words), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
