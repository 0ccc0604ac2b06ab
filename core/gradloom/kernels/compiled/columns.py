"""What is done to the columns of a panel: LANES numbers beside each other, in rows that follow each other.

numba makes no vector code of loops over so few numbers. All arrays are indexed as if they were flat.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from gradloom.kernels.compiled.vectors import LANES, VECTOR, Lines, constant

_AT_ONCE = 4  # rows that a fold takes beside each other, as each waits for the one before


def _fold(initial: float, joined: Callable[[Lines, Any, Any], Any]) -> Callable[..., None]:
    @intrinsic
    def fold(typing: Any, panel: Any, rows: Any, out: Any) -> Any:
        """out[lane] = all of a column's numbers, joined."""

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            lines = Lines(context, builder, signature)
            panel, out = lines.data(0, args), lines.data(2, args)
            first = ir.Constant(VECTOR, [initial] * LANES)
            made = [cgutils.alloca_once_value(builder, first) for _ in range(_AT_ONCE)]

            def join(row: Any, into: Any) -> None:
                vector = lines.load(_row(lines, panel, row))
                builder.store(joined(lines, builder.load(into), vector), into)

            whole = builder.and_(args[1], constant(-_AT_ONCE))
            with cgutils.for_range_slice(builder, constant(0), whole, constant(_AT_ONCE)) as (row, _):
                for at, each in enumerate(made):
                    join(builder.add(row, constant(at)), each)
            with cgutils.for_range_slice(builder, whole, args[1], constant(1)) as (row, _):
                join(row, made[0])
            vectors = [builder.load(each) for each in made]
            lines.store(reduce(lambda one, other: joined(lines, one, other), vectors), out)
            return context.get_dummy_value()

        return types.void(panel, rows, out), generate

    made: Callable[..., None] = fold
    return made


def _row(lines: Lines, panel: Any, index: Any) -> Any:
    return lines.at(panel, lines.builder.mul(index, constant(LANES)))


def _larger(lines: Lines, one: Any, other: Any) -> Any:
    """The larger of two numbers, or the first NaN."""
    builder = lines.builder
    known, beyond = builder.fcmp_ordered("ord", one, one), builder.fcmp_unordered(">", other, one)
    return builder.select(builder.and_(known, beyond), other, one)


highest = _fold(float("-inf"), _larger)
"""Each column's largest number, or NaN where there is one."""

totals = _fold(0.0, lambda lines, one, other: lines.builder.fadd(one, other))
"""Each column's sum."""


@intrinsic
def subtract(typing: Any, panel: Any, rows: Any, row: Any) -> Any:
    """Take the same row from each row of the panel."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        panel, taken = lines.data(0, args), lines.load(lines.data(2, args))
        with cgutils.for_range(builder, args[1]) as loop:
            place = _row(lines, panel, loop.index)
            lines.store(builder.fsub(lines.load(place), taken), place)
        return context.get_dummy_value()

    return types.void(panel, rows, row), generate


@intrinsic
def weigh(typing: Any, panel: Any, rows: Any, row: Any, other: Any, out: Any) -> Any:
    """Multiply each row of the panel by the same row; out = the sums of its products with another panel."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        panel, factors, other = lines.data(0, args), lines.load(lines.data(2, args)), lines.data(3, args)
        sums = cgutils.alloca_once_value(builder, ir.Constant(VECTOR, [0.0] * LANES))
        with cgutils.for_range(builder, args[1]) as loop:
            place = _row(lines, panel, loop.index)
            made = builder.fmul(lines.load(place), factors)
            lines.store(made, place)
            beside = lines.load(_row(lines, other, loop.index))
            builder.store(lines.multiply_add(made, beside, builder.load(sums)), sums)
        lines.store(builder.load(sums), lines.data(4, args))
        return context.get_dummy_value()

    return types.void(panel, rows, row, other, out), generate


@intrinsic
def centre(typing: Any, panel: Any, rows: Any, row: Any, factors: Any) -> Any:
    """Take the same row from each row of the panel, and multiply by another panel."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        panel, taken, factors = lines.data(0, args), lines.load(lines.data(2, args)), lines.data(3, args)
        with cgutils.for_range(builder, args[1]) as loop:
            place = _row(lines, panel, loop.index)
            left = builder.fsub(lines.load(place), taken)
            lines.store(builder.fmul(left, lines.load(_row(lines, factors, loop.index))), place)
        return context.get_dummy_value()

    return types.void(panel, rows, row, factors), generate


@intrinsic
def scaled(typing: Any, source: Any, start: Any, factor: Any, out: Any, to: Any) -> Any:
    """out[to + lane] = source[start + lane] * factor."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        vector = lines.load(lines.at(lines.data(0, args), args[1]))
        factor = context.cast(builder, args[2], signature.args[2], types.float32)
        lines.store(builder.fmul(vector, lines.everywhere(factor)), lines.at(lines.data(3, args), args[4]))
        return context.get_dummy_value()

    return types.void(source, start, factor, out, to), generate
