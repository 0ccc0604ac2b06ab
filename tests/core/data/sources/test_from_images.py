"""A folder of pictures: what cameras and drawing programs save, and what attackers and broken disks leave."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from gradloom.data import sources
from gradloom.data.sources import disk, from_images

RED, BLUE = (200, 30, 10), (10, 20, 220)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of two pictures each."""
    for name, color in (("reds", RED), ("blues", BLUE)):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (8 + number, 6), color).save(tmp_path / "set" / name / f"{number}.png")
    return tmp_path / "set"


def refused(folder: Path, words: str, **arguments: object) -> None:
    with pytest.raises(sources.DataError, match=words) as error:
        sources.image_folder(folder, **arguments)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_one_class_a_folder_in_alphabetical_order(folder: Path) -> None:
    samples = sources.image_folder(folder, size=4)
    assert samples.classes == ("blues", "reds")
    assert samples.target.tolist() == [0, 0, 1, 1]
    assert samples.x.shape == (4, 3, 4, 4)
    assert samples.x.dtype == np.uint8
    assert samples.x[2, :, 1, 1].tolist() == list(RED)


def test_gray_has_one_channel(folder: Path) -> None:
    samples = sources.image_folder(folder, size=4, color="gray")
    assert samples.x.shape == (4, 1, 4, 4)
    # ITU-R 601-2: 0.299 R + 0.587 G + 0.114 B.
    assert samples.x[2, 0, 0, 0] == pytest.approx(0.299 * 200 + 0.587 * 30 + 0.114 * 10, abs=1)


def test_other_and_hidden_files_are_passed_over(folder: Path) -> None:
    (folder / "reds" / "notes.txt").write_text("not a picture")
    (folder / "reds" / "._0.png").write_bytes(b"junk of another system")
    (folder / ".cache").mkdir()
    (folder / "readme.md").touch()
    assert len(sources.image_folder(folder, size=4)) == 4


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_every_mode_of_pixels_is_read(folder: Path, mode: str) -> None:
    if mode == "I;16":
        picture = Image.fromarray(np.full((6, 8), 200 * 257, np.uint16))
    else:
        picture = Image.new("RGB", (8, 6), (200, 200, 200)).convert(mode)
    suffix = ".jpg" if mode == "CMYK" else ".png"
    picture.save(folder / "blues" / f"0{suffix}")
    (folder / "blues" / "1.png").unlink()
    levels = sources.image_folder(folder, size=4, color="gray").x[0]
    assert abs(int(levels.mean()) - 200) <= 3 or mode == "1"


def test_animations_give_their_first_frame(folder: Path) -> None:
    frames = [Image.new("RGB", (8, 6), color) for color in (BLUE, RED)]
    frames[0].save(folder / "blues" / "0.gif", save_all=True, append_images=frames[1:])
    assert sources.image_folder(folder, size=2).x[0, 2].min() > 200


def test_pictures_stand_as_the_camera_was_held(folder: Path) -> None:
    picture = Image.new("RGB", (8, 8), RED)
    picture.paste(BLUE, (0, 0, 8, 4))
    exif = Image.Exif()
    exif[0x0112] = 3
    picture.save(folder / "blues" / "0.png", exif=exif)
    turned = sources.image_folder(folder, size=8).x[0]
    assert turned[:, 0, 0].tolist() == list(RED)
    assert turned[:, 7, 0].tolist() == list(BLUE)


def test_damaged_pictures_are_named(folder: Path) -> None:
    picture = folder / "reds" / "1.png"
    whole = picture.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"GIF89a", whole.replace(b"IDAT", b"IXAT"), b"%!PS-Adobe"):
        picture.write_bytes(damaged)
        refused(folder, r"reds/1\.png is not a picture that can be read")


