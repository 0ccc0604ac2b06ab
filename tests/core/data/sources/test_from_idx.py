"""MNIST's own format, packed and plain, whole and damaged."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gradloom.data import sources
from gradloom.data.sources import disk

IMAGES = np.arange(6 * 4 * 3, dtype=np.uint8).reshape(6, 4, 3)
LABELS = np.array([5, 0, 4, 5, 0, 4], np.uint8)
CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def encode(array: np.ndarray) -> bytes:
    head = struct.pack(f">HBB{array.ndim}I", 0, CODES[array.dtype.name], array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture
def pair(tmp_path: Path) -> Callable[[bytes, bytes], tuple[Path, Path]]:
    def write(images: bytes, labels: bytes) -> tuple[Path, Path]:
        paths = tmp_path / "images.idx", tmp_path / "labels.idx"
        paths[0].write_bytes(images)
        paths[1].write_bytes(labels)
        return paths

    return write


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_images_and_labels_are_read(pair: Callable, pack: Callable[[bytes], bytes]) -> None:
    samples = sources.idx(*pair(pack(encode(IMAGES)), pack(encode(LABELS))))
    assert samples.x.dtype == np.uint8
    assert samples.x[:, 0].tolist() == IMAGES.tolist()
    assert samples.classes == ("0", "4", "5")
    assert samples.target.tolist() == [2, 0, 1, 2, 0, 1]


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "float32", "float64"])
def test_every_number_type_of_the_format(pair: Callable, dtype: str) -> None:
    images = IMAGES.astype(dtype)
    samples = sources.idx(*pair(encode(images), encode(LABELS)))
    assert samples.x.dtype == np.float32
    assert samples.x.tolist() == images.tolist()


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (
            encode(IMAGES)[:-1],
            encode(LABELS),
            r"images.idx holds less than the 72 bytes that its shape \(6, 4, 3\)",
        ),
        (encode(IMAGES) + b"x", encode(LABELS), "images.idx holds more than the 72 bytes"),
        (encode(IMAGES)[:9], encode(LABELS), "images.idx ends within its header, which must give 3 sizes"),
        (b"\0\0", encode(LABELS), "images.idx is not an IDX file"),
        (
            b"\x89PNG\r\n",
            encode(LABELS),
            "images.idx is not an IDX file: it starts with the bytes 89 50 4e 47",
        ),
        (b"\0\0\x0a\x01" + bytes(8), encode(LABELS), "is not an IDX file"),
        (b"\0\0\x08\xff" + bytes(1020), encode(LABELS), "is not an IDX file"),
        (encode(LABELS), encode(IMAGES), "the files may be swapped"),
        (encode(LABELS), encode(LABELS), "the files may be swapped"),
        (encode(IMAGES), encode(LABELS[:5]), "has 6 images but labels.idx has 5 labels"),
        (encode(IMAGES), encode(LABELS * 0), "labels.idx has one class only, '0'"),
        (encode(IMAGES[:0]), encode(LABELS[:0]), "shape"),
        (gzip.compress(encode(IMAGES), mtime=0)[:-12], encode(LABELS), "images.idx is damaged"),
        (b"\x1f\x8b" + bytes(20), encode(LABELS), "images.idx is damaged"),
        (b"", encode(LABELS), "images.idx is empty"),
    ],
)
def test_damaged_files_are_refused(pair: Callable, images: bytes, labels: bytes, words: str) -> None:
    with pytest.raises(sources.DataError, match=words):
        sources.idx(*pair(images, labels))


def test_a_header_that_promises_terabytes_allocates_nothing(pair: Callable) -> None:
    head = struct.pack(">HBB3I", 0, 8, 3, 2**31, 2**10, 2**10)
    with pytest.raises(sources.DataError, match=r"and a data set at most 2\.0 GB"):
        sources.idx(*pair(head, encode(LABELS)))


def test_a_gzip_bomb_is_read_no_further_than_its_header_says(
    pair: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = gzip.compress(encode(IMAGES) + bytes(64 * 2**20))
    read: list[int] = []
    whole = disk.read_up_to

    def counted(stream: disk.Readable, size: int) -> bytearray:
        body = whole(stream, size)
        read.append(len(body))
        return body

    monkeypatch.setattr("gradloom.data.sources.from_idx.read_up_to", counted)
    with pytest.raises(sources.DataError, match="holds more than the 72 bytes"):
        sources.idx(*pair(bomb, encode(LABELS)))
    assert read == [73]
