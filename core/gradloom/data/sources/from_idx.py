"""Data sets in IDX, the format of the MNIST files: a big-endian header, then the bare numbers.

Format: http://yann.lecun.com/exdb/mnist/, "the IDX file format".
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from gradloom.data.sources.arrays import input_array, target_array
from gradloom.data.sources.disk import Readable, plain_file, read_up_to, refuse_if_large, unreadable
from gradloom.data.sources.samples import Array, DataError, Samples

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def idx(images: Path, labels: Path) -> Samples:
    """Images and labels from a pair of IDX files, as MNIST and Fashion-MNIST come, packed by gzip or not.

    Args:
        images: file of the images, such as train-images-idx3-ubyte.gz.
        labels: file of the labels, such as train-labels-idx1-ubyte.gz.
    """
    images, labels = plain_file(images), plain_file(labels)
    x, y = read(images), read(labels)
    if y.ndim != 1 or x.ndim < 2:
        raise DataError(
            f"{images.name} has {x.ndim} dimension(s) and {labels.name} has {y.ndim}, but images have two or "
            "more and labels one; the files may be swapped."
        )
    if len(x) != len(y):
        raise DataError(
            f"{images.name} has {len(x):,} images but {labels.name} has {len(y):,} labels; they must match."
        )
    target, task, classes = target_array(y, labels.name, "classification")
    notice = f"Read from {images.name} and {labels.name}."
    return Samples({"x": input_array(x, images.name)}, target, task, classes, notice=notice)


def read(path: Path) -> Array:
    """The array in an IDX file, packed by gzip or not; DataError if there is none."""
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            if not packed:
                return _parse(plain, path.name)
            with gzip.GzipFile(fileobj=plain) as stream:
                return _parse(stream, path.name)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"{path.name} is damaged: {error}.") from error
    except OSError as error:
        raise unreadable(path, error) from error


def _parse(stream: Readable, name: str) -> Array:
    head = stream.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _DTYPES or not 1 <= head[3] <= 4:
        raise DataError(
            f"{name} is not an IDX file: it starts with the bytes {head.hex(' ')}, "
            "where 00 00, a type (08 to 0e) and 1 to 4 dimensions belong."
        )
    dtype, rank = np.dtype(_DTYPES[head[2]]), head[3]
    sizes = stream.read(4 * rank)
    if len(sizes) < 4 * rank:
        raise DataError(f"{name} ends within its header, which must give {rank} sizes.")
    shape = struct.unpack(f">{rank}I", sizes)
    size = math.prod(shape) * dtype.itemsize
    refuse_if_large(name, size)
    # One byte more is asked for, so that a file that is too long shows as well.
    body = read_up_to(stream, size + 1)
    if len(body) != size:
        less = "less" if len(body) < size else "more"
        raise DataError(f"{name} holds {less} than the {size:,} bytes that its shape {shape} needs.")
    return np.ndarray(shape, dtype, body)