@pytest.mark.parametrize("format", ["ICO", "TGA", "EPS"])
def test_formats_beyond_the_list_are_not_decoded(folder: Path, format: str) -> None:
    Image.new("RGB", (16, 16), RED).save(folder / "reds" / "1.png", format=format)
    refused(folder, r"reds/1\.png is not a picture that can be read: it is in none of the formats PNG")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are a Unix thing")
def test_a_pipe_named_like_a_picture_is_passed_over(folder: Path) -> None:
    os.mkfifo(folder / "reds" / "2.png")
    assert len(sources.image_folder(folder, size=4)) == 4


def test_of_several_damaged_pictures_the_first_is_named(folder: Path) -> None:
    for number in range(2, 40):
        (folder / "blues" / f"{number:02}.png").write_bytes(b"junk")
    refused(folder, r"blues/02\.png is not a picture that can be read")


def test_a_truncated_jpeg_is_named(folder: Path) -> None:
    noise = np.random.RandomState(0).randint(0, 256, (64, 64, 3)).astype(np.uint8)
    picture = folder / "reds" / "2.jpg"
    Image.fromarray(noise).save(picture)
    picture.write_bytes(picture.read_bytes()[:1500])
    refused(folder, r"reds/2\.jpg is not a picture that can be read: .*truncated")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from([".png", ".jpg", ".gif", ".bmp", ".webp", ".tif", ".ppm"]), data=st.data())
def test_damage_anywhere_is_a_data_error_or_harmless(folder: Path, suffix: str, data: st.DataObject) -> None:
    picture = folder / "reds" / f"9{suffix}"
    Image.new("RGB", (12, 12), RED).save(picture)
    body = bytearray(picture.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    picture.write_bytes(body[: data.draw(st.integers(1, len(body)) | st.just(len(body)))])
    try:
        samples = sources.image_folder(folder, size=4)
    except sources.DataError as error:
        assert f"reds/9{suffix}" in str(error)  # noqa: PT017
    else:
        assert len(samples) == 5
    picture.unlink()


@pytest.mark.parametrize("side", [9_000, 12_000, 100_000])
def test_pixel_bombs_are_refused_by_their_header(folder: Path, side: int) -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    (folder / "reds" / "bomb.png").write_bytes(bomb + chunk(b"IEND", b""))
    refused(folder, r"reds/bomb\.png is too large; a picture may have at most 67,108,864 pixels")


def test_a_set_that_would_fill_the_memory_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LARGEST", 1000)
    refused(folder, "set at 16 x 16 pixels takes 3.0 KB, and a data set at most 1000 bytes", size=16)


def test_folders_that_are_no_data_set_are_explained(folder: Path, tmp_path: Path) -> None:
    refused(folder / "gone", r"There is no folder '.*gone'; check its name and place\.")
    refused(folder / "reds" / "0.png", r"0\.png' is a file; choose a folder")
    refused(folder / "reds", "has 0 folders; it must have one for each class, 2 to 1,000")
    (folder / "empty").mkdir()
    refused(folder, "empty' has no pictures; .* PNG, JPEG")
    refused(folder, "Pictures can be 1 to 1024 pixels wide, not 0", size=0)
    refused(folder, "'color' or 'gray', not 'sepia'", color="sepia")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
def test_names_that_are_no_unicode_are_escaped(folder: Path) -> None:
    (folder / "reds").rename(os.fsdecode(os.fsencode(folder) + b"/\xff"))
    assert sources.image_folder(folder, size=4).classes == ("blues", "\\udcff")
    (folder / "blues" / "1.png").rename(os.fsdecode(os.fsencode(folder) + b"/blues/\xfe.png"))
    (folder / "blues" / "\udcfe.png").write_bytes(b"")
    refused(folder, r"blues/\\udcfe\.png is not a picture")


def test_a_picture_that_may_not_be_opened_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path, *mode: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", denied)
    refused(folder, r"0\.png' cannot be read: permission denied; check that you may open it")


def test_the_picture_library_is_loaded_only_when_pictures_are_read() -> None:
    code = f"import sys, {from_images.__name__}; sys.exit('PIL' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
