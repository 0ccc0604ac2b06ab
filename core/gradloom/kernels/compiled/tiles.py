"""Sums of products, kept in registers.

`tile` keeps the sums of several positions, each of `LANES` outputs, in registers while it walks through all
that they sum over: each step loads one vector and multiplies it by one number a position. It does what the
innermost kernel of a matrix product does (Goto and van de Geijn, "Anatomy of high-performance matrix
multiplication", 2008), but finds the numbers where they lie instead of in a packed copy, as direct
convolutions do (Georganas et al., "Anatomy of high-performance deep learning convolutions on SIMD
architectures", 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from gradloom.kernels.compiled.vectors import INT, LANES, NOUGHT, VECTOR, WIDE, Lines, constant

CELLS = 6 if WIDE else 3
"""Cells of a tile, as many as the registers hold sums of."""

FEW = 4 if WIDE else 2
"""Cells of a smaller tile, for where they do not fill the large one."""

FEWER = 3 if WIDE else 1
"""Likewise."""

CELL = 4
"""Positions of a cell, which are equally far apart."""


def _sum_cells(lines: Lines, args: Any, cells: int, first: Any) -> None:
    """Write the code of a tile of so many cells."""
    builder = lines.builder
    bases, targets = lines.data(2, args), lines.data(15, args)
    values, offsets, plus = (lines.at(lines.data(at, args), args[at + 1]) for at in (0, 4, 10))
    panel, out = lines.data(7, args), lines.data(13, args)
    begin, end, step, plus_pitch, row, apart = (args[at] for at in (5, 6, 9, 12, 14, 16))
    panel = lines.at(panel, builder.mul(builder.add(args[8], begin), constant(LANES)))
    places = [builder.add(first, constant(cell)) for cell in range(cells)]
    starts = [lines.at(values, lines.entry(bases, cell)) for cell in places]
    steps = [builder.mul(step, constant(j)) for j in range(CELL)]

    def terms(k: Any) -> Iterator[tuple[Any, Any]]:
        weights = lines.load(lines.at(panel, builder.mul(k, constant(LANES))))
        offset = lines.entry(offsets, k)
        for start in starts:
            yield from _numbers(lines, lines.at(start, offset), steps, weights)

    sums = sums_of(lines, builder.sub(end, begin), [NOUGHT] * (cells * CELL), terms)
    for cell, start in enumerate(places):
        target = builder.add(row, lines.entry(targets, start))
        for j in range(CELL):
            at = builder.add(target, builder.mul(apart, constant(j)))
            before = lines.load(lines.at(plus, builder.mul(at, plus_pitch)))
            total = builder.fadd(before, sums[cell * CELL + j])
            lines.store(total, lines.at(out, builder.mul(at, constant(LANES))))


def _tile(cells: int) -> Callable[..., None]:
    @intrinsic
    def tile(
        typing: Any,
        values: Any,
        start: Any,
        bases: Any,
        first: Any,
        offsets: Any,
        begin: Any,
        end: Any,
        panel: Any,
        panel_row: Any,
        step: Any,
        plus: Any,
        plus_start: Any,
        plus_pitch: Any,
        out: Any,
        row: Any,
        targets: Any,
        apart: Any,
    ) -> Any:
        """For some cells from the `first`, and CELL positions j of each, the LANES sums at one row of `out`:

            at = row + targets[cell] + j * apart
            out[at] = plus[plus_start + at * plus_pitch] +
                sum over k from begin to end of
                values[start + bases[cell] + j * step + offsets[k]] * panel[panel_row + k]

        Arrays are indexed as if they were flat, `out` and `panel` in rows of LANES. Places are numbers, not
        slices, which cost as much as dozens of products.
        """

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            _sum_cells(Lines(context, builder, signature), args, cells, args[3])
            return context.get_dummy_value()

        given = (
            *(values, start, bases, first, offsets, begin, end, panel, panel_row, step),
            *(plus, plus_start, plus_pitch, out, row, targets, apart),
        )
        return types.void(*given), generate

    made: Callable[..., None] = tile
    return made


tile, smaller_tile = _tile(CELLS), _tile(FEWER)


@intrinsic
def tiles(
    typing: Any,
    values: Any,
    start: Any,
    bases: Any,
    count: Any,
    offsets: Any,
    begin: Any,
    end: Any,
    panel: Any,
    panel_row: Any,
    step: Any,
    plus: Any,
    plus_start: Any,
    plus_pitch: Any,
    out: Any,
    row: Any,
    targets: Any,
    apart: Any,
) -> Any:
    """`tile` for the first `count` cells, in tiles of all sizes, of which no two have CELLS - 1 cells."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines, place = Lines(context, builder, signature), cgutils.alloca_once_value(builder, constant(0))

        def take(cells: int) -> None:
            _sum_cells(lines, args, cells, first)
            builder.store(builder.add(first, constant(cells)), place)

        loop, after = builder.append_basic_block("cells"), builder.append_basic_block("no_cells")
        builder.cbranch(builder.icmp_signed(">", args[3], constant(0)), loop, after)
        builder.position_at_end(loop)
        first = builder.load(place)
        left = builder.sub(args[3], first)
        whole = builder.icmp_signed("==", left, constant(CELLS))
        more = builder.icmp_signed(">=", left, constant(CELLS + FEWER))
        with builder.if_else(builder.or_(whole, more)) as (large, otherwise):
            with large:
                take(CELLS)
            with otherwise, builder.if_else(builder.icmp_signed(">=", left, constant(FEW))) as (small, least):
                with small:
                    take(FEW)
                with least:
                    take(FEWER)
        some = builder.icmp_signed("<", builder.load(place), args[3])
        builder.cbranch(some, loop, after)
        builder.position_at_end(after)
        return context.get_dummy_value()

    given = (
        *(values, start, bases, count, offsets, begin, end, panel, panel_row, step),
        *(plus, plus_start, plus_pitch, out, row, targets, apart),
    )
    return types.void(*given), generate


