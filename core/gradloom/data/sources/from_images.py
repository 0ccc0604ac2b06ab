"""Data sets from a folder of pictures: one folder a class, whose name is the class's name."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradloom.data.sources.arrays import MOST_CLASSES
from gradloom.data.sources.disk import plain_folder, refuse_if_large, unreadable
from gradloom.data.sources.samples import Array, DataError, Samples
from gradloom.kernels.parallel import cores

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm"}
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
MOST_PIXELS = 64 * 2**20
_CHANNELS = {"color": 3, "gray": 1}


def image_folder(folder: Path, size: int = 64, color: Literal["color", "gray"] = "color") -> Samples:
    """Pictures in one folder for each class: cats/1.jpg, cats/2.jpg, dogs/1.jpg and so on.

    Each picture is turned as its camera says and stretched to a square. Animations give their first frame.

    Args:
        folder: the folder that holds the class folders.
        size: width and height that every picture is brought to, in pixels, 1 to 1024.
        color: three channels (red, green, blue) or one of gray.
    """
    if not 1 <= size <= 1024:
        raise DataError(f"Pictures can be 1 to 1024 pixels wide, not {size}.")
    if color not in _CHANNELS:
        raise DataError(f"Pictures are read as 'color' or 'gray', not {color!r}.")
    folder = plain_folder(folder)
    classes = _classes(folder)
    files = [(file, label) for label, name in enumerate(classes) for file in _pictures(folder / name)]
    shape = (len(files), _CHANNELS[color], size, size)
    refuse_if_large(f"{folder.name} at {size} x {size} pixels", math.prod(shape))
    x = np.empty(shape, np.uint8)
    with ThreadPoolExecutor(cores()) as threads:
        read = threads.map(lambda each: _pixels(each[0], size, color), files)
        for row, pixels in enumerate(read):
            x[row] = pixels
    labels = np.array([label for _, label in files], dtype=np.int64)
    return Samples({"x": x}, labels, "classification", classes, notice=f"Read from {folder.name}.")


def _classes(folder: Path) -> tuple[str, ...]:
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != ".")
    except OSError as error:
        raise unreadable(folder, error) from error
    if not 2 <= len(names) <= MOST_CLASSES:
        raise DataError(
            f"'{folder}' has {len(names):,} folders; it must have one for each class, 2 to {MOST_CLASSES:,}."
        )
    return tuple(names)


def _pictures(folder: Path) -> list[Path]:
    try:
        found = sorted(
            file
            for file in folder.iterdir()
            if file.suffix.lower() in SUFFIXES and file.name[0] != "." and file.is_file()
        )
    except OSError as error:
        raise unreadable(folder, error) from error
    if not found:
        raise DataError(
            f"'{folder}' has no pictures; each class folder needs some, in one of these formats: "
            f"{', '.join(FORMATS)}."
        )
    return found


def _pixels(file: Path, size: int, color: str) -> Array:
    """The picture as (C, size, size) uint8."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    where = f"{file.parent.name}/{file.name}"
    try:
        with file.open("rb") as stream, Image.open(stream, formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise Image.DecompressionBombError
            picture.load()
            upright = _eight_bit(ImageOps.exif_transpose(picture)).convert("RGB" if color == "color" else "L")
            pixels = np.asarray(upright.resize((size, size), Image.Resampling.BILINEAR))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(
            f"{where} is too large; a picture may have at most {MOST_PIXELS:,} pixels."
        ) from error
    except UnidentifiedImageError as error:
        formats = ", ".join(FORMATS)
        raise DataError(
            f"{where} is not a picture that can be read: it is in none of the formats {formats}."
        ) from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise unreadable(file, error) from error
        # Pillow's decoders raise errors of a dozen types on damaged files.
        raise DataError(f"{where} is not a picture that can be read: {error}.") from error
    return pixels.transpose(2, 0, 1) if color == "color" else pixels[None]


def _eight_bit(picture: Image) -> Image:
    """16-bit gray scaled to 8 bits, which Pillow would clip instead."""
    if not picture.mode.startswith("I"):
        return picture
    from PIL import Image

    return Image.fromarray((np.clip(np.asarray(picture), 0, 65535) // 257).astype(np.uint8))
