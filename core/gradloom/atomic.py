"""Files that are either the old ones or the new ones, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from pathlib import Path

TEMPORARY_SUFFIX = ".loom-tmp"
"""Ends the names of unfinished files; a crash may leave one behind, and nothing ever reads it."""

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.EROFS: "that disk can only be read",
    errno.ENOENT: "its folder does not exist",
    errno.ENOTDIR: "its folder is not a folder",
    errno.EISDIR: "a folder has that name",
    errno.ENAMETOOLONG: "its name is too long",
}


class WriteError(OSError):
    """A file could not be written; one sentence says why. What was there before is still there."""


def write_bytes(path: Path, data: bytes) -> None:
    """Make `data` the content of `path`, all of it or nothing, and safe on disk before this returns.

    A link is followed, and an existing file keeps its permissions.

    Raises:
        WriteError: no space, no permission, no such folder; the old content is untouched.
    """
    try:
        _replace_content(Path(os.path.realpath(path)), data)
    except (OSError, ValueError) as error:
        raise WriteError(f"{path.name} cannot be saved: {_reason(error)}.") from error


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return _REASONS.get(error.errno, (error.strerror or "the disk refused").lower())
    return "its name holds a character that no file name may have"


def _replace_content(path: Path, data: bytes) -> None:
    mode = _mode_to_keep(path)
    # A short name of its own, because the final name may already be as long as the disk allows.
    temporary = path.with_name(f".{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, mode)
        _replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _mode_to_keep(path: Path) -> int | None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return stat.S_IMODE(mode)


def _replace(temporary: Path, path: Path) -> None:
    # On Windows a virus scanner or an indexer may hold the old file open for a moment.
    for pause in (0.05, 0.1, 0.2, 0.4) if os.name == "nt" else ():
        try:
            os.replace(temporary, path)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    os.replace(temporary, path)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, on disks that can; the file is in its place in any case."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
