"""A file that says "a living process works here" for as long as that process lives, and no longer."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Claim:
    """Holds a lock on `path`, which the system drops when the process ends, however it ends.

    Raises:
        OSError: the file cannot be made, or is claimed by someone else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        try:
            _lock(self._descriptor)
        except OSError:
            os.close(self._descriptor)
            raise

    def release(self) -> None:
        """Give it up, and remove the file."""
        os.close(self._descriptor)
        with suppress(OSError):
            self._path.unlink()


def is_claimed(path: Path) -> bool:
    """Whether a living process, this one or another, holds the claim on `path`."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        _lock(descriptor)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)
