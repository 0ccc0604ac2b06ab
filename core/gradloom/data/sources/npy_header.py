"""The header of an array in NumPy's `.npy` format, read without trust."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from typing import IO, Any

import numpy as np

from gradloom.data.sources.disk import quoted

_MOST_DIMENSIONS = 32  # as many as every version of NumPy takes

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What damaged bytes raise here, and in the reader of archives."""

# The format of an array: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(
    r"\{\s*'descr':\s*'?(?P<dtype>[^'\n]*?|\[.*\])'?,\s*'fortran_order':\s*(?P<order>True|False),"
    r"\s*'shape':\s*\((?P<shape>(\d{1,20}, ?)*(\d{1,20})?)\),?\s*\}\s*"
)
_PLAIN = re.compile(r"[<>|=][biufSU]\d{1,9}")


def read_header(stream: IO[bytes], name: str) -> tuple[np.dtype[Any], bool, tuple[int, ...]]:
    """What an array's header says; it is matched, not evaluated, so it can say nothing else.

    Raises:
        ValueError: the stream does not begin with the header of an array of plain numbers or text.
    """
    magic, length = stream.read(8), stream.read(2)
    if magic != _MAGIC or len(length) < 2:
        raise ValueError(f"{name} does not begin as numpy.save writes it")
    found = _HEADER.fullmatch(stream.read(int.from_bytes(length, "little")).decode("latin-1"))
    if not found:
        raise ValueError(f"{name} has no header of a plain array")
    if not _PLAIN.fullmatch(found["dtype"]):
        raise ValueError(f"{name} holds values of type {quoted(found['dtype'])}, not plain numbers or text")
    shape = tuple(int(size) for size in found["shape"].split(",") if size.strip())
    if len(shape) > _MOST_DIMENSIONS:
        raise ValueError(f"{name} has {len(shape)} dimensions, and at most {_MOST_DIMENSIONS} are possible")
    return np.dtype(found["dtype"]), found["order"] == "True", shape
