"""`save` and `load`."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import IO, Any

import numpy as np

from gradloom.atomic import write_bytes
from gradloom.device import checked
from gradloom.dtypes import dtype as DType
from gradloom.serialization.archive import Archive, LoadError, write_archive
from gradloom.serialization.names import NAMES, UNTYPED
from gradloom.serialization.opcodes import Reader, Refused
from gradloom.serialization.storage import Storage, storage_of
from gradloom.serialization.writer import Writer

__all__ = ["LoadError", "load", "save"]

FileLike = str | os.PathLike[str] | IO[bytes]


def save(
    obj: Any,
    f: FileLike,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Write tensors, plain values and containers of them to a file that `load` and PyTorch read.

    Tensors that share memory share it in the file. A file of that name is replaced whole or not at all.

    Args:
        obj: such as `model.state_dict()`.
        f: a path, or a file that is open for writing bytes.

    Raises:
        TypeError: something is neither a tensor nor a plain value; it says what and where.
        OSError: the file could not be written; what was there before still is.
    """
    path = Path(f) if isinstance(f, (str, os.PathLike)) else None
    try:
        writer = Writer(obj)
    except RecursionError:
        raise TypeError("save() cannot save containers that are nested without end.") from None
    records: dict[str, Any] = {
        "data.pkl": writer.pickle(),
        ".format_version": b"1",
        ".storage_alignment": b"64",
        "byteorder": b"little",
    }
    for number, elements in enumerate(writer.storages):
        little = np.ascontiguousarray(elements).astype(elements.dtype.newbyteorder("<"), copy=False)
        records[f"data/{number}"] = little.view(np.uint8).data
    records["version"] = b"3\n"
    content = io.BytesIO()
    write_archive(content, (path.stem if path else "archive") or "archive", records)
    if path is not None:
        write_bytes(path, content.getvalue())
    else:
        f.write(content.getvalue())  # type: ignore[union-attr]


def load(
    f: FileLike,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read a file that `save` or PyTorch wrote: tensors, plain values and containers of them.

    Tensors come to the CPU, wherever they were. Code is never loaded, whatever `weights_only` says.

    Args:
        f: a path, or a file that is open for reading bytes.
        map_location: accepted; the CPU is the only place.

    Raises:
        LoadError: not such a file, damaged, or one that holds code; one sentence says which.
        FileNotFoundError: there is no such file.
    """
    if isinstance(map_location, str) or hasattr(map_location, "type"):
        checked(map_location)
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            return _read(file, Path(f).name)
    if not hasattr(f, "seek"):
        raise AttributeError("load() needs a file that can be read at any place: one that has seek().")
    return _read(f, "The file")


def _read(file: IO[bytes], name: str) -> Any:
    archive = Archive(file, name)
    swapped = _swapped(archive)
    storages: dict[str, Storage] = {}

    def persistent(identity: Any) -> Storage:
        kind, holds, key, _, count = identity
        if (
            kind != "storage"
            or not isinstance(key, str)
            or not (isinstance(holds, DType) or holds == UNTYPED)
        ):
            raise ValueError("something else than a storage")
        if key not in storages:
            storages[key] = storage_of(
                archive.read(f"data/{key}"), holds if isinstance(holds, DType) else None, count, swapped
            )
        return storages[key]

    try:
        return Reader(NAMES, persistent).read(archive.read("data.pkl"))
    except Refused as refused:
        if str(refused).startswith("Unsupported global"):
            raise LoadError(f"Weights only load failed for {name}: {refused}.") from refused
        raise archive.damaged(str(refused)) from refused


def _swapped(archive: Archive) -> bool:
    """Whether the bytes of numbers stand in another order than this machine's."""
    order = archive.read("byteorder") if "byteorder" in archive else b"little"
    if order not in (b"little", b"big"):
        raise archive.damaged("it says neither 'little' nor 'big' of its byte order")
    return order.decode() != sys.byteorder
