from __future__ import annotations

from pathlib import Path

import pytest

from gradloom_studio.settings import MOST_RECENT, Settings


@pytest.mark.qt_log_ignore("Trying to construct an instance of an invalid type")
@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff\xfe[[[", b"theme=mauve\nrecent=@Variant(garbage)\n", b"[window\n="]
)
def test_a_broken_file_counts_as_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.ini"
    path.write_bytes(content)
    settings = Settings(path)
    assert settings.theme == "system"
    assert settings.recent == ()
    assert settings.state("columns").isEmpty()


def test_what_is_remembered_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "studio.ini"
    settings = Settings(path)
    settings.theme = "dark"
    settings.remember_file(tmp_path / "one.loom.toml")
    settings.save()
    again = Settings(path)
    assert again.theme == "dark"
    assert again.recent == (tmp_path / "one.loom.toml",)


def test_the_latest_file_comes_first_and_once(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "studio.ini")
    for number in range(MOST_RECENT + 3):
        settings.remember_file(tmp_path / f"{number}")
    settings.remember_file(tmp_path / "5")
    names = [path.name for path in settings.recent]
    assert names[0] == "5"
    assert len(names) == len(set(names)) == MOST_RECENT


def test_a_file_can_be_forgotten(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "studio.ini")
    settings.remember_file(tmp_path / "one")
    settings.forget_file(tmp_path / "one")
    assert settings.recent == ()
