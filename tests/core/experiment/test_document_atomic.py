"""A save is all or nothing: after a kill, a full disk or a refusal, the old content or the new is there."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gradloom.atomic import TEMPORARY_SUFFIX, WriteError, write_bytes
from gradloom.experiment.document import Document
from gradloom.experiment.document_file import DocumentError, read, write

SAVE_FOREVER = """
import sys
from pathlib import Path
from gradloom.atomic import write_bytes
path = Path(sys.argv[1])
for number in range(10**9):
    write_bytes(path, b"%08d" % number * 50_000)
    if number == 3:
        print("going", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_kill_at_any_moment_leaves_one_whole_version(tmp_path: Path) -> None:
    path = tmp_path / "x.loom.toml"
    pauses = random.Random(0)
    for _ in range(6):
        saver = subprocess.Popen([sys.executable, "-c", SAVE_FOREVER, str(path)], stdout=subprocess.PIPE)
        assert saver.stdout is not None
        saver.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            saver.wait(pauses.uniform(0, 0.05))
        saver.send_signal(signal.SIGKILL)
        saver.communicate()
        content = path.read_bytes()
        assert len(content) == 8 * 50_000
        assert content == content[:8] * 50_000


def test_a_left_over_temporary_file_disturbs_nothing(tmp_path: Path) -> None:
    (tmp_path / f".0123456789abcdef{TEMPORARY_SUFFIX}").write_bytes(b"half a fi")
    path = tmp_path / "x.loom.toml"
    write(Document(name="whole"), path)
    assert read(path).name == "whole"
    assert list(tmp_path.glob("*.loom.toml")) == [path]


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
def test_a_full_disk_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "x.loom.toml"
    write(Document(name="old"), path)

    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if failing == "write":
        monkeypatch.setattr(os, "open", full)
    else:
        monkeypatch.setattr(os, failing, full)
    with pytest.raises(DocumentError, match=r"^x\.loom\.toml cannot be saved: the disk is full\.$"):
        write(Document(name="new"), path)
    monkeypatch.undo()
    assert read(path).name == "old"
    assert os.listdir(tmp_path) == ["x.loom.toml"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_really_full_device_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open = os.open

    def on_full_device(path: Path, flags: int, mode: int = 0o777) -> int:
        if str(path).endswith(TEMPORARY_SUFFIX):
            os.close(real_open(path, flags, mode))
            return real_open("/dev/full", os.O_WRONLY)
        return real_open(path, flags, mode)

    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "open", on_full_device)
    with pytest.raises(WriteError, match="the disk is full"):
        write_bytes(path, bytes(100_000))
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["weights.safetensors"]


def test_an_interrupt_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(tmp_path / "x", b"new")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("gone/x.loom.toml", "its folder does not exist"),
        ("file/x.loom.toml", "its folder is not a folder"),
        ("folder", "a folder has that name"),
        ("a\0b.loom.toml", "its name holds a character"),
        ("x" * 300, "its name is too long"),
    ],
)
def test_an_impossible_place_is_one_sentence(tmp_path: Path, place: str, sentence: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(WriteError, match=f"cannot be saved: {sentence}"):
        write_bytes(tmp_path / place, b"new")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs permissions that bind us")
def test_a_read_only_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(WriteError, match="you may not write there"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(os.name != "posix", reason="links and modes")
def test_links_and_permissions_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_bytes(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    write_bytes(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode
