"""The walk through a product: panels of one operand, numbers of the other, block by block of the depth.

A block of depth is short enough for what it needs to stay in the caches. The sums of a run, which is shorter,
are added one after the other: longer runs err more than PyTorch's do.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from gradloom.kernels.compiled.jit import inlined, jit_inside
from gradloom.kernels.compiled.multiplying.packing import SIZE, copy_rows, pack_rows
from gradloom.kernels.compiled.multiplying.tile import (
    HALF,
    QUARTER,
    SIDE,
    address,
    half_tile,
    quarter_tile,
    tile,
)
from gradloom.kernels.compiled.vectors import LANES

Array = np.ndarray[Any, Any]

Place: TypeAlias = tuple[int, int, int]
"""A matrix: its address, and the steps from row to row and from column to column, in numbers."""

Panels: TypeAlias = tuple[int, int, int]
"""Columns, LANES at a time: an address, and the steps from row to row and from panel to panel, in numbers."""

Sizes: TypeAlias = tuple[int, int, int]

_BLOCK, _RUN = 576, 192
_CROWDED = 1024  # numbers; rows that are a multiple of it apart share a few places of the cache
_FAR = 512  # numbers; a walk across rows that far apart asks for another page of memory all the time
_MANY = 192  # positions or columns that are worth a copy of such rows


@inlined
def shifted(place: Place, row: int, column: int) -> Place:
    """The part of a matrix that begins there."""
    start, down, across = place
    return start + (row * down + column * across) * SIZE, down, across


@jit_inside
def multiply(numbers: Place, vectors: Panels, plus: Place, out: Place, sizes: Sizes, turned: bool) -> None:
    """out = plus + numbers @ vectors, for so many positions, depth (at least 1) and columns.

    Where the product is turned, `out` and `plus` are its transpose's. Their columns follow each other, or, in
    `plus`, are all the same. Panels that follow each other by LANES lie in a row-major matrix.
    """
    positions, depth, columns = sizes
    blocks = (depth + _BLOCK - 1) // _BLOCK
    longest = (depth + blocks - 1) // blocks
    packed = _packed_from(vectors, sizes)
    room = np.empty(max(columns - packed + LANES - 1, 0) * longest, np.float32)
    copied = numbers[1] % _CROWDED == 0 or (numbers[2] >= _FAR and columns >= _MANY)
    pitch = _loose(longest if numbers[2] == 1 else positions)
    close = np.empty(pitch * (positions if numbers[2] == 1 else longest) if copied else 0, np.float32)
    before = plus
    for block in range(blocks):
        start, stop = depth * block // blocks, depth * (block + 1) // blocks
        part = positions, stop - start, columns
        taken, given = shifted(numbers, 0, start), shifted(vectors, start, 0)
        if copied and numbers[2] == 1:
            copy_rows(taken[0], numbers[1], positions, stop - start, address(close), pitch)
            taken = address(close), pitch, 1
        elif copied:
            copy_rows(taken[0], numbers[2], stop - start, positions, address(close), pitch)
            taken = address(close), 1, pitch
        if packed < columns:
            left = given[0] + packed * SIZE
            pack_rows(left, given[1], columns - packed, stop - start, address(room))
        _panels(taken, given, packed, address(room), before, out, part, turned)
        before = out


@inlined
def _packed_from(vectors: Panels, sizes: Sizes) -> int:
    """The first column that cannot be taken where it lies, or better is not."""
    _, down, between = vectors
    positions, _, columns = sizes
    if between != LANES:
        return columns
    return 0 if positions >= _MANY and down >= _FAR else columns // LANES * LANES


@inlined
def _loose(length: int) -> int:
    """How far apart rows of a copy are, so that not all begin at the same place of the cache."""
    return (length + 2 * LANES - 1) // LANES * LANES


@inlined
def _panels(
    numbers: Place,
    vectors: Panels,
    packed: int,
    room: int,
    plus: Place,
    out: Place,
    sizes: Sizes,
    turned: bool,
) -> None:
    """All positions with one panel after the other."""
    positions, depth, columns = sizes
    for column in range(0, columns, LANES):
        panel, apart, _ = shifted(vectors, 0, column // LANES)
        if column >= packed:
            panel, apart = room + (column - packed) * depth * SIZE, LANES
        down, across = (column, 0) if turned else (0, column)
        made, before, lanes = (
            shifted(out, down, across),
            shifted(plus, down, across),
            min(columns - column, LANES),
        )
        runs = (depth + _RUN - 1) // _RUN
        for run in range(runs):
            start, stop = depth * run // runs, depth * (run + 1) // runs
            taken, given = shifted(numbers, 0, start), panel + start * apart * SIZE
            _tiles(taken, given, apart, stop - start, before, made, turned, positions, lanes)
            before = made


@inlined
def _tiles(
    numbers: Place,
    panel: int,
    apart: int,
    depth: int,
    plus: Place,
    out: Place,
    turned: bool,
    positions: int,
    lanes: int,
) -> None:
    at = 0
    while at < positions:
        left, (taken, down, deep) = positions - at, shifted(numbers, at, 0)
        row, column = (0, at) if turned else (at, 0)
        before, before_pitch, _ = shifted(plus, row, column)
        made, pitch, _ = shifted(out, row, column)
        args = taken, down, deep, panel, apart, depth, before, before_pitch, made, pitch, turned
        if left > SIDE - QUARTER:
            tile(*args, min(left, SIDE), lanes)
            at += SIDE
        elif left > QUARTER:
            half_tile(*args, min(left, HALF), lanes)
            at += HALF
        else:
            quarter_tile(*args, left, lanes)
            at += QUARTER
