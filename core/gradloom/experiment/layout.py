"""A place for every node: columns from left to right, as few crossings as a few quick sweeps give.

A long network is folded like lines of text, where a single wire leads on, so that all of it can be read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final, TypeAlias

from gradloom.experiment.document import Document
from gradloom.experiment.graph import topological_order

GRID: Final = 8
COLUMN: Final = 232
"""Pixels from column to column: a node of 176, and room for a wire with its shape."""
ROW: Final = 96
"""Pixels from row to row: a node of 64, and room between two."""

BAND: Final = 128
"""Pixels from the lowest row of a band to the highest of the next: room for the wire that leads on."""
MOST_COLUMNS: Final = 5
"""So many columns stand beside each other and can still be read in a window of common size."""

_SWEEPS: Final = 4
_LONGEST_LANE: Final = 16

Lane: TypeAlias = tuple[str, str, int]
"""A long wire's place in a column that it passes (source, target, column), to keep nodes out of its way."""

Item: TypeAlias = str | Lane


def arrange(document: Document) -> dict[str, tuple[float, float]]:
    """A position in pixels for each node, on an 8 px grid, so that wires run from left to right.

    Each node stands in the column behind its last source. Within a column, nodes are ordered by the
    barycentre of their neighbours (Sugiyama, Tagawa and Toda, 1981). Apart from sorting the columns, time
    grows linearly with nodes and wires. Columns that do not fit beside each other go into a next band below.
    """
    sources = _sources(document)
    order = _complete_order(document, sources)
    depth = _depths(order, sources)
    columns: list[list[Item]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in order:
        columns[depth[node]].append(node)
    before, after = _neighbours(order, sources, depth, columns)
    _sort_columns(columns, before, after)
    positions: dict[str, tuple[float, float]] = {}
    middle = below = 0.0
    for band in _bands(columns, after):
        rows = max(len(column) for column in band)
        half = _height(rows - 1, rows)
        if positions:
            middle += below + BAND + half
        below = half
        for number, column in enumerate(band):
            for row, item in enumerate(column):
                if isinstance(item, str):
                    positions[item] = (float(number * COLUMN), middle + _height(row, len(column)))
    return positions


def _bands(columns: list[list[Item]], after: Mapping[Item, list[Item]]) -> Iterator[list[list[Item]]]:
    """The columns in groups of similar length, cut only where one wire leads from a group to the next."""
    length = math.ceil(len(columns) / max(1, math.ceil(len(columns) / MOST_COLUMNS)))
    ends = [end for end, column in enumerate(columns, 1) if sum(len(after[item]) for item in column) == 1]
    start = 0
    for end, later in pairwise((*ends, len(columns))):
        if end - start >= length or (later - start > length and end > start + 1):
            yield columns[start:end]
            start = end
    if columns:
        yield columns[start:]


def _sources(document: Document) -> dict[str, list[str]]:
    """The nodes before each node; wires that hang in the air are left out."""
    sources: dict[str, list[str]] = {node: [] for node in document.nodes}
    for wire in document.wires:
        if wire.source in sources and wire.target in sources:
            sources[wire.target].append(wire.source)
    return sources


def _complete_order(document: Document, sources: dict[str, list[str]]) -> list[str]:
    """All nodes in topological order; wires that close a cycle are removed from `sources`."""
    order = list(topological_order(document.nodes, sources))
    placed = set(order)
    for node in document.nodes:
        if node not in placed:
            sources[node] = [source for source in sources[node] if source in placed]
            order.append(node)
            placed.add(node)
    return order


def _depths(order: Iterable[str], sources: Mapping[str, Iterable[str]]) -> dict[str, int]:
    depth: dict[str, int] = {}
    for node in order:
        depth[node] = max((depth[source] + 1 for source in sources[node]), default=0)
    return depth


def _neighbours(
    order: Iterable[str],
    sources: Mapping[str, Iterable[str]],
    depth: Mapping[str, int],
    columns: list[list[Item]],
) -> tuple[dict[Item, list[Item]], dict[Item, list[Item]]]:
    """What stands before and after each item; long wires get lanes, which are put into `columns`."""
    before: dict[Item, list[Item]] = {node: [] for node in order}
    after: dict[Item, list[Item]] = {node: [] for node in order}
    for node in order:
        for source in sources[node]:
            path: list[Item] = [source]
            passed = range(depth[source] + 1, depth[node])
            for number in passed if len(passed) <= _LONGEST_LANE else ():
                lane = (source, node, number)
                if lane not in before:
                    before[lane], after[lane] = [], []
                    columns[number].append(lane)
                path.append(lane)
            for left, right in zip(path, [*path[1:], node], strict=True):
                before[right].append(left)
                after[left].append(right)
    return before, after


def _sort_columns(
    columns: list[list[Item]], before: Mapping[Item, list[Item]], after: Mapping[Item, list[Item]]
) -> None:
    """Order each column by its neighbours, from left to right and back again a few times."""
    height = {item: _height(row, len(column)) for column in columns for row, item in enumerate(column)}

    def barycentre(item: Item, around: list[Item]) -> float:
        return sum(height[other] for other in around) / len(around) if around else height[item]

    for sweep in range(_SWEEPS):
        neighbours = after if sweep % 2 else before
        for column in reversed(columns) if sweep % 2 else columns:
            wanted = {item: barycentre(item, neighbours[item]) for item in column}
            column.sort(key=wanted.__getitem__)
            height.update((item, _height(row, len(column))) for row, item in enumerate(column))


def _height(row: int, rows: int) -> float:
    """The row's place in a column that is centred on 0."""
    height = ROW * (row - (rows - 1) / 2)
    return float(round(height / GRID) * GRID)
