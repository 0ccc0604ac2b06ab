"""A tile of a matrix product: sums that stay in registers while one walks through the depth.

Each step loads a vector of one operand and multiplies it by a number of the other for each position (Goto and
van de Geijn, "Anatomy of high-performance matrix multiplication", 2008). The numbers are taken where they
lie, whatever the strides: LANES products need one of them, which any cache can deliver.

Addresses are integers, so that one compiled function serves every layout; whoever passes them keeps the
arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from numba import types
from numba.extending import intrinsic

from gradloom.kernels.compiled.tiles import sums_of
from gradloom.kernels.compiled.vectors import FLOAT, INT, LANES, NOUGHT, Lines, constant, transposed

SIDE = LANES
"""Positions of a whole tile, which can be stored either way round; smaller ones have HALF and QUARTER."""

HALF, QUARTER = SIDE // 2, SIDE // 4


@intrinsic
def address(typing: Any, array: Any) -> Any:
    """Where an array's first element lies."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        made = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.ptrtoint(made.data, INT)

    return types.int64(array), generate


def _tile(positions: int) -> Callable[..., None]:
    @intrinsic
    def tile(
        typing: Any,
        numbers: Any,
        down: Any,
        deep: Any,
        vectors: Any,
        apart: Any,
        depth: Any,
        plus: Any,
        plus_pitch: Any,
        out: Any,
        pitch: Any,
        turned: Any,
        count: Any,
        lanes: Any,
    ) -> Any:
        """For the first `count` of the tile's positions i, and the first `lanes` lanes j of LANES:

            out[i * pitch + j] = plus[i * plus_pitch + j] +
                sum over k of numbers[i * down + k * deep] * vectors[k * apart + j]

        with i and j exchanged in `out` and `plus` where the tile is turned. All lanes of `vectors` are read.
        """

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            lines = Lines(context, builder, signature)
            numbers, vectors, plus, out = (pointer(builder, args[at]) for at in (0, 3, 6, 8))
            down, deep, apart, depth = (args[at] for at in (1, 2, 4, 5))
            count, lanes = args[11:]
            # Positions past the last repeat it.
            last = builder.sub(count, constant(1))
            steps = [smaller(builder, constant(i), last) for i in range(positions)]
            starts = [lines.at(numbers, builder.mul(step, down)) for step in steps]
            ahead = _Ahead(lines, numbers, down, deep)

            def terms(k: Any) -> Iterator[tuple[Any, Any]]:
                vector = lines.load(lines.at(vectors, builder.mul(k, apart)))
                offset = builder.mul(k, deep)
                for start in starts:
                    yield lines.everywhere(lines.entry(start, offset)), vector
                ahead.fetch(k)

            sums = sums_of(lines, depth, [NOUGHT] * positions, terms)
            places = plus, args[7], out, args[9]
            with builder.if_else(args[10], likely=False) as (turned, straight):
                with turned:
                    columns = transposed(lines, sums + [NOUGHT] * (LANES - positions))
                    _store(lines, columns, *places, lanes, count)
                with straight:
                    _store(lines, sums, *places, count, lanes)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 10, types.boolean, types.int64, types.int64), generate

    made: Callable[..., None] = tile
    return made


tile, half_tile, quarter_tile = (_tile(positions) for positions in (SIDE, HALF, QUARTER))


def pointer(builder: Any, place: Any) -> Any:
    return builder.inttoptr(place, FLOAT.as_pointer())


def smaller(builder: Any, one: Any, other: Any) -> Any:
    return builder.select(builder.icmp_signed("<", one, other), one, other)


class _Ahead:
    """Fetches the numbers of the next tile, a line of LANES of them at each step of this one."""

    def __init__(self, lines: Lines, numbers: Any, down: Any, deep: Any) -> None:
        builder = lines.builder
        self._lines, self._deep = lines, deep
        self._start = lines.at(numbers, builder.mul(down, constant(SIDE)))
        # Lines lie along the depth, one a position, or across it, one a step.
        self._apart = builder.select(builder.icmp_signed("==", deep, constant(1)), down, deep)

    def fetch(self, k: Any) -> None:
        builder = self._lines.builder
        line = builder.and_(k, constant(LANES - 1))
        across, along = builder.mul(line, self._apart), builder.mul(builder.sub(k, line), self._deep)
        self._lines.fetch(self._lines.at(self._start, builder.add(across, along)))


def _store(
    lines: Lines, rows: list[Any], plus: Any, plus_pitch: Any, out: Any, pitch: Any, height: Any, width: Any
) -> None:
    """Some rows and columns of the sums, mostly all, each added to what stands in `plus`."""
    builder = lines.builder
    befores = [lines.at(plus, builder.mul(plus_pitch, constant(i))) for i in range(len(rows))]
    afters = [lines.at(out, builder.mul(pitch, constant(i))) for i in range(len(rows))]
    places = list(zip(rows, befores, afters, strict=True))
    tall = builder.icmp_signed("==", height, constant(len(rows)))
    full = builder.and_(tall, builder.icmp_signed("==", width, constant(LANES)))
    with builder.if_else(full, likely=True) as (wholly, partly):
        with wholly:
            for row, before, after in places:
                lines.store(builder.fadd(lines.load(before), row), after)
        with partly:
            for i, (row, before, after) in enumerate(places):
                there = builder.icmp_signed("<", constant(i), height)
                mask = lines.first(builder.select(there, width, constant(0)))
                lines.masked_store(builder.fadd(lines.masked_load(before, mask), row), after, mask)
