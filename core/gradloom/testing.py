"""Comparing results in tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from gradloom.creation import as_tensor
from gradloom.dtypes import Array
from gradloom.tensor import Tensor

__all__ = ["assert_close"]

_TOLERANCES = {
    "float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5), "complex128": (1e-7, 1e-7),
}  # fmt: skip
"""By dtype: relative and absolute, from https://docs.pytorch.org/docs/stable/testing.html."""

Message = str | Callable[[str], str] | None


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: Message = None,
) -> None:
    """Check that two tensors, numbers, or sequences or mappings of them are close to each other.

    Close is |actual - expected| <= atol + rtol * |expected|; without both tolerances the dtype decides.

    Raises:
        AssertionError: shapes, dtypes or values differ; it says how far and where.
    """
    if (rtol is None) != (atol is None):
        raise ValueError("rtol and atol must both be specified or both be unspecified")
    settings = (rtol, atol, equal_nan, check_dtype, msg)
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        if actual.keys() != expected.keys():
            _fail(f"The keys of the mappings do not match:\n\n{list(actual)} != {list(expected)}", msg)
        for key in expected:
            assert_close(actual[key], expected[key], **_named(settings))
    elif _is_sequence(expected) and _is_sequence(actual):
        if len(actual) != len(expected):
            _fail(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", msg)
        for each, other in zip(actual, expected, strict=True):
            assert_close(each, other, **_named(settings))
    elif isinstance(actual, Tensor) != isinstance(expected, Tensor):
        _fail(f"{type(actual)} and {type(expected)} cannot be compared as tensors.", msg, TypeError)
    else:
        _check_pair(actual, expected, *settings)


def _named(settings: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(("rtol", "atol", "equal_nan", "check_dtype", "msg"), settings, strict=True))


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _check_pair(
    actual: Any,
    expected: Any,
    rtol: float | None,
    atol: float | None,
    equal_nan: bool,
    check_dtype: bool,
    msg: Message,
) -> None:
    kind = "Tensor-likes" if isinstance(expected, Tensor) else "Scalars"
    first, second = (
        (each if isinstance(each, Tensor) else as_tensor(np.asarray(each))).detach()
        for each in (actual, expected)
    )
    if first.shape != second.shape:
        _fail(f"The values for attribute 'shape' do not match: {first.shape} != {second.shape}.", msg)
    if check_dtype and kind == "Tensor-likes" and first.dtype is not second.dtype:
        _fail(f"The values for attribute 'dtype' do not match: {first.dtype} != {second.dtype}.", msg)
    if rtol is None or atol is None:
        pairs = [_TOLERANCES.get(each.dtype.name, (0.0, 0.0)) for each in (first, second)]
        rtol, atol = max(pair[0] for pair in pairs), max(pair[1] for pair in pairs)
    a, b = (_comparable(each.array) for each in (first, second))
    with np.errstate(invalid="ignore", over="ignore"):
        far = ~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)
    if np.any(far):
        _fail(_difference(kind, a, b, far, rtol, atol), msg)


def _comparable(array: Array) -> Array:
    if array.dtype.kind in "biuc":
        return array.astype(np.int64) if array.dtype.kind != "c" else array
    return array.astype(np.float64)


def _difference(kind: str, a: Array, b: Array, far: Array, rtol: float, atol: float) -> str:
    head = f"{kind} are not equal!" if rtol == 0 and atol == 0 else f"{kind} are not close!"
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        absolute = np.where(far, np.abs(a - b), 0)
        relative = np.where(far, absolute / np.abs(b), 0)
    if not a.ndim:
        expected = f"Expected {b.item()} but got {a.item()}."
        return (
            f"{head}\n\n{expected}\n{_worst('Absolute', absolute, atol)}{_worst('Relative', relative, rtol)}"
        )
    count, share = int(far.sum()), far.mean() * 100
    lines = f"Mismatched elements: {count} / {far.size} ({share:.1f}%)\n"
    worst = _worst("Greatest absolute", absolute, atol) + _worst("Greatest relative", relative, rtol)
    return f"{head}\n\n{lines}{worst}"


def _worst(word: str, differences: Array, allowed: float) -> str:
    place = np.unravel_index(int(np.argmax(differences)), differences.shape)
    where = f" at index {tuple(int(each) for each in place)}" if differences.ndim else ""
    limit = f" (up to {allowed} allowed)" if allowed else ""
    return f"{word} difference: {differences[place].item()}{where}{limit}\n"


def _fail(sentence: str, msg: Message, kind: type[Exception] = AssertionError) -> NoReturn:
    sentence = sentence.rstrip("\n")
    raise kind(msg(sentence) if callable(msg) else msg or sentence)
