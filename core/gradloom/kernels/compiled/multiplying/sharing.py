"""Products of whole matrices, cut into pieces that cores share; the cut depends on sizes only."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

import numpy as np

from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.jit import inlined, jit_inside
from gradloom.kernels.compiled.multiplying.packing import SIZE, turn_panel
from gradloom.kernels.compiled.multiplying.tile import SIDE, address
from gradloom.kernels.compiled.multiplying.walk import Panels, Place, Sizes, multiply, shifted
from gradloom.kernels.compiled.summing import strips_of, sum_columns
from gradloom.kernels.compiled.vectors import LANES

Array = np.ndarray[Any, Any]

Job: TypeAlias = tuple[Place, Panels, Place, Place, Sizes, bool, tuple[int, int]]
"""What `multiply` needs, and into how many pieces positions and columns are cut."""

_MOST = 16  # pieces of a product, unless their sides become too long
_PART = 300_000  # multiply-adds of a piece at least
_LONGEST = 256  # positions and columns of a piece, so that the caches hold what it needs
_CACHE = 2**18  # numbers that they hold altogether
_SQUARE = 64 * 128  # sums of a piece at least where they do not, since each piece reads its share anew
_COPY = 16  # multiply-adds that copying a number takes
_FEWER = 16  # times the rows that there are columns, for rows to be packed: all cores then read all panels

_NOUGHTS = np.zeros(LANES, np.float32)
# Not as literals, whose types all differ.
_0, _1, _LANES = cast(tuple[int, int, int], (np.int64(0), np.int64(1), np.int64(LANES)))


@inlined
def matrix(array: Array, turned: bool) -> Place:
    """Where a matrix lies whose rows are dense, or its transpose."""
    pitch = max(array.strides[0] // SIZE, array.shape[1], 1)
    return (address(array), _1, pitch) if turned else (address(array), pitch, _1)


@inlined
def nothing() -> Place:
    """What is added where nothing is."""
    return address(_NOUGHTS), _0, _0


@inlined
def row(array: Array) -> Place:
    """A vector that is added to every row."""
    return address(array), _0, _1


@jit_inside
def _is_turned(a: Place, b: Place, sizes: Sizes) -> bool:
    """Whether vectors are of the first operand: only its columns are dense, or it is much smaller to pack."""
    return b[2] != 1 and (a[1] == 1 or _FEWER * sizes[0] <= sizes[2])


@jit_inside
def room_for_panels(a: Place, b: Place, sizes: Sizes) -> Array:
    """Memory for what `job` packs."""
    rows, depth, columns = sizes
    if b[2] == 1 or a[1] == 1:
        return np.empty(0, np.float32)
    packed = rows if _is_turned(a, b, sizes) else columns
    return np.empty((packed + LANES - 1) // LANES * LANES * depth, np.float32)


@jit_inside
def job(a: Place, b: Place, plus: Place, out: Place, sizes: Sizes, room: Array) -> Job:
    """out = plus + a @ b for sizes of rows, depth and columns; all is ready once this returns."""
    turned = _is_turned(a, b, sizes)
    rows, depth, columns = sizes
    if turned:
        a, b = (b[0], b[2], b[1]), (a[0], a[2], a[1])
        rows, columns = columns, rows
    panels = b[0], b[1], _LANES
    if b[2] != 1:
        panels = address(room), _LANES, depth * LANES
        _pack(b, columns, depth, room, (columns + LANES - 1) // LANES, _COPY * columns * depth)
    return a, panels, plus, out, (rows, depth, columns), turned, _cut(rows, depth, columns)


@shared
def _pack(source: Place, columns: int, depth: int, room: Array, start: int, stop: int) -> None:
    for panel in range(start, stop):
        first, _, pitch = shifted(source, 0, panel * LANES)
        lanes = min(columns - panel * LANES, LANES)
        turn_panel(first, pitch, lanes, depth, address(room) + panel * depth * LANES * SIZE)


@jit_inside
def _cut(positions: int, depth: int, columns: int) -> tuple[int, int]:
    """Into how many pieces positions and columns are cut, so that these read as little as may be."""
    tiles, panels = (positions + SIDE - 1) // SIDE, (columns + LANES - 1) // LANES
    wanted = min(_MOST, positions * depth * columns // _PART)
    if depth * (positions + columns) > _CACHE:
        wanted = min(wanted, max(positions * columns // _SQUARE, 4))
    wanted = max(wanted // 2 * 2, 1)
    best, down, across = -1, 1, 1
    for right in range(1, min(wanted, panels) + 1):
        below = min((wanted + right - 1) // right, tiles)
        read = right * positions + below * columns
        if right * below >= min(wanted, tiles * panels) and (best < 0 or read < best):
            best, down, across = read, below, right
    tall, wide = (positions + _LONGEST - 1) // _LONGEST, (columns + _LONGEST - 1) // _LONGEST
    return max(down, tall), max(across, wide)


@inlined
def _pieces(job: Job) -> int:
    down, across = job[6]
    return down * across


@inlined
def _work(job: Job) -> int:
    positions, depth, columns = job[4]
    return positions * depth * columns


@inlined
def _bound(size: int, unit: int, piece: int, pieces: int) -> int:
    """Where a piece begins, at a multiple of the unit."""
    return min((size + unit - 1) // unit * piece // pieces * unit, size)


@inlined
def _do_piece(job: Job, piece: int) -> None:
    numbers, vectors, plus, out, (positions, depth, columns), turned, (down, across) = job
    i, j = piece // across, piece % across
    if vectors[2] != _LANES and not turned:
        # Panel by panel, so that a core mostly needs those that it has packed.
        j, i = piece // down, piece % down
    top, bottom = _bound(positions, SIDE, i, down), _bound(positions, SIDE, i + 1, down)
    left, right = _bound(columns, LANES, j, across), _bound(columns, LANES, j + 1, across)
    row, column = (left, top) if turned else (top, left)
    multiply(
        *(shifted(numbers, top, 0), shifted(vectors, 0, left // LANES)),
        *(shifted(plus, row, column), shifted(out, row, column)),
        *((bottom - top, depth, right - left), turned),
    )


def _do_some(first: Job, second: Job, room: Array, given: Array, sums: Array, start: int, stop: int) -> None:
    """Some of the pieces of a job, of sums of columns, and of another job.

    The room is given so that the panels in it are kept until all is done.
    """
    before, strips = _pieces(first), strips_of(sums)
    for at in range(start, stop):
        if before <= at < before + strips:
            sum_columns(given, sums, at - before, at - before + 1)
        elif at < before:
            _do_piece(first, at)
        else:
            _do_piece(second, at - before - strips)


_do_pieces: Any = shared(_do_some, 2 * _MOST)


@inlined
def do(first: Job, second: Job, both: bool, room: Array, given: Array, sums: Array) -> None:
    """A job or both, at the same time as the sums of columns, (1, n, c) -> (1, c), if there is room."""
    count, work = _pieces(first) + strips_of(sums), _work(first) + given.size
    if both:
        count, work = count + _pieces(second), work + _work(second)
    _do_pieces(first, second, room, given, sums, count, work)
