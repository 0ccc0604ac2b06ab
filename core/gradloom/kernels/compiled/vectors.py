"""Vector code that numba would not make of loops, written in LLVM's language."""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WIDE = bool(llvm.get_host_cpu_features().get("avx512f"))

LANES = 16 if WIDE else 8
"""Outputs that a vector holds."""

FLOAT, INT, INDEX = ir.FloatType(), ir.IntType(64), ir.IntType(32)
VECTOR = ir.VectorType(FLOAT, LANES)
NOUGHT = ir.Constant(VECTOR, [0.0] * LANES)
_MASK = ir.VectorType(ir.IntType(1), LANES)


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

    def masked_load(self, pointer: Any, mask: Any) -> Any:
        """A vector of what `mask` lets through, nought elsewhere; only that is read."""
        kind = ir.FunctionType(VECTOR, [VECTOR.as_pointer(), INDEX, _MASK, VECTOR])
        load = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.masked.load.v{LANES}f32.p0")
        place = self.builder.bitcast(pointer, VECTOR.as_pointer())
        return self.builder.call(load, [place, ir.Constant(INDEX, 4), mask, NOUGHT])

    def masked_store(self, vector: Any, pointer: Any, mask: Any) -> None:
        kind = ir.FunctionType(ir.VoidType(), [VECTOR, VECTOR.as_pointer(), INDEX, _MASK])
        store = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.masked.store.v{LANES}f32.p0")
        place = self.builder.bitcast(pointer, VECTOR.as_pointer())
        self.builder.call(store, [vector, place, ir.Constant(INDEX, 4), mask])

    def fetch(self, pointer: Any) -> None:
        """Have what lies there brought to the core's second cache; nothing happens where nothing does."""
        kind = ir.FunctionType(ir.VoidType(), [VECTOR.as_pointer(), INDEX, INDEX, INDEX])
        prefetch = cgutils.get_or_insert_function(self.builder.module, kind, "llvm.prefetch.p0")
        place = self.builder.bitcast(pointer, VECTOR.as_pointer())
        self.builder.call(prefetch, [place, *(ir.Constant(INDEX, number) for number in (0, 2, 1))])

    def first(self, count: Any) -> Any:
        """A mask that lets the first `count` lanes through."""
        many = ir.VectorType(INT, LANES)
        none = ir.Constant(many, ir.Undefined)
        one = self.builder.insert_element(none, count, ir.Constant(INDEX, 0))
        counts = self.builder.shuffle_vector(one, none, ir.Constant(ir.VectorType(INDEX, LANES), [0] * LANES))
        return self.builder.icmp_signed("<", ir.Constant(many, list(range(LANES))), counts)

    def everywhere(self, number: Any) -> Any:
        """A vector of one number."""
        nothing = ir.Constant(VECTOR, ir.Undefined)
        first = self.builder.insert_element(nothing, number, ir.Constant(INDEX, 0))
        return self.shuffled(first, nothing, [0] * LANES)

    def shuffled(self, one: Any, other: Any, lanes: list[int]) -> Any:
        return self.builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(INDEX, LANES), lanes))

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
        # Rows are short: the library's function takes as long to be called.
        whole = builder.and_(args[4], constant(-LANES))
        with cgutils.for_range_slice(builder, constant(0), whole, constant(LANES), INT) as (at, _):
            lines.store(lines.load(lines.at(source, at)), lines.at(out, at))
        rest = lines.first(builder.sub(args[4], whole))
        source, out = lines.at(source, whole), lines.at(out, whole)
        lines.masked_store(lines.masked_load(source, rest), out, rest)
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

SUMMED = 256
"""Products in a row, before what they sum to is added to the others: roundings grow less."""


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


_FOUR = 4  # lanes within which, and in blocks of which, the processor shuffles best


