"""The zip archive around a saved object: records that lie uncompressed, each at a multiple of 64 bytes.

Format: https://docs.pytorch.org/docs/stable/notes/serialization.html#torch-save-format
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import IO, Any

_ALIGNMENT = 64
_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_MOST_RECORDS = 1_000_000
_EPOCH = (1980, 0, 0, 0, 0, 0)


class LoadError(RuntimeError):
    """A file that cannot be loaded; one sentence says which and why."""


class Archive:
    """The records of a file, read one by one and never more bytes than the file has.

    Args:
        file: open for reading bytes, at any place.
        name: what errors call it.

    Raises:
        LoadError: another format, damaged, or an archive as PyTorch never writes it.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self.name = name
        file.seek(0, 2)
        self._left = file.tell()
        file.seek(0)
        head = file.read(len(_LEGACY))
        try:
            self._zip = zipfile.ZipFile(file)
            self._records = {info.filename: info for info in self._zip.infolist()}
        except (
            zipfile.BadZipFile,
            OSError,
            ValueError,
            struct.error,
            NotImplementedError,
            OverflowError,
        ) as error:
            raise LoadError(self._other_format(head)) from error
        if len(self._records) > _MOST_RECORDS:
            raise self.damaged("it has too many records")
        self._folder = self._only_folder()

    def _other_format(self, head: bytes) -> str:
        if head == _LEGACY:
            return (
                f"{self.name} is in the format that PyTorch wrote before 1.6; load it with PyTorch and save "
                "it again."
            )
        return f"{self.name} is not a file that save() wrote: it is damaged or of another kind."

    def _only_folder(self) -> str:
        """The folder that all records are in, named as the file was when it was written."""
        found = [
            path for path in self._records if PurePosixPath(path).name == "data.pkl" and path.count("/") == 1
        ]
        if len(found) != 1:
            raise LoadError(f"{self.name} is not a file that save() wrote: it has no record data.pkl.")
        folder = found[0].removesuffix("data.pkl")
        if f"{folder}constants.pkl" in self._records:
            raise LoadError(
                f"{self.name} is a TorchScript archive, which holds code; save model.state_dict() instead."
            )
        return folder

    def damaged(self, what: str) -> LoadError:
        """The error for content that cannot be."""
        return LoadError(f"{self.name} cannot be loaded: {what}.")

    def __contains__(self, record: object) -> bool:
        return f"{self._folder}{record}" in self._records

    def read(self, record: str) -> bytes:
        """The bytes of one record.

        Raises:
            LoadError: there is none, it is packed, or all that was read is more than the file holds.
        """
        info = self._records.get(f"{self._folder}{record}")
        if info is None:
            raise self.damaged(f"the record {record} is missing")
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 0x1:
            raise self.damaged(f"the record {record} is packed, which PyTorch's never are")
        self._left -= info.file_size
        if self._left < 0 or info.file_size != info.compress_size:
            raise self.damaged("its records are larger than the file")
        try:
            return self._zip.read(info)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, struct.error,
                NotImplementedError, OverflowError) as error:  # fmt: skip
            raise self.damaged(f"the record {record} is damaged") from error


def write_archive(file: IO[bytes], folder: str, records: Mapping[str, Any]) -> None:
    """Write `records`, bytes by name, as an archive that PyTorch reads, the same bytes every time."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in records.items():
            info = zipfile.ZipInfo(f"{folder}/{name}", _EPOCH)
            start = file.tell() + 30 + len(info.filename.encode())
            info.extra = _filler(-(start + 4) % _ALIGNMENT)
            with archive.open(info, "w") as record:
                record.write(content)


def _filler(size: int) -> bytes:
    """A field of a record's header that only takes room, as PyTorch's writer calls it."""
    return struct.pack("<2sH", b"FB", size) + b"Z" * size
