"""Arrays in files that are larger than the memory: rows are read when a batch asks for them."""

from __future__ import annotations

import math
import mmap
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from gradloom.creation import as_tensor
from gradloom.data.dataset import Dataset
from gradloom.data.sources.disk import amount, quoted, unreadable
from gradloom.data.sources.npy import read_header
from gradloom.data.sources.samples import DataError
from gradloom.tensor import Tensor

_KEPT = 64 * 2**20  # bytes held until the process gives their pages back; the system may keep them
_AROUND = 64 * 2**10  # what the system maps around a byte that was asked for


class MappedDataset(Dataset[tuple[Tensor, ...]]):
    """Arrays in files, side by side: sample i is `(a[i], b[i], ...)`, read from disk when asked for.

    A process that reads it needs little memory, however large the files are. Rows are copied, so a batch may
    be written to. It can be pickled to loading processes, which then map the files themselves.

    Args:
        files: `.npy` files as `numpy.save` writes them, or arrays of an `.npz` file as `numpy.savez` does,
            called `"train.npz/x"`.

    Raises:
        DataError: no such file or array, a compressed or a damaged one, or arrays of different lengths.

    Example:
        >>> loader = DataLoader(MappedDataset("photos.npy", "labels.npy"), batch_size=64, shuffle=True)
    """

    takes_arrays = True

    def __init__(self, *files: str | Path) -> None:
        if not files:
            raise DataError("A MappedDataset needs one file or more.")
        self.arrays = tuple(_Rows(Path(file)) for file in files)
        first = self.arrays[0]
        for each in self.arrays:
            if len(each) != len(first):
                raise DataError(
                    f"{first.name} has {len(first):,} rows and {each.name} has {len(each):,}; each row needs "
                    "one of the other."
                )

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range for a data set of {len(self):,} rows")
        return tuple(rows[0] for rows in self.collated([int(index)]))

    def __len__(self) -> int:
        return len(self.arrays[0])

    def collated(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> list[Tensor]:
        rows = np.asarray(indices)
        return [as_tensor(array.take(rows)) for array in self.arrays]


class _Rows:
    """One array in a file."""

    def __init__(self, file: Path) -> None:
        self.name, self._held = file.name, 0
        try:
            self._file, self._offset, self._dtype, self._shape = _found(file)
            self._map()
        except DataError:
            raise
        except OSError as error:
            raise unreadable(file, error) from error
        except (ValueError, TypeError, zipfile.BadZipFile) as error:
            raise DataError(f"{file.name} cannot be read as an array: {error}.") from error

    def __len__(self) -> int:
        return self._shape[0]

    def take(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """Copies of these rows."""
        taken = self._array.take(rows, axis=0)
        self._held += max(taken.nbytes, _AROUND * len(rows))
        if self._held > _KEPT and hasattr(mmap, "MADV_DONTNEED"):
            self._pages.madvise(mmap.MADV_DONTNEED)
            self._held = 0
        return taken.astype(self._dtype.newbyteorder("="), copy=False)

    def _map(self) -> None:
        with self._file.open("rb") as stream:
            self._pages = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        if hasattr(mmap, "MADV_RANDOM"):
            self._pages.madvise(mmap.MADV_RANDOM)
        self._array = np.ndarray(self._shape, self._dtype, self._pages, self._offset)
        self._held = 0

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_pages": None, "_array": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._map()


def _found(file: Path) -> tuple[Path, int, np.dtype[Any], tuple[int, ...]]:
    """The file that holds the array, where its values begin, their type and shape."""
    path, start, size = file, 0, None
    if file.parent.suffix == ".npz" and file.parent.is_file():
        path = file.parent
        start, size = _member(path, file.name)
    elif not file.is_file():
        raise DataError(f"There is no file '{file}'; check its name and folder.")
    with path.open("rb") as stream:
        stream.seek(start)
        dtype, by_columns, shape = read_header(stream, quoted(file.name))
        offset = stream.tell()
    present = (os.path.getsize(path) if size is None else start + size) - offset
    needed = math.prod(shape) * dtype.itemsize
    if by_columns and len(shape) > 1:
        raise ValueError("it is stored column by column; save numpy.ascontiguousarray of it")
    if not shape or dtype.kind not in "biuf":
        raise ValueError(f"it holds {dtype} of shape {shape}, not rows of numbers")
    if present < needed or not needed:
        raise ValueError(f"it needs {amount(needed)} for shape {shape} and has {amount(max(0, present))}")
    as_tensor(np.empty(0, dtype.newbyteorder("=")))  # says if no tensor has this type
    return path, offset, dtype, shape


def _member(path: Path, name: str) -> tuple[int, int]:
    """Where an array of an archive begins, and how many bytes it takes."""
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
        if name not in entries:
            raise DataError(
                f"{path.name} has no array {quoted(name)}; it has {', '.join(map(quoted, entries))}."
            )
        entry = entries[name]
    if entry.compress_type != zipfile.ZIP_STORED:
        raise DataError(
            f"{path.name} is compressed, so its rows cannot be read alone; save it with numpy.savez instead "
            "of numpy.savez_compressed."
        )
    with path.open("rb") as stream:
        return _after_local_header(stream, entry.header_offset), entry.file_size


def _after_local_header(stream: IO[bytes], start: int) -> int:
    """Where a member's bytes begin; 4.3.7 of https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT."""
    stream.seek(start)
    header = stream.read(30)
    if header[:4] != b"PK\x03\x04":
        raise ValueError("its archive is damaged")
    name, extra = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
    return start + len(header) + name + extra
