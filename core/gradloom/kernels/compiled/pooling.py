"""Windows that slide over pictures, or over sequences as pictures of one row.

Each picture is laid into a frame of padding whose rows are a whole number of strides long. What stands at one
offset along the row in every window is then evenly spaced over the whole frame, and a loop over it becomes
vector code.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.jit import inlined, jit, jit_inside
from gradloom.kernels.windows import Geometry, Sizes

Array = np.ndarray[Any, Any]

_LOWEST, _0 = np.float32(-np.inf), np.float32(0)

# What handling a value takes, in multiply-adds.
_WORK = 16


class Slide(NamedTuple):
    """How windows slide, along columns (h) and along rows (w)."""

    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    before_h: int
    before_w: int
    apart_h: int
    apart_w: int


_FOUR = Geometry((2, 2), (2, 2))


def _in_blocks(geometry: Geometry) -> bool:
    """Whether windows stand side by side, without gaps, overlap or padding, even behind the last one."""
    return geometry.kernel == geometry.stride and not geometry.is_padded and set(geometry.dilation) == {1}


def maxima(images: Array, geometry: Geometry) -> tuple[Array, Array]:
    shape = (*images.shape[:2], *geometry.output_size(images.shape[2:]))
    highest, offsets = np.empty(shape, np.float32), np.empty(shape, np.uint8)
    slide, pictures, values, numbers = _slide(geometry), _flat(images), _flat(highest), _flat(offsets)
    loop = _maxima_of_four if geometry == _FOUR else _maxima
    loop(
        *(pictures, values, numbers, slide),
        len(pictures),
        _WORK * (images.size + geometry.places * highest.size),
    )
    return highest, offsets


def spread_to_offsets(gradient: Array, offsets: Array, size: Sizes, geometry: Geometry) -> Array:
    result = np.empty((*gradient.shape[:2], *size), np.float32)
    slide, given, numbers, pictures = _slide(geometry), _flat(gradient), _flat(offsets), _flat(result)
    _spread_to_offsets(
        *(given, numbers, pictures, slide),
        len(pictures),
        _WORK * (result.size + gradient.size),
    )
    return result


def total(images: Array, geometry: Geometry) -> Array:
    sums = np.empty((*images.shape[:2], *geometry.output_size(images.shape[2:])), np.float32)
    slide, pictures, out = _slide(geometry), _flat(images), _flat(sums)
    loop = _total_of_blocks if _in_blocks(geometry) else _total
    loop(
        *(pictures, out, slide),
        len(pictures),
        _WORK * (images.size + geometry.places * sums.size),
    )
    return sums


def spread_evenly(gradient: Array, size: Sizes, geometry: Geometry) -> Array:
    result = np.empty((*gradient.shape[:2], *size), np.float32)
    slide, given, pictures = _slide(geometry), _flat(gradient), _flat(result)
    loop = _spread_over_blocks if _in_blocks(geometry) else _spread_evenly
    loop(
        *(given, pictures, slide),
        len(pictures),
        _WORK * (result.size + geometry.places * gradient.size),
    )
    return result


def _flat(images: Array) -> Array:
    """Images and channels joined; a sequence is one row."""
    n, c, *size = images.shape
    return images.reshape(n * c, *(1,) * (2 - len(size)), *size)


@lru_cache(maxsize=256)
def _slide(geometry: Geometry) -> Slide:
    before = tuple([side for side, _ in geometry.padding])
    one = len(geometry.kernel) == 1
    pairs = zip((geometry.kernel, geometry.stride, before, geometry.dilation), (1, 1, 0, 1), strict=True)
    return Slide(*[each for sizes, alone in pairs for each in ((alone, *sizes) if one else sizes)])


@jit
def _frame(rows: int, columns: int, slide: Slide) -> tuple[int, int, int]:
    """How many rows and strides along each a frame has, and how many values in all.

    Behind the last row there is room for what the last windows see of a next one.
    """
    height = (rows - 1) * slide.stride_h + (slide.kernel_h - 1) * slide.apart_h + 1
    reach = (slide.kernel_w - 1) * slide.apart_w
    steps = columns + (reach + slide.stride_w - 1) // slide.stride_w
    return height, steps, height * steps * slide.stride_w + reach


@inlined
def _at(start: int, step: int) -> np.uint64:
    """An index that is not looked at for being negative, as vector code wants it; no slice is as cheap."""
    return np.uint64(start) + np.uint64(step)


@inlined
def _lay(images: Array, picture: int, frame: Array, height: int, length: int, slide: Slide) -> None:
    """Copy what of a picture the windows see into its frame, whose rows are of this length."""
    _, rows, columns = images.shape
    flat = images.reshape(images.size)
    width = min(columns, length - slide.before_w)
    for y in range(min(rows, height - slide.before_h)):
        row = (picture * rows + y) * columns
        room = (y + slide.before_h) * length + slide.before_w
        for x in range(width):
            frame[_at(room, x)] = flat[_at(row, x)]


@inlined
def _lift(frame: Array, images: Array, picture: int, height: int, length: int, slide: Slide) -> None:
    """Copy a picture out of its frame; what no window saw is 0."""
    _, rows, columns = images.shape
    flat = images.reshape(images.size)
    width = min(columns, length - slide.before_w)
    for y in range(rows):
        row = (picture * rows + y) * columns
        room = (y + slide.before_h) * length + slide.before_w
        seen = width if y < height - slide.before_h else 0
        for x in range(seen):
            flat[_at(row, x)] = frame[_at(room, x)]
        for x in range(seen, columns):
            flat[_at(row, x)] = _0


@shared
def _maxima(images: Array, highest: Array, offsets: Array, slide: Slide, start: int, stop: int) -> None:
    _, rows, columns = highest.shape
    height, steps, size = _frame(rows, columns, slide)
    frame = np.full(size, _LOWEST, np.float32)
    best, number = np.empty(height * steps, np.float32), np.empty(height * steps, np.uint8)
    values, numbers = highest.reshape(highest.size), offsets.reshape(offsets.size)
    for picture in range(start, stop):
        _lay(images, picture, frame, height, steps * slide.stride_w, slide)
        for b in range(slide.kernel_w):
            if slide.stride_w == 1:
                _best_along(frame, 1, b * slide.apart_w, b, best, number)
            elif slide.stride_w == 2:
                _best_along(frame, 2, b * slide.apart_w, b, best, number)
            else:
                _best_along(frame, slide.stride_w, b * slide.apart_w, b, best, number)
        for i in range(rows):
            row = (picture * rows + i) * columns
            first = i * slide.stride_h * steps
            for j in range(columns):
                values[_at(row, j)] = best[_at(first, j)]
                numbers[_at(row, j)] = number[_at(first, j)]
            for a in range(1, slide.kernel_h):
                offered = first + a * slide.apart_h * steps
                shift = np.uint8(a * slide.kernel_w)
                for j in range(columns):
                    value = best[_at(offered, j)]
                    better = value > values[_at(row, j)] or value != value
                    values[_at(row, j)] = value if better else values[_at(row, j)]
                    numbers[_at(row, j)] = (
                        np.uint8(number[_at(offered, j)] + shift) if better else numbers[_at(row, j)]
                    )
            lowest = np.int32(0)
            for j in range(columns):
                lowest += np.int32(values[_at(row, j)] == _LOWEST)
            if lowest:
                _number_the_lowest(i, row, values, numbers, columns, slide)


@inlined
def _best_along(frame: Array, stride: int, shift: int, b: int, best: Array, number: Array) -> None:
    """Let every `stride`-th value, numbered `b`, be the best one where it is."""
    if b == 0:
        for k in range(len(best)):
            best[k] = frame[k * stride]
            number[k] = np.uint8(0)
    else:
        for k in range(len(best)):
            value = frame[_at(shift, k * stride)]
            better = value > best[k] or value != value
            best[k] = value if better else best[k]
            number[k] = np.uint8(b) if better else number[k]


@jit_inside
def _number_the_lowest(i: int, row: int, values: Array, numbers: Array, columns: int, slide: Slide) -> None:
    """Where nothing is above minus infinity, the first value counts that is no padding."""
    a = max(slide.before_h - i * slide.stride_h + slide.apart_h - 1, 0) // slide.apart_h
    for j in range(columns):
        if values[row + j] == _LOWEST:
            b = max(slide.before_w - j * slide.stride_w + slide.apart_w - 1, 0) // slide.apart_w
            numbers[row + j] = a * slide.kernel_w + b


@shared
def _spread_to_offsets(
    gradient: Array, offsets: Array, images: Array, slide: Slide, start: int, stop: int
) -> None:
    _, height, width = images.shape
    _, rows, columns = gradient.shape
    shifts = np.empty(slide.kernel_h * slide.kernel_w, np.int64)
    for number in range(len(shifts)):
        a, b = divmod(number, slide.kernel_w)
        shifts[number] = (a * slide.apart_h - slide.before_h) * width + b * slide.apart_w - slide.before_w
    flat, values, numbers = images.reshape(images.size), gradient.reshape(gradient.size), offsets.reshape(-1)
    size = height * width
    for picture in range(start, stop):
        for x in range(size):
            flat[_at(picture * size, x)] = _0
        for i in range(rows):
            row = (picture * rows + i) * columns
            corner = picture * size + i * slide.stride_h * width
            for j in range(columns):
                number = numbers[_at(row, j)]
                at = np.uint64(corner + j * slide.stride_w + shifts[number])
                flat[at] += values[_at(row, j)]


@shared
def _total(images: Array, sums: Array, slide: Slide, start: int, stop: int) -> None:
    _, rows, columns = sums.shape
    height, steps, size = _frame(rows, columns, slide)
    frame, along = np.zeros(size, np.float32), np.empty(height * steps, np.float32)
    found = sums.reshape(sums.size)
    for picture in range(start, stop):
        _lay(images, picture, frame, height, steps * slide.stride_w, slide)
        for k in range(len(along)):
            along[k] = frame[k * slide.stride_w]
        for b in range(1, slide.kernel_w):
            if slide.stride_w == 1:
                _add_every(frame, 1, b * slide.apart_w, along)
            elif slide.stride_w == 2:
                _add_every(frame, 2, b * slide.apart_w, along)
            else:
                _add_every(frame, slide.stride_w, b * slide.apart_w, along)
        for i in range(rows):
            row = (picture * rows + i) * columns
            first = i * slide.stride_h * steps
            for j in range(columns):
                found[_at(row, j)] = along[_at(first, j)]
            for a in range(1, slide.kernel_h):
                offered = first + a * slide.apart_h * steps
                for j in range(columns):
                    found[_at(row, j)] += along[_at(offered, j)]


@inlined
def _add_every(frame: Array, stride: int, shift: int, sums: Array) -> None:
    for k in range(len(sums)):
        sums[k] += frame[_at(shift, k * stride)]


@shared
def _spread_evenly(gradient: Array, images: Array, slide: Slide, start: int, stop: int) -> None:
    _, rows, columns = gradient.shape
    height, steps, size = _frame(rows, columns, slide)
    frame, along = np.empty(size, np.float32), np.empty(height * steps, np.float32)
    given = gradient.reshape(gradient.size)
    for picture in range(start, stop):
        along[:] = _0
        for i in range(rows):
            row = (picture * rows + i) * columns
            for a in range(slide.kernel_h):
                reached = (i * slide.stride_h + a * slide.apart_h) * steps
                for j in range(columns):
                    along[_at(reached, j)] += given[_at(row, j)]
        frame[:] = _0
        for b in range(slide.kernel_w):
            if slide.stride_w == 1:
                _add_to_every(along, 1, b * slide.apart_w, frame)
            elif slide.stride_w == 2:
                _add_to_every(along, 2, b * slide.apart_w, frame)
            else:
                _add_to_every(along, slide.stride_w, b * slide.apart_w, frame)
        _lift(frame, images, picture, height, steps * slide.stride_w, slide)


@inlined
def _add_to_every(along: Array, stride: int, shift: int, frame: Array) -> None:
    for k in range(len(along)):
        frame[_at(shift, k * stride)] += along[k]


# Windows that stand side by side need no frame.


@shared
def _maxima_of_four(
    images: Array, highest: Array, offsets: Array, slide: Slide, start: int, stop: int
) -> None:
    """For windows of two by two."""
    _, height, width = images.shape
    _, rows, columns = highest.shape
    flat, values, numbers = images.reshape(images.size), highest.reshape(highest.size), offsets.reshape(-1)
    for picture in range(start, stop):
        for i in range(rows):
            row = (picture * rows + i) * columns
            upper = (picture * height + 2 * i) * width
            lower = upper + width
            for j in range(columns):
                best, number = flat[_at(upper, 2 * j)], np.uint8(0)
                best, number = _better(flat[_at(upper, 2 * j + 1)], np.uint8(1), best, number)
                best, number = _better(flat[_at(lower, 2 * j)], np.uint8(2), best, number)
                best, number = _better(flat[_at(lower, 2 * j + 1)], np.uint8(3), best, number)
                values[_at(row, j)] = best
                numbers[_at(row, j)] = number


@inlined
def _better(
    value: np.float32, its: np.uint8, best: np.float32, number: np.uint8
) -> tuple[np.float32, np.uint8]:
    better = value > best or value != value
    return (value if better else best), (its if better else number)


@shared
def _total_of_blocks(images: Array, sums: Array, slide: Slide, start: int, stop: int) -> None:
    _, height, width = images.shape
    _, rows, columns = sums.shape
    flat, found = images.reshape(images.size), sums.reshape(sums.size)
    across = slide.kernel_w
    for picture in range(start, stop):
        for i in range(rows):
            row = (picture * rows + i) * columns
            for j in range(columns):
                found[_at(row, j)] = _0
            for a in range(slide.kernel_h):
                given = (picture * height + i * slide.kernel_h + a) * width
                if across == 2:
                    for j in range(columns):
                        found[_at(row, j)] += flat[_at(given, 2 * j)] + flat[_at(given, 2 * j + 1)]
                else:
                    for j in range(columns):
                        for b in range(across):
                            found[_at(row, j)] += flat[_at(given, j * across + b)]


@shared
def _spread_over_blocks(gradient: Array, images: Array, slide: Slide, start: int, stop: int) -> None:
    _, height, width = images.shape
    _, rows, columns = gradient.shape
    flat, given = images.reshape(images.size), gradient.reshape(gradient.size)
    across = slide.kernel_w
    for picture in range(start, stop):
        for y in range(height):
            room = (picture * height + y) * width
            row = (picture * rows + y // slide.kernel_h) * columns
            seen = columns if y < rows * slide.kernel_h else 0
            if across == 2:
                for j in range(seen):
                    flat[_at(room, 2 * j)] = given[_at(row, j)]
                    flat[_at(room, 2 * j + 1)] = given[_at(row, j)]
            else:
                for j in range(seen):
                    for b in range(across):
                        flat[_at(room, j * across + b)] = given[_at(row, j)]
            for x in range(seen * across, width):
                flat[_at(room, x)] = _0
