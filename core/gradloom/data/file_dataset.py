"""Arrays in files that are larger than the memory: rows are read when a batch asks for them."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from pathlib import Path
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from gradloom.creation import as_tensor
from gradloom.data.dataset import Dataset
from gradloom.data.sources.samples import DataError
from gradloom.data.sources.stored import StoredArray, refuse_other_lengths
from gradloom.tensor import Tensor


class FileDataset(Dataset[tuple[Tensor, ...]]):
    """Arrays in files, side by side: sample i is `(a[i], b[i], ...)`, read from disk when asked for.

    A process that reads it needs little memory, however large the files are. Rows are copied, so a batch may
    be written to. It can be pickled to loading processes, which then open the files themselves.

    Args:
        files: `.npy` files as `numpy.save` writes them, or arrays of an `.npz` file as `numpy.savez` does,
            called `"train.npz/x"`.

    Raises:
        DataError: no such file or array, a compressed or a damaged one, or arrays of different lengths.

    Example:
        >>> loader = DataLoader(FileDataset("photos.npy", "labels.npy"), batch_size=64, shuffle=True)
    """

    takes_arrays = True

    def __init__(self, *files: str | Path) -> None:
        if not files:
            raise DataError("A FileDataset needs one file or more.")
        self.arrays = tuple(_numbers(StoredArray(Path(file))) for file in files)
        refuse_other_lengths(self.arrays)

    def __getitem__(self, index: SupportsIndex) -> tuple[Tensor, ...]:
        row = operator.index(index)
        if not -len(self) <= row < len(self):
            raise IndexError(f"index {row} is out of range for a data set of {len(self):,} rows")
        return tuple(rows[0] for rows in self.collated([row]))

    def __len__(self) -> int:
        return len(self.arrays[0])

    def announce(self, indices: npt.NDArray[np.int64]) -> None:
        for array in self.arrays:
            array.announce(indices)

    def collated(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> list[Tensor]:
        if not len(indices):
            raise IndexError("list index out of range")
        rows = np.asarray(indices)
        return [as_tensor(array[rows]) for array in self.arrays]


def _numbers(array: StoredArray) -> StoredArray:
    """The array, if a tensor can hold its values."""
    try:
        as_tensor(np.empty(0, array.dtype))
    except TypeError:
        raise DataError(f"{array.name} holds values of type {array.dtype}, which no tensor can.") from None
    return array
