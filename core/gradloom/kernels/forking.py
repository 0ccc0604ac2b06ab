"""Locks that a forked process must find open.

It has one thread only, the one that forked, and what another thread held at that moment stays locked in it.
"""

from __future__ import annotations

import os
import threading
from typing import Any

importing = threading.RLock()
"""Held while a module is imported that takes long: Python would leave it locked in a forked process."""

_locks: list[Any] = [importing]
_taken: list[Any] = []


def hold_at_fork(lock: Any) -> None:
    """Let forking wait until no other thread has it.

    The thread that forks must be able to take it again, and whoever holds it must not wait for `importing`.
    """
    _locks.append(lock)


def _take() -> None:
    for lock in _locks:
        lock.acquire()
        _taken.append(lock)


def _give_back() -> None:
    while _taken:
        _taken.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_take, after_in_parent=_give_back, after_in_child=_give_back)
