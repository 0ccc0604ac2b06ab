"""Event files: what TensorBoard would read of them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from gradloom.interop.tensorboard import SummaryWriter, _masked_checksum


def records(path: Path) -> list[bytes]:
    """The records of an event file, each with both its checksums right."""
    content, found, at = path.read_bytes(), [], 0
    while at < len(content):
        head = content[at : at + 8]
        (length,) = struct.unpack("<Q", head)
        data = content[at + 12 : at + 12 + length]
        assert content[at + 8 : at + 12] == _masked_checksum(head)
        assert content[at + 12 + length : at + 16 + length] == _masked_checksum(data)
        found.append(data)
        at += 16 + length
    return found


def test_the_checksum_is_crc32c() -> None:
    # The check value of CRC-32C, turned right by 15 bits and shifted by TFRecord's constant.
    crc = 0xE3069283
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert _masked_checksum(b"123456789") == struct.pack("<I", masked)


def test_scalars_are_kept_and_the_rest_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 0.5, 3, walltime=2.0)
        writer.add_scalars("both", {"a": 1.0, "b": 2.0}, 4)
        writer.add_text("note", "hello")
        writer.add_text("note", "again")
    (path,) = tmp_path.glob("events.out.tfevents.*")
    version, event = records(path)
    assert b"brain.Event:2" in version
    summary = b"\x2a\x0d\x0a\x0b\x0a\x04loss\x15" + struct.pack("<f", 0.5)
    assert event == b"\x09" + struct.pack("<d", 2.0) + b"\x10\x03" + summary
    assert len(list(tmp_path.glob("both_*/events*"))) == 2
    assert capsys.readouterr().err.count("keeps scalars only; add_text") == 1
