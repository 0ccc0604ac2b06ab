"""Arrays as they come out of files, made fit for training: dtypes, shapes, labels."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from gradloom.data.sources.disk import quoted
from gradloom.data.sources.samples import Array, DataError, Task, printable

TaskChoice: TypeAlias = Literal["auto", "classification", "regression"]

MOST_CLASSES = 1000
_CHANNELS = (1, 3, 4)
_SMALL_RANGE = 1 << 16


def input_array(values: Array, name: str, rows: Array | None = None) -> Array:
    """`values` as the network's input, one row a sample: float32, or uint8 where they are images of uint8.

    (N,) becomes a table (N, 1), uint8 (N, H, W) becomes (N, 1, H, W), and images with their channels last
    become (N, C, H, W).

    Args:
        values: numbers.
        name: what an error calls them.
        rows: the numbers of the rows, (N,), where they are not 0 to N - 1.

    Raises:
        DataError: values that are not real numbers, not finite or beyond float32, or no values at all.
    """
    if values.dtype.kind not in "buif":
        raise DataError(f"{name} holds values of type {values.dtype}; an input must be real numbers.")
    if values.ndim == 0 or values.size == 0:
        raise DataError(f"{name} is of shape {values.shape}; an input needs one value or more.")
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim == 3 and values.dtype == np.uint8:
        values = values[:, None]
    if values.ndim == 4 and values.shape[1] not in _CHANNELS and values.shape[3] in _CHANNELS:
        values = values.transpose(0, 3, 1, 2)
    if values.ndim > 2 and values.dtype == np.uint8:
        return np.ascontiguousarray(values)
    return float32(values, name, rows)


def float32(values: Array, name: str, rows: Array | None = None) -> Array:
    """`values` as a C-contiguous float32 array; refuses what is not finite in float32, with its row."""
    with np.errstate(over="ignore"):
        numbers = np.ascontiguousarray(values, dtype=np.float32)
    low, high = numbers.min(), numbers.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        row = int(np.argmax(~np.isfinite(numbers).reshape(len(numbers), -1).all(axis=1)))
        row = row if rows is None else int(rows[row])
        raise DataError(
            f"{name} has a value in row {row} (counted from 0) that is missing, infinite or beyond float32; "
            "every value must be a finite number."
        )
    return numbers


def target_array(values: Array, name: str, task: TaskChoice) -> tuple[Array, Task, tuple[str, ...]]:
    """The target, its task and its class names from one value (or row of values) a sample.

    Text is classes. Whole numbers are classes where few of them differ: at most half as many as there are
    samples, and at most 20 or a tenth of the samples. All else is numbers to predict. A `task` other than
    "auto" decides.

    Raises:
        DataError: a target that does not suit the task, one class only, or more than 1,000 classes.
    """
    if values.dtype.kind not in "buifUS":
        raise DataError(f"{name} holds values of type {values.dtype}; a target must be numbers or text.")
    if values.ndim == 0 or values.size == 0:
        raise DataError(f"{name} is of shape {values.shape}; a target needs a value for each sample.")
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if task == "auto":
        task = "classification" if values.ndim == 1 and look_like_labels(values) else "regression"
    if task == "classification":
        labels, classes = _encoded(values, name)
        return labels, task, classes
    return number_array(values, name), task, ()


def number_array(values: Array, name: str, rows: Array | None = None) -> Array:
    """Numbers to predict, (N, k) float32, from one row of values a sample; `rows` as for `input_array`.

    Raises:
        DataError: text, or values that are not finite or beyond float32.
    """
    if values.dtype.kind in "US":
        raise DataError(f"{name} holds text, which suits classification; regression needs numbers.")
    return float32(values.reshape(len(values), -1), name, rows)


def look_like_labels(values: Array) -> bool:
    """Whether one value a sample is classes rather than numbers to predict, by the rule of `target_array`."""
    if values.dtype.kind in "USb":
        return True
    if values.dtype.kind == "f" and not (np.isfinite(values).all() and (values == np.trunc(values)).all()):
        return False
    distinct = len(_found_and_codes(values)[0])
    return distinct <= len(values) // 2 and distinct <= max(20, len(values) // 10)


def refuse_several_labels(shape: tuple[int, ...], name: str) -> None:
    """DataError if there is more than one label for each sample."""
    if len(shape) != 1:
        raise DataError(f"{name} is of shape {shape}; classification needs one label for each sample.")


def _encoded(values: Array, name: str) -> tuple[Array, tuple[str, ...]]:
    refuse_several_labels(values.shape, name)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DataError(f"{name} has missing or infinite labels; each sample needs a class.")
    if values.dtype.kind == "U" and np.ascontiguousarray(values).view(np.uint32).max() > sys.maxunicode:
        raise DataError(f"{name} has labels that are no Unicode text; its file may be damaged.")
    found, codes = _found_and_codes(values)
    _check_classes(len(found), _class_name(found[0]), name)
    return codes.astype(np.int64, copy=False), tuple(_class_name(value) for value in found)


def _found_and_codes(values: Array) -> tuple[Array, Array]:
    """`np.unique` with the inverse; of whole numbers from a small range without sorting, in half the time."""
    if values.dtype.kind in "iu" and len(values):
        low, high = int(values.min()), int(values.max())
        if high - low < _SMALL_RANGE and high <= np.iinfo(np.int64).max:
            places = values.astype(np.int64) - low
            present = np.bincount(places) > 0
            return (np.flatnonzero(present) + low).astype(values.dtype), (np.cumsum(present) - 1)[places]
    return np.unique(values, return_inverse=True)


def labels_from_codes(codes: Array, texts: Sequence[str], name: str) -> tuple[Array, tuple[str, ...]]:
    """Labels and class names in alphabetical order, from codes that point into `texts`."""
    _check_classes(len(texts), texts[0], name)
    classes = tuple(sorted(texts))
    label_of = {text: label for label, text in enumerate(classes)}
    return np.array([label_of[text] for text in texts], np.int64)[codes], classes


def _check_classes(count: int, first: str, name: str) -> None:
    if count == 1:
        raise DataError(f"{name} has one class only, {quoted(first)}; classification needs two or more.")
    if count > MOST_CLASSES:
        raise DataError(
            f"{name} has {count:,} different labels, and at most {MOST_CLASSES:,} classes are possible; "
            "choose another target, or regression if it is a number."
        )


def _class_name(value: np.generic) -> str:
    item = value.item()
    if isinstance(item, bytes):
        return item.decode("utf-8", errors="replace")
    return printable(str(int(item)) if isinstance(item, float) and item.is_integer() else str(item))
