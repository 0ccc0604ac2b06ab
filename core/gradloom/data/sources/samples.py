"""What every data set gives: named input arrays, one target, and what is known about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Task: TypeAlias = Literal["classification", "regression"]


class DataError(ValueError):
    """Data that cannot be used; the message says where it is, what is wrong and what would be right."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


@dataclass(frozen=True, eq=False)
class Samples:
    """Named arrays of one data set: row i of each belongs to sample i. All arrays are read-only.

    Raises:
        DataError: fields of different lengths, a target that does not suit the task, labels without a class.
    """

    inputs: Mapping[str, Array]
    """What a network sees, "x" first: (N, C, H, W) images, uint8 for 0-255 gray levels, or a (N, F) float32
    table, which also has one (N, 1) field per column name."""
    target: Array
    """(N,) int64 class labels, or (N, k) float32 values to predict."""
    task: Task
    classes: tuple[str, ...] = ()
    """Class names in label order; empty for regression."""
    held_out: Array | None = None
    """Rows that the data set itself keeps for testing (int64, sorted), or None."""
    feature_names: tuple[str, ...] = ()
    """Names of the columns of a table; empty for images."""
    notice: str = ""
    """Source and licence, one line."""

    def __post_init__(self) -> None:
        fields = {name: _read_only(array) for name, array in self.inputs.items()}
        object.__setattr__(self, "inputs", MappingProxyType(fields))
        object.__setattr__(self, "target", _read_only(self.target))
        object.__setattr__(self, "classes", tuple(map(printable, self.classes)))
        object.__setattr__(self, "notice", printable(self.notice))
        if self.held_out is not None:
            object.__setattr__(self, "held_out", _read_only(self.held_out))
        self._check_lengths()
        self._check_target()

    def __len__(self) -> int:
        return len(self.target)

    @property
    def x(self) -> Array:
        """The main input field, (N, ...)."""
        return self.inputs["x"]

    @property
    def labels(self) -> Array:
        """The target of a classification, (N,) int64."""
        return self.target

    @property
    def class_counts(self) -> tuple[int, ...]:
        """How many samples each class has, in label order; empty for regression."""
        if self.task == "regression":
            return ()
        return tuple(np.bincount(self.target, minlength=len(self.classes)).tolist())

    def take(self, rows: Array) -> Self:
        """The samples at `rows` (int64 indices), in that order, as a data set without held-out rows."""
        fields = {name: array[rows] for name, array in self.inputs.items()}
        return replace(self, inputs=fields, target=self.target[rows], held_out=None)

    def load(self) -> Samples:
        """These samples in memory, where they are."""
        return self

    def _check_lengths(self) -> None:
        if next(iter(self.inputs), None) != "x":
            raise DataError(f"The first input field must be 'x', but the fields are {list(self.inputs)}.")
        for name, array in self.inputs.items():
            if len(array) != len(self.target):
                raise DataError(
                    f"Input '{name}' has {len(array):,} rows but the target has {len(self.target):,}; "
                    "each row needs one target."
                )

    def _check_target(self) -> None:
        rank, dtype = (1, np.int64) if self.task == "classification" else (2, np.float32)
        if self.target.ndim != rank or self.target.dtype != dtype:
            raise DataError(
                f"A {self.task} target must be {np.dtype(dtype)} of {rank} dimension(s), "
                f"not {self.target.dtype} of shape {self.target.shape}."
            )
        if self.task == "classification" and len(self.target):
            low, high = int(self.target.min()), int(self.target.max())
            if low < 0 or high >= len(self.classes):
                raise DataError(
                    f"Labels run from {low} to {high}, but there are {len(self.classes)} classes, "
                    f"so they must run from 0 to {len(self.classes) - 1}."
                )


def printable(text: str) -> str:
    """The text, with what is no Unicode in it escaped, as in the name of a file that is not in UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def table_fields(x: Array, names: Sequence[str]) -> dict[str, Array]:
    """The (N, F) table as field "x", followed by one (N, 1) view per column under the column's name.

    A column that is itself called "x" becomes "x_", since "x" is the whole table.
    """
    fields = {"x": x}
    for column, name in enumerate(names):
        while name in fields:
            name += "_"
        fields[name] = x[:, column : column + 1]
    return fields


def _read_only(array: Array) -> Array:
    view = array.view()
    view.flags.writeable = False
    return view
