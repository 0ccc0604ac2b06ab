"""Vector code that numba would not make of loops, written in LLVM's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WIDE = bool(llvm.get_host_cpu_features().get("avx512f"))

LANES = 16 if WIDE else 8
"""Outputs that a vector holds."""

FLOAT, INT, INDEX = ir.FloatType(), ir.IntType(64), ir.IntType(32)
VECTOR = ir.VectorType(FLOAT, LANES)


class Lines:
    """Writes code at one place of a function."""

    def __init__(self, context: Any, builder: Any, signature: Any) -> None:
        self._context, self._signature = context, signature
        self.builder = builder

    def data(self, number: int, args: Any) -> Any:
        """Where the values of the array in argument `number` lie."""
        array = self._context.make_array(self._signature.args[number])
        return array(self._context, self.builder, args[number]).data

    def at(self, pointer: Any, index: Any) -> Any:
        return self.builder.gep(pointer, [index])

    def entry(self, pointer: Any, index: Any) -> Any:
        """The number at an index."""
        return self.builder.load(self.at(pointer, index))

    def load(self, pointer: Any) -> Any:
        """A vector from any address."""
        vector = self.builder.load(self.builder.bitcast(pointer, VECTOR.as_pointer()))
        vector.align = 4
        return vector

    def store(self, vector: Any, pointer: Any) -> None:
        stored = self.builder.store(vector, self.builder.bitcast(pointer, VECTOR.as_pointer()))
        stored.align = 4

    def everywhere(self, number: Any) -> Any:
        """A vector of one number."""
        nothing = ir.Constant(VECTOR, ir.Undefined)
        first = self.builder.insert_element(nothing, number, ir.Constant(INDEX, 0))
        return self.shuffled(first, nothing, [0] * LANES)

    def shuffled(self, one: Any, other: Any, lanes: list[int]) -> Any:
        return self.builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(INDEX, LANES), lanes))

    def combined(self, matrix: Sequence[Sequence[float]], vectors: Sequence[Any]) -> list[Any]:
        """The matrix times a column of vectors; its entries are 0, 1, -1 or rarely something else."""
        return [self._combination(row, vectors) for row in matrix]

    def _combination(self, factors: Sequence[float], vectors: Sequence[Any]) -> Any:
        builder, total = self.builder, None
        for factor, vector in zip(factors, vectors, strict=True):
            if factor and abs(factor) != 1:
                vector = builder.fmul(vector, ir.Constant(VECTOR, [abs(factor)] * LANES))
            if factor and total is None:
                total = vector if factor > 0 else builder.fsub(ir.Constant(VECTOR, [-0.0] * LANES), vector)
            elif factor:
                total = builder.fadd(total, vector) if factor > 0 else builder.fsub(total, vector)
        return total

    def multiply_add(self, one: Any, other: Any, sum_: Any) -> Any:
        kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
        fma = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.fma.v{LANES}f32")
        return self.builder.call(fma, [one, other, sum_])


def constant(number: int) -> Any:
    return ir.Constant(INT, number)


@intrinsic
def copy(typing: Any, source: Any, start: Any, out: Any, to: Any, count: Any) -> Any:
    """out[to : to + count] = source[start : start + count], of flat arrays that do not overlap."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        source, out = lines.at(lines.data(0, args), args[1]), lines.at(lines.data(2, args), args[3])
        cgutils.raw_memcpy(builder, out, source, args[4], 4)
        return context.get_dummy_value()

    return types.void(source, start, out, to, count), generate


