"""Passing batches from process to process: large ones in memory that both see, where the system has such."""

from __future__ import annotations

import mmap
import os
import pickle
from collections.abc import Callable
from functools import cache
from io import BytesIO, FileIO
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler, recv_handle, send_handle
from typing import Any

LARGE = 4 * 2**20
"""Bytes from which on an array goes through memory.

A pipe holds little until it is read, so who sends waits, and who reads copies. But each batch in memory keeps
a file open, of which a process may have a thousand.
"""

_ALIGNED = 64


def send(connection: Connection, thing: Any) -> None:
    """Send what can be pickled."""
    body, large = BytesIO(), list[memoryview]()
    ForkingPickler(body, 5, True, _aside(large) if _has_memory() else None).dump(thing)
    if not large:
        connection.send([])
        connection.send_bytes(body.getbuffer())
        return
    with FileIO(os.memfd_create("gradloom-batch"), "w") as memory:
        connection.send([_write(memory, buffer) for buffer in large])
        connection.send_bytes(body.getbuffer())
        send_handle(connection, memory.fileno(), None)


def receive(connection: Connection) -> Any:
    """What was sent; its arrays may be written to.

    Raises:
        EOFError: the other side is gone.
    """
    places, body = connection.recv(), connection.recv_bytes()
    if not places:
        return pickle.loads(body)
    with FileIO(recv_handle(connection), "r+") as file:
        memory = memoryview(mmap.mmap(file.fileno(), 0))
    return pickle.loads(body, buffers=[memory[start:stop] for start, stop in places])


@cache
def _has_memory() -> bool:
    """Whether there are files in memory, without a name, that can be handed on: Linux has them."""
    try:
        os.close(os.memfd_create("gradloom-batch"))
    except (AttributeError, OSError):
        return False
    return True


def _aside(large: list[memoryview]) -> Callable[[pickle.PickleBuffer], bool]:
    """Puts large buffers into the list, and says of each buffer whether it stays among the rest."""

    def stays(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes >= LARGE:
            large.append(raw)
        return raw.nbytes < LARGE

    return stays


def _write(memory: FileIO, buffer: memoryview) -> tuple[int, int]:
    """Where the bytes begin and end in the file."""
    start = memory.seek(-(-memory.tell() // _ALIGNED) * _ALIGNED)
    while buffer:
        buffer = buffer[memory.write(buffer) :]
    return start, memory.tell()
