"""How the tiles of a batch are done: which go together, and how much memory that takes."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from gradloom.kernels.compiled.convolving.rooms import Frame, Table, places
from gradloom.kernels.compiled.convolving.transforms import Ways
from gradloom.kernels.compiled.jit import jit_inside
from gradloom.kernels.compiled.tiles import CELL, CELLS, FEWER
from gradloom.kernels.compiled.vectors import LANES
from gradloom.kernels.windows import Sizes

_BLOCK = 120_000  # values of all that a block of tiles needs; they stay in the second-level cache
_LOADED = 6  # positions that take as long as loading the windows of one place
_MANY = 2**18  # values of transformed windows; a vector's at a time stay in the second-level cache
_ROOM = 2**22  # values of patches that a core still finds in the third-level cache
_WINDOWS = 300  # products that transforming a window takes as long as
_FEW = 1000  # tiles; with fewer, shares of them would take not much longer than transforming the windows


class Grid(NamedTuple):
    """The tiles of a batch.

    Attributes:
        down, across: tiles of an image.
        above: lines of the first tiles that lie above the image.
        rows: of tiles, of all images.
        band: rows of tiles at a time.
        shares: parts for as many threads.
    """

    down: int
    across: int
    above: int
    rows: int
    band: int
    shares: int


class Plan(NamedTuple):
    """Images, sums and tiles; `places` and `sum_places` are where lines of both lie in their rooms.

    `work` counts multiply-adds.
    """

    images: Frame
    sums: Frame
    grid: Grid
    places: Table
    sum_places: Table
    work: int


@lru_cache(maxsize=256)
def plan(
    way: Ways, count: int, channels: int, size: Sizes, outputs: int, positions: Sizes, before: tuple[int, int]
) -> Plan:
    """For `count` images of `size` and sums at `positions`.

    `before` counts the values of the first tile that lie above the image and to its left.
    """
    (height, width), (above, left) = size, before
    down, across = [-(-length // way.outs) for length in positions]
    rows = count * down
    tiles, products = rows * across, way.side**2
    at_once = products * channels * outputs > _MANY and products * channels * tiles < _ROOM
    shares = min(rows, 2 if at_once or tiles < _FEW else 8)
    share = -(-rows // shares)
    most = max(_BLOCK // (products * across * (channels + LANES)), -(-CELL * CELLS // across))
    band = (
        share if at_once else min(range(1, min(most, share) + 1), key=lambda band: _cost(share, band, across))
    )
    images = Frame(channels, height, width, left, max((across - 1) * way.step + way.span, left + width))
    sums = Frame(outputs, positions[0], positions[1], 0, across * way.outs)
    lines = min(band, down)
    return Plan(
        images,
        sums,
        Grid(down, across, above, rows, band, shares),
        places(images, lines * way.step + way.span),
        places(sums, lines * way.outs),
        tiles * products * channels * outputs,
    )


def whole(cells: int) -> int:
    """Cells enough for whole tiles of one size or another; no two of the smaller ones have CELLS - 1."""
    return max(cells, FEWER) + (FEWER > 1 and cells % CELLS == CELLS - 1)


def _cost(rows: int, band: int, across: int) -> int:
    """Of the products of so many rows of tiles, in positions."""
    blocks, rest = divmod(rows, band)
    parts = [(blocks, band * across), (1, rest * across)]
    return sum([times * (whole(-(-tiles // CELL)) * CELL + _LOADED) for times, tiles in parts if tiles])


def pays(way: Ways, count: int, positions: Sizes, products: int) -> bool:
    """Whether sums at `positions` of `count` images take less than so many products with each window."""
    down, across = [-(-length // way.outs) for length in positions]
    shares = min(count * down, 2)
    tiles = -(-count * down // shares) * across
    return shares * (whole(-(-tiles // CELL)) * CELL * way.side**2 + _WINDOWS) < products


whole_cells = jit_inside(whole)
"""`whole` for compiled code."""