@intrinsic
def part(typing: Any, source: Any, start: Any, even: Any, even_to: Any, odd: Any, odd_to: Any) -> Any:
    """Deal the next 2 * LANES values to the next LANES of `even` and of `odd`; all are flat."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        source = lines.at(lines.data(0, args), args[1])
        first, second = lines.load(source), lines.load(lines.at(source, constant(LANES)))
        for parity, out in enumerate((2, 4)):
            dealt = lines.shuffled(first, second, list(range(parity, 2 * LANES, 2)))
            lines.store(dealt, lines.at(lines.data(out, args), args[out + 1]))
        return context.get_dummy_value()

    return types.void(source, start, even, even_to, odd, odd_to), generate


@intrinsic
def join(typing: Any, even: Any, even_at: Any, odd: Any, odd_at: Any, out: Any, to: Any) -> Any:
    """The opposite of `part`: the next LANES of both make the next 2 * LANES of `out`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        one, other = (lines.load(lines.at(lines.data(at, args), args[at + 1])) for at in (0, 2))
        out = lines.at(lines.data(4, args), args[5])
        for half in range(2):
            order = [half * LANES // 2 + lane // 2 + lane % 2 * LANES for lane in range(LANES)]
            lines.store(lines.shuffled(one, other, order), lines.at(out, constant(half * LANES)))
        return context.get_dummy_value()

    return types.void(even, even_at, odd, odd_at, out, to), generate


RUN = 4 * LANES
"""Sums that `slide` makes at once."""


@intrinsic
def slide(
    typing: Any, values: Any, start: Any, offsets: Any, weights: Any, before: Any, out: Any, to: Any
) -> Any:
    """out[to + i] = before + sum over k of values[start + i + offsets[k]] * weights[k], for RUN numbers i."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        values, out = lines.at(lines.data(0, args), args[1]), lines.at(lines.data(5, args), args[6])
        offsets, weights = lines.data(2, args), lines.data(3, args)
        length = context.make_array(signature.args[2])(context, builder, args[2]).nitems
        places = [constant(first) for first in range(0, RUN, LANES)]
        sums = [cgutils.alloca_once_value(builder, lines.everywhere(args[4])) for _ in places]
        with cgutils.for_range(builder, length) as loop:
            source = lines.at(values, lines.entry(offsets, loop.index))
            weight = lines.everywhere(lines.entry(weights, loop.index))
            for sum_, place in zip(sums, places, strict=True):
                vector = lines.load(lines.at(source, place))
                builder.store(lines.multiply_add(vector, weight, builder.load(sum_)), sum_)
        for sum_, place in zip(sums, places, strict=True):
            lines.store(builder.load(sum_), lines.at(out, place))
        return context.get_dummy_value()

    return types.void(values, start, offsets, weights, before, out, to), generate


@intrinsic
def turn(typing: Any, source: Any, start: Any, pitch: Any, out: Any, to: Any, out_pitch: Any) -> Any:
    """Transpose LANES rows and columns: out[to + j * out_pitch + i] = source[start + i * pitch + j].

    Both arrays are row-major and indexed as if they were flat.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        source, out = lines.at(lines.data(0, args), args[1]), lines.at(lines.data(3, args), args[4])
        rows = [lines.load(lines.at(source, builder.mul(args[2], constant(i)))) for i in range(LANES)]
        half = LANES // 2
        low = [lane // 2 + lane % 2 * LANES for lane in range(LANES)]
        high = [half + lane for lane in low]
        for _ in range(LANES.bit_length() - 1):
            pairs = list(zip(rows[:half], rows[half:], strict=True))
            rows = [lines.shuffled(*pair, lanes) for pair in pairs for lanes in (low, high)]
        for j, row in enumerate(rows):
            lines.store(row, lines.at(out, builder.mul(args[5], constant(j))))
        return context.get_dummy_value()

    return types.void(source, start, pitch, out, to, out_pitch), generate


def sandwich(matrix: Sequence[Sequence[float]]) -> Callable[..., None]:
    """Code that multiplies a small square by `matrix` from the left, and by its transpose from the right.

    The square's elements are vectors. Row i begins at `i // 2 * down`, and `odd_down` further where i is odd;
    likewise the columns. The result's rows are `out_down` apart, its columns `out_across`.
    """
    rows, size = np.shape(matrix)

    @intrinsic
    def transform(
        typing: Any,
        source: Any,
        start: Any,
        odd_down: Any,
        down: Any,
        odd_across: Any,
        across: Any,
        out: Any,
        to: Any,
        out_down: Any,
        out_across: Any,
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            lines = Lines(context, builder, signature)
            source, out = lines.at(lines.data(0, args), args[1]), lines.at(lines.data(6, args), args[7])
            downs = [_paired(builder, i, args[2], args[3]) for i in range(size)]
            acrosses = [_paired(builder, j, args[4], args[5]) for j in range(size)]
            square = [
                [lines.load(lines.at(source, builder.add(down, across))) for down in downs]
                for across in acrosses
            ]
            left = [lines.combined(matrix, column) for column in square]
            for i in range(rows):
                for j, vector in enumerate(lines.combined(matrix, [column[i] for column in left])):
                    down, across = builder.mul(args[8], constant(i)), builder.mul(args[9], constant(j))
                    lines.store(vector, lines.at(out, builder.add(down, across)))
            return context.get_dummy_value()

        given = (source, start, odd_down, down, odd_across, across, out, to, out_down, out_across)
        return types.void(*given), generate

    made: Callable[..., None] = transform
    return made


def _paired(builder: Any, index: int, odd: Any, pair: Any) -> Any:
    even = builder.mul(pair, constant(index // 2))
    return builder.add(even, odd) if index % 2 else even