def transposed(lines: Lines, rows: list[Any]) -> list[Any]:
    """LANES vectors, transposed."""
    fours = [_square(lines, rows[first : first + _FOUR], 1) for first in range(0, LANES, _FOUR)]
    columns = [_square(lines, [four[j] for four in fours], _FOUR) for j in range(_FOUR)]
    return [columns[at % _FOUR][at // _FOUR] for at in range(LANES)]


def _square(lines: Lines, rows: list[Any], size: int) -> list[Any]:
    """As many blocks of `size` lanes as there are vectors, transposed, and likewise the blocks after them."""
    count = len(rows)

    def joined(first: int, parity: int) -> Any:
        """Every second block of two vectors."""
        lanes = [
            source * LANES + group + block * size + lane
            for group in range(0, LANES, count * size)
            for source in range(2)
            for block in range(parity, count, 2)
            for lane in range(size)
        ]
        return lines.shuffled(rows[first], rows[first + 1], lanes)

    for _ in range(count.bit_length() - 1):
        rows = [joined(first, parity) for parity in range(2) for first in range(0, count, 2)]
    return rows


@intrinsic
def turn(typing: Any, source: Any, start: Any, pitch: Any, out: Any, to: Any, out_pitch: Any) -> Any:
    """Transpose LANES rows and columns: out[to + j * out_pitch + i] = source[start + i * pitch + j].

    Both arrays are row-major and indexed as if they were flat.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        source, out = lines.at(lines.data(0, args), args[1]), lines.at(lines.data(3, args), args[4])
        rows = [lines.load(lines.at(source, builder.mul(args[2], constant(i)))) for i in range(LANES)]
        for j, row in enumerate(transposed(lines, rows)):
            lines.store(row, lines.at(out, builder.mul(args[5], constant(j))))
        return context.get_dummy_value()

    return types.void(source, start, pitch, out, to, out_pitch), generate


@intrinsic
def deal(typing: Any, source: Any, start: Any, pitch: Any, out: Any, to: Any, places: Any, first: Any) -> Any:
    """`turn` to rows at any places:

    out[to + places[first + j] * LANES + i] = source[start + i * pitch + j]
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        source, out = lines.at(lines.data(0, args), args[1]), lines.at(lines.data(3, args), args[4])
        rows = [lines.load(lines.at(source, builder.mul(args[2], constant(i)))) for i in range(LANES)]
        for row, place in zip(transposed(lines, rows), _places(lines, args, 5), strict=True):
            lines.store(row, lines.at(out, place))
        return context.get_dummy_value()

    return types.void(source, start, pitch, out, to, places, first), generate


LARGE = 2.0**96
"""Its product with what is beyond 2 ** 32 is infinite."""


@intrinsic
def pick(
    typing: Any,
    source: Any,
    places: Any,
    first: Any,
    plus: Any,
    at: Any,
    out: Any,
    to: Any,
    pitch: Any,
    check: Any,
) -> Any:
    """`turn` from rows at any places, with something added to all of them:

        out[to + i * pitch + j] = source[places[first + j] * LANES + i] + plus[at + i]

    Afterwards `check`, a vector, is not finite where one of the sums was infinite, NaN or beyond 2 ** 32.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        source, check = lines.data(0, args), lines.data(8, args)
        out = lines.at(lines.data(5, args), args[6])
        added = lines.load(lines.at(lines.data(3, args), args[4]))
        rows = [builder.fadd(lines.load(lines.at(source, place)), added) for place in _places(lines, args, 1)]
        large, checked = ir.Constant(VECTOR, [LARGE] * LANES), lines.load(check)
        for row in rows:
            checked = lines.multiply_add(row, large, checked)
        lines.store(checked, check)
        for i, row in enumerate(transposed(lines, rows)):
            lines.store(row, lines.at(out, builder.mul(args[7], constant(i))))
        return context.get_dummy_value()

    return types.void(source, places, first, plus, at, out, to, pitch, check), generate


def _places(lines: Lines, args: Any, number: int) -> list[Any]:
    """Where the next LANES rows lie, from the table in argument `number` and the index after it."""
    table = lines.at(lines.data(number, args), args[number + 1])
    return [lines.builder.mul(lines.entry(table, constant(j)), constant(LANES)) for j in range(LANES)]
