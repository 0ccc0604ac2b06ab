"""An array in a file that may be larger than the memory: rows are read when they are asked for."""

from __future__ import annotations

import contextlib
import math
import os
import threading
import weakref
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from gradloom.data.sources.disk import amount, any_file, quoted, shortened, unreadable
from gradloom.data.sources.npy_header import DAMAGE, read_header
from gradloom.data.sources.samples import Array, DataError

HELD = 64 * 2**20
"""Bytes of an array that is so small that it is read as a whole, once, and held."""

_SPREAD = 2  # rows that lie no further apart than this are read at once, with what is between them


class StoredArray:
    """Rows of a `.npy` file, or of an array in an `.npz` file that is not compressed ("train.npz/x").

    Rows are read, not mapped: where a file is cut short while it is used, a map would end the process. An
    array that is stored column by column takes one reading for each number of a row.

    Attributes:
        name: of the file or the array.
        shape: of the whole array, at least one dimension, none of them 0.
        dtype: of the values as they are given: numbers or text, in this machine's byte order.
        nbytes: of the whole array.

    Raises:
        DataError: no such file or array, a compressed or a damaged one, or values that are not plain.
    """

    def __init__(self, file: Path) -> None:
        self.name = file.name
        try:
            self._place = _found(file)
        except DataError:
            raise
        except OSError as error:
            raise unreadable(file, error) from error
        except DAMAGE as error:
            raise DataError(f"{file.name} cannot be read as an array: {shortened(str(error))}.") from error
        self._open()
        self.shape, self.dtype = self._place.shape, self._place.dtype.newbyteorder("=")
        self.nbytes = math.prod(self.shape) * self.dtype.itemsize
        self._held: Array | None = None
        self._announced: list[int] = []

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: npt.NDArray[np.int64]) -> Array:
        """Copies of these rows, (len(rows), ...); negative ones count from the end.

        Raises:
            IndexError: there is no such row.
            DataError: the file has become shorter, or can no longer be read.
        """
        rows = self._counted(rows)
        if self.nbytes > HELD:
            return self._rows(rows)
        if self._held is None:
            self._held = self.whole()
        return self._held.take(rows, axis=0)

    def announce(self, rows: npt.NDArray[np.int64]) -> None:
        """Let the disk fetch these rows while something else is done; they will be asked for next.

        Who asks for a row that is not there hears of it then, not while it is handed the rows before.
        """
        place = self._place
        if self.nbytes <= HELD or place.by_columns or not len(rows):
            return
        rows = np.where(rows < 0, rows + len(self), rows)
        if not _close(rows):  # else the system sees for itself what comes next
            pitch = place.dtype.itemsize * math.prod(self.shape[1:])
            self._announce((place.start + rows * pitch).tolist(), pitch)

    def whole(self) -> Array:
        """A copy of all rows."""
        return self._rows(np.arange(len(self)))

    def _rows(self, rows: npt.NDArray[np.int64]) -> Array:
        place, size = self._place, len(self)
        if not place.by_columns:
            values = self._pieces(rows, place.start, place.dtype.itemsize * math.prod(self.shape[1:]))
            return self._given(values.view(place.dtype).reshape(len(rows), *self.shape[1:]))
        item = place.dtype.itemsize
        starts = range(place.start, place.start + item * math.prod(self.shape), item * size)
        columns = np.stack([self._pieces(rows, start, item) for start in starts])
        across = columns.view(place.dtype)[:, :, 0].T
        return self._given(np.ascontiguousarray(across.reshape((len(rows), *self.shape[1:]), order="F")))

    def _counted(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        size = len(self)
        if len(rows) and not (-size <= (low := rows.min()) and (high := rows.max()) < size):
            wrong = low if low < -size else high
            raise IndexError(f"index {wrong} is out of range for {self.name} of {size:,} rows")
        return np.where(rows < 0, rows + size, rows)

    def _pieces(self, rows: npt.NDArray[np.int64], start: int, pitch: int) -> npt.NDArray[np.uint8]:
        """The bytes of these rows, (len(rows), pitch), which lie `pitch` bytes apart from `start` on."""
        if not len(rows):
            return np.empty((0, pitch), np.uint8)
        if _close(rows):
            first, last = int(rows.min()), int(rows.max())
            near = np.empty((last - first + 1, pitch), np.uint8)
            self._read(near.reshape(-1).data, start + first * pitch)
            return near if np.array_equal(rows, np.arange(first, last + 1)) else near[rows - first]
        pieces = np.empty((len(rows), pitch), np.uint8)
        view, places = pieces.reshape(-1).data, (start + rows * pitch).tolist()
        self._announce(places, pitch)
        for at, place in enumerate(places):
            self._read(view[at * pitch : (at + 1) * pitch], place)
        return pieces

    def _announce(self, places: list[int], size: int) -> None:
        """Let the system fetch all of them from the disk together, where it would be asked for one by one."""
        if hasattr(os, "posix_fadvise") and places != self._announced:
            self._announced = places
            with contextlib.suppress(OSError):
                for place in places:
                    os.posix_fadvise(self._file, place, size, os.POSIX_FADV_WILLNEED)

    def _read(self, into: memoryview, start: int) -> None:
        """Fill the bytes with those of the file from `start` on."""
        try:
            while into:
                count = self._read_some(into, start)
                if not count:
                    raise DataError(
                        f"{self.name} has become shorter while it was used; it must stay as it is."
                    )
                into, start = into[count:], start + count
        except OSError as error:
            raise unreadable(self._place.path, error) from error

    def _read_some(self, into: memoryview, start: int) -> int:
        # Threads, and processes forked off, share the file's own position.
        if hasattr(os, "preadv"):
            return os.preadv(self._file, [into], start)
        with self._lock:
            os.lseek(self._file, start, os.SEEK_SET)
            read = os.read(self._file, len(into))
        into[: len(read)] = read
        return len(read)

    def _given(self, values: Array) -> Array:
        return values.astype(self.dtype, copy=False)

    def _open(self) -> None:
        path = self._place.path
        try:
            self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise unreadable(path, error) from error
        self._lock = threading.Lock()
        # At the end of the program a training may still be reading.
        weakref.finalize(self, os.close, self._file).atexit = False

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in vars(self).items() if name not in ("_file", "_lock")}
        return {**state, "_held": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._open()


def _close(rows: npt.NDArray[np.int64]) -> bool:
    """Whether it is best to read these rows, at least one, at once with what is between them."""
    return int(rows.max()) - int(rows.min()) < _SPREAD * len(rows)


def refuse_other_lengths(arrays: Sequence[StoredArray]) -> None:
    """DataError if an array has not as many rows as the first."""
    first = arrays[0]
    for each in arrays:
        if len(each) != len(first):
            raise DataError(
                f"{first.name} has {len(first):,} rows and {each.name} has {len(each):,}; each row needs one "
                "of the other."
            )


@dataclass(frozen=True)
class _Place:
    """Where the values of an array begin in which file, and how they lie there."""

    path: Path
    start: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    by_columns: bool


def _found(file: Path) -> _Place:
    path, start, size = file, 0, None
    if file.suffix == ".npz" and zipfile.is_zipfile(file):
        names = ", ".join(quoted(f"{file.name}/{name}") for name in _members(file))
        raise DataError(f"{file.name} is an archive; choose one of its arrays: {names}.")
    if file.parent.suffix == ".npz" and file.parent.is_file():
        path = file.parent
        start, size = _member(path, file.name)
    with any_file(path).open("rb") as stream:
        stream.seek(start)
        dtype, by_columns, shape = read_header(stream, "it")
        begin = stream.tell()
    present = (os.path.getsize(path) if size is None else start + size) - begin
    needed = math.prod(shape) * dtype.itemsize
    if not shape:
        raise ValueError("it holds a single value, not rows")
    if not needed:
        raise ValueError(f"it is of shape {shape}, so it holds no values")
    if present < needed:
        raise ValueError(f"it needs {amount(needed)} for shape {shape} and has {amount(max(0, present))}")
    return _Place(path, begin, dtype, shape, by_columns and len(shape) > 1)


def _member(path: Path, name: str) -> tuple[int, int]:
    """Where an array of an archive begins, and how many bytes it takes."""
    entries = _members(path)
    if name not in entries:
        raise DataError(f"{path.name} has no array {quoted(name)}; it has {', '.join(map(quoted, entries))}.")
    entry = entries[name]
    if entry.compress_type != zipfile.ZIP_STORED:
        raise DataError(
            f"{path.name} is compressed, so its rows cannot be read alone; save it with numpy.savez instead "
            "of numpy.savez_compressed."
        )
    with path.open("rb") as stream:
        return _after_local_header(stream, entry.header_offset), entry.file_size


def _members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """The arrays of an archive, by name."""
    with zipfile.ZipFile(path) as archive:
        return {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}


def _after_local_header(stream: IO[bytes], start: int) -> int:
    """Where a member's bytes begin; 4.3.7 of https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT."""
    stream.seek(start)
    header = stream.read(30)
    if header[:4] != b"PK\x03\x04":
        raise ValueError("its archive is damaged")
    name, extra = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
    return start + len(header) + name + extra
