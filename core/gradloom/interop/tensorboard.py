"""A `SummaryWriter` that keeps scalars, as TensorBoard reads them.

Source of the format: TensorFlow's event.proto and summary.proto, and the framing of its TFRecord files
(https://www.tensorflow.org/tutorials/load_data/tfrecord).
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Self

__all__ = ["SummaryWriter"]


class SummaryWriter:
    """Writes scalars into an event file in `log_dir`; pictures, histograms, graphs and the like are left out.

    Args:
        log_dir: the folder; without one, a new one below runs/.
        comment: ends the name of that new one.
        filename_suffix: ends the name of the file.
    """

    def __init__(
        self,
        log_dir: str | Path | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
    ) -> None:
        host = socket.gethostname()
        if log_dir is None:
            log_dir = os.path.join("runs", f"{datetime.now():%b%d_%H-%M-%S}_{host}{comment}")
        self.log_dir = str(log_dir)
        self._suffix = f"{host}.{os.getpid()}.0{filename_suffix}"
        self._files: dict[str, BinaryIO] = {}

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """One value of the curve `tag`."""
        self._write(self.log_dir, tag, float(scalar_value), global_step, walltime)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """One value of each of several curves, which share one plot."""
        for tag, value in tag_scalar_dict.items():
            folder = os.path.join(self.log_dir, f"{main_tag.replace('/', '_')}_{tag}")
            self._write(folder, main_tag, float(value), global_step, walltime)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("add_"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        _say_once(f"gradloom: SummaryWriter keeps scalars only; {name} writes nothing.")
        return lambda *args, **kwargs: None

    def _write(self, folder: str, tag: str, value: float, step: int | None, walltime: float | None) -> None:
        file = self._files.get(folder)
        if file is None:
            os.makedirs(folder, exist_ok=True)
            now = time.time()
            path = os.path.join(folder, f"events.out.tfevents.{int(now)}.{self._suffix}")
            file = self._files[folder] = open(path, "wb")  # noqa: SIM115 - kept open until close()
            file.write(_record(_double(1, now) + _bytes(3, b"brain.Event:2")))
        summary = _bytes(1, _bytes(1, tag.encode()) + _float(2, value))
        event = _double(1, time.time() if walltime is None else walltime)
        file.write(_record(event + _integer(2, step or 0) + _bytes(5, summary)))

    def flush(self) -> None:
        """Put everything on disk."""
        for file in self._files.values():
            file.flush()

    def close(self) -> None:
        """Put everything on disk and end."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def get_logdir(self) -> str:
        """The folder."""
        return self.log_dir

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


_said: set[str] = set()


def _say_once(sentence: str) -> None:
    if sentence not in _said:
        _said.add(sentence)
        print(sentence, file=sys.stderr)  # noqa: T201 - a notice for whoever runs the script


# Protocol buffers: each field is its number and kind, then its value.


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def _integer(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(int(value))


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _float(field: int, value: float) -> bytes:
    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        packed = struct.pack("<f", float("inf") if value > 0 else float("-inf"))
    return _varint(field << 3 | 5) + packed


# Records: length and content, each followed by its checksum.


def _checksum_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE = _checksum_table()


def _masked_checksum(data: bytes) -> bytes:
    """CRC-32C, turned and shifted as TFRecord files have it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _masked_checksum(length) + data + _masked_checksum(data)
