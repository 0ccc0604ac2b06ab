"""Rooms: images with their channels last and their padding around them, LANES channels at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gradloom.kernels.compiled.jit import inlined, jit_inside
from gradloom.kernels.compiled.vectors import LANES, LARGE, deal, pick

Array = np.ndarray[Any, Any]
Table = np.ndarray[Any, np.dtype[np.int64]]


class Frame(NamedTuple):
    """Images: their channels, height and width, and where lines of a room begin and how long they are."""

    channels: int
    height: int
    width: int
    left: int
    pitch: int


def places(frame: Frame, lines: int) -> Table:
    """Where in a room the values of an image's lines lie."""
    return np.add.outer(np.arange(lines) * frame.pitch + frame.left, np.arange(frame.width)).ravel()


@jit_inside
def memory(count: int) -> Array:
    """Memory for so many values, which begins where a line of the cache does."""
    values = np.empty(count + LANES, np.float32)
    first = -(values.ctypes.data // 4) % LANES
    return values[first : first + count]


@inlined
def first_of(vector: int, channels: int) -> int:
    """The first channel of a vector; the last vector overlaps the one before rather than the end."""
    return min(vector * LANES, channels - LANES)


@jit_inside
def settle(
    images: Array, frame: Frame, image: int, channel: int, line: int, lines: int, room: Array, places: Table
) -> None:
    """Copy lines of LANES channels to a room, with zeros for those above or below the image."""
    channels, height, width, _, pitch = frame
    first, last = max(line, 0), min(line + lines, height)
    if first >= last:
        room[: lines * pitch * LANES] = 0
        return
    room[: (first - line) * pitch * LANES] = 0
    room[(last - line) * pitch * LANES : lines * pitch * LANES] = 0
    plane, count = height * width, (last - first) * width
    start = (image * channels + channel) * plane + first * width
    to = (first - line) * pitch * LANES
    if count < LANES:
        for lane in range(LANES):
            for j in range(count):
                room[to + places[j] * LANES + lane] = images[start + lane * plane + j]
    for j in range(0, count, LANES):
        at = min(j, count - LANES)
        if at >= 0:
            deal(images, start + at, plane, room, to, places, at)


@jit_inside
def unsettle(
    room: Array,
    frame: Frame,
    image: int,
    channel: int,
    line: int,
    lines: int,
    bias: Array,
    images: Array,
    places: Table,
    check: Array,
) -> None:
    """The opposite, for lines of which none is above the image, with the bias added."""
    channels, height, width, _, _ = frame
    plane, count = height * width, (min(line + lines, height) - line) * width
    to = (image * channels + channel) * plane + line * width
    if count < LANES:
        for lane in range(LANES):
            for j in range(count):
                total = room[places[j] * LANES + lane] + bias[channel + lane]
                images[to + lane * plane + j] = total
                check[lane] += total * np.float32(LARGE)
    for j in range(0, count, LANES):
        at = min(j, count - LANES)
        if at >= 0:
            pick(room, places, at, bias, channel, images, to + at, plane, check)
