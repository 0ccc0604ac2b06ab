"""Files from the user's disk: nothing is opened that is not a plain file of a bearable size."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Protocol

from gradloom.data.sources.samples import DataError

LARGEST = 2 * 2**30
"""Bytes that one data set may take, on disk or unpacked."""
_PIECE = 2**20


def plain_file(path: Path | str) -> Path:
    """`path`, if it is a file that can be read and is not larger than `LARGEST`.

    Raises:
        DataError: no such file, a folder, a device or pipe, or too large.
    """
    path = any_file(path)
    refuse_if_large(path.name, path.stat().st_size)
    return path


def any_file(path: Path | str) -> Path:
    """`path`, if it is a file that can be read, however large.

    Raises:
        DataError: no such file, a folder, a device or pipe, or an empty one.
    """
    path = Path(path)
    status = _status(path)
    if status is None:
        raise DataError(f"There is no file '{path}'; check its name and folder.")
    if stat.S_ISDIR(status.st_mode):
        raise DataError(f"'{path}' is a folder; choose a file.")
    if not stat.S_ISREG(status.st_mode):
        raise DataError(f"'{path}' is a device or a pipe; choose a file.")
    if status.st_size == 0:
        raise DataError(f"{path.name} is empty.")
    return path


def plain_folder(path: Path | str) -> Path:
    """`path`, if it is a folder.

    Raises:
        DataError: no such folder, or a file.
    """
    path = Path(path)
    status = _status(path)
    if status is None:
        raise DataError(f"There is no folder '{path}'; check its name and place.")
    if not stat.S_ISDIR(status.st_mode):
        raise DataError(f"'{path}' is a file; choose a folder.")
    return path


def _status(path: Path) -> os.stat_result | None:
    """What the system says of a path, or None where there is nothing."""
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last where a NUL is in the name
        return None
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> DataError:
    """The error for a file or folder that the system does not let us read."""
    reason = (error.strerror or str(error)).lower()
    return DataError(f"'{path}' cannot be read: {reason}; check that you may open it.")


def refuse_if_large(name: str, size: int) -> None:
    if size > LARGEST:
        most = f"a data set at most {amount(LARGEST)}; arrays in .npy files may be larger"
        raise DataError(f"{name} takes {amount(size)}, and {most}.")


class Readable(Protocol):
    """A stream of bytes, packed or plain."""

    def read(self, size: int, /) -> bytes: ...


def read_up_to(stream: Readable, size: int) -> bytearray:
    """At most `size` bytes, piece by piece, so that memory grows only with what is really there."""
    body = bytearray()
    while len(body) < size and (piece := stream.read(min(_PIECE, size - len(body)))):
        body += piece
    return body


def amount(size: int) -> str:
    """Bytes as people say them, such as '1.5 GB'."""
    for unit, bytes_each in (("GB", 2**30), ("MB", 2**20), ("KB", 2**10)):
        if size >= bytes_each:
            return f"{size / bytes_each:,.1f} {unit}"
    return f"{size} bytes"


def quoted(text: str, most: int = 40) -> str:
    """Text out of a file, safe to show: quoted, cut short, control characters escaped."""
    return repr(shortened(text, most))


def shortened(text: str, most: int = 200) -> str:
    """The text, cut where it is longer, as a reader's words are that show what they have read."""
    return text if len(text) <= most else text[: most - 3] + "..."
