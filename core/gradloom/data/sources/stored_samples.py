"""Data sets that stay in their files: only the rows that are asked for are in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self, TypeAlias, TypeVar

import numpy as np

from gradloom.data.sources.samples import Array, Samples, Task
from gradloom.data.sources.stored import StoredArray

Fit: TypeAlias = Callable[[Array, str, Array], Array]
"""Makes values out of a file fit for training, given what to call them and the numbers of their rows."""


class StoredField:
    """An input, or numbers to predict, in one file or in several, one after the other.

    Args:
        arrays: the files.
        fit: what is made of their rows.

    Attributes:
        shape, dtype: as the values are given.
        nbytes: of the values on the disk.

    Raises:
        DataError: values that do not fit; those of a row are looked at when it is read.
    """

    def __init__(self, arrays: tuple[StoredArray, ...], fit: Fit) -> None:
        self._arrays, self._fit = arrays, fit
        self._starts = np.cumsum([0, *(len(array) for array in arrays)])
        first = arrays[0]
        like = fit(np.zeros((1, *first.shape[1:]), first.dtype), first.name, np.zeros(1, np.int64))
        self.shape: tuple[int, ...] = (int(self._starts[-1]), *like.shape[1:])
        self.dtype = like.dtype
        self.nbytes = sum(array.nbytes for array in arrays)

    def then(self, change: Callable[[Array], Array]) -> StoredField:
        """The same rows, changed when they are read."""
        fit = self._fit
        return StoredField(self._arrays, lambda values, name, rows: change(fit(values, name, rows)))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Array) -> Array:
        """These rows, int64, in memory."""
        if len(self._arrays) == 1:
            return self._fit(self._arrays[0][rows], self._arrays[0].name, rows)
        values = np.empty((len(rows), *self.shape[1:]), self.dtype)
        for array, here, own in self._shares(rows):
            values[here] = self._fit(array[own], array.name, own)
        return values

    def announce(self, rows: Array) -> None:
        """Let the disk fetch these rows, which will be asked for soon."""
        for array, _, own in self._shares(rows):
            array.announce(own)

    def _shares(self, rows: Array) -> Iterator[tuple[StoredArray, Array, Array]]:
        """The files that have some of these rows, which those are, and their numbers in the file."""
        for array, start in zip(self._arrays, self._starts.tolist(), strict=False):
            here = (rows >= start) & (rows < start + len(array))
            if here.any():
                yield array, here, rows[here] - start


@dataclass(frozen=True, eq=False)
class StoredSamples:
    """`Samples` whose inputs, and targets of several numbers, are read when they are asked for.

    What has one value a sample is held: labels, numbers to predict, and which rows are meant.
    """

    inputs: Mapping[str, StoredField]
    """What a network sees, "x" first: all rows of the files."""
    target: Array | StoredField
    """Labels, or one number to predict, of these samples; of several numbers, all rows of the files."""
    task: Task
    classes: tuple[str, ...] = ()
    held_out: Array | None = None
    notice: str = ""
    rows: Array = field(default_factory=lambda: np.empty(0, np.int64))
    """Which rows of the files these samples are, int64."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def labels(self) -> Array:
        """The target of a classification, (N,) int64."""
        assert isinstance(self.target, np.ndarray)
        return self.target

    @property
    def class_counts(self) -> tuple[int, ...]:
        """How many samples each class has, in label order; empty for regression."""
        if self.task == "regression":
            return ()
        return tuple(np.bincount(self.labels, minlength=len(self.classes)).tolist())

    def take(self, rows: Array) -> Self:
        """The samples at `rows` (int64 indices), in that order, as a data set without held-out rows."""
        target = self.target[rows] if isinstance(self.target, np.ndarray) else self.target
        return replace(self, rows=self.rows[rows], target=target, held_out=None)

    def read(self, name: str) -> Array:
        """One input of these samples, in memory."""
        return self.inputs[name][self.rows]

    def read_target(self) -> Array:
        """What is to be predicted of these samples, in memory."""
        return self.target if isinstance(self.target, np.ndarray) else self.target[self.rows]

    def announce(self, rows: Array, names: Iterable[str]) -> None:
        """Let the disk fetch these inputs and targets of the samples at `rows`, which will be read soon."""
        chosen = self.rows[rows]
        for name in names:
            self.inputs[name].announce(chosen)
        if isinstance(self.target, StoredField):
            self.target.announce(chosen)

    def load(self) -> Samples:
        """These samples in memory."""
        inputs = {name: self.read(name) for name in self.inputs}
        return Samples(inputs, self.read_target(), self.task, self.classes, self.held_out, notice=self.notice)


AnySamples: TypeAlias = Samples | StoredSamples
"""A data set, in memory or not."""

Data = TypeVar("Data", bound=AnySamples)