def _strip(rows: int) -> Callable[..., None]:
    @intrinsic
    def strip(
        typing: Any,
        a: Any,
        first: Any,
        down: Any,
        along: Any,
        b: Any,
        start: Any,
        pitch: Any,
        length: Any,
        out: Any,
        to: Any,
        out_pitch: Any,
        kept: Any,
    ) -> Any:
        """LANES columns of some rows of a matrix product, where `length` > 0:

            out[to + i * out_pitch + lane] = kept * out[to + i * out_pitch + lane] +
                sum over k of a[first + i * down + k * along] * b[start + k * pitch + lane]

        All arrays are indexed as if they were flat; `kept` is a bool.
        """

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            lines = Lines(context, builder, signature)
            a, b, out = (lines.at(lines.data(at, args), args[at + 1]) for at in (0, 4, 8))
            down, along, pitch, length, out_pitch, kept = (args[at] for at in (2, 3, 6, 7, 10, 11))
            starts = [lines.at(a, builder.mul(down, constant(i))) for i in range(0, rows, CELL)]
            steps = [builder.mul(down, constant(j)) for j in range(CELL)]
            targets = [lines.at(out, builder.mul(out_pitch, constant(i))) for i in range(rows)]
            before = [builder.select(kept, lines.load(target), NOUGHT) for target in targets]

            def terms(k: Any) -> Iterator[tuple[Any, Any]]:
                columns = lines.load(lines.at(b, builder.mul(k, pitch)))
                for start in starts:
                    yield from _numbers(lines, lines.at(start, builder.mul(k, along)), steps, columns)

            for total, target in zip(sums_of(lines, length, before, terms), targets, strict=True):
                lines.store(total, target)
            return context.get_dummy_value()

        arguments = (a, first, down, along, b, start, pitch, length, out, to, out_pitch, kept)
        return types.void(*arguments), generate

    made: Callable[..., None] = strip
    return made


ROWS = 16 if WIDE else 8
"""Rows of a strip, which are enough for a multiplication to begin before the last has ended."""

strip, narrow_strip = _strip(ROWS), _strip(CELL)


def _numbers(lines: Lines, position: Any, steps: list[Any], vector: Any) -> Iterator[tuple[Any, Any]]:
    """The number at each step from a position, in all lanes, beside the vector that it is multiplied by."""
    for step in steps:
        yield lines.everywhere(lines.entry(position, step)), vector


def sums_of(
    lines: Lines, length: Any, before: list[Any], terms: Callable[[Any], Iterator[tuple[Any, Any]]]
) -> list[Any]:
    """A loop over k < length, which is positive, that adds products in registers; the sums at its end.

    `terms(k)` writes code that finds the two factors for each sum.
    """
    builder = lines.builder
    entry, loop, after = (
        builder.block,
        builder.append_basic_block("sum"),
        builder.append_basic_block("summed"),
    )
    builder.branch(loop)
    builder.position_at_end(loop)
    k = builder.phi(INT)
    k.add_incoming(constant(0), entry)
    sums = [builder.phi(VECTOR) for _ in before]
    added = [lines.multiply_add(*pair, sum_) for sum_, pair in zip(sums, terms(k), strict=True)]
    following = builder.add(k, constant(1))
    k.add_incoming(following, loop)
    for sum_, first, total in zip(sums, before, added, strict=True):
        sum_.add_incoming(first, entry)
        sum_.add_incoming(total, loop)
    builder.cbranch(builder.icmp_signed("<", following, length), loop, after)
    builder.position_at_end(after)
    return added
