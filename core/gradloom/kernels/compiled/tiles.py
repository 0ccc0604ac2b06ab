"""Two pieces of vector code that numba would not make of loops, written in LLVM's language.

`tile` keeps the sums of several positions, each of `LANES` outputs, in registers while it walks through all
that they sum over: each step loads one vector and multiplies it by one number a position. It does what the
innermost kernel of a matrix product does (Goto and van de Geijn, "Anatomy of high-performance matrix
multiplication", 2008), but finds the numbers where they lie instead of in a packed copy, as direct
convolutions do (Georganas et al., "Anatomy of high-performance deep learning convolutions on SIMD
architectures", 2018).
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_WIDE = bool(llvm.get_host_cpu_features().get("avx512f"))

LANES = 16 if _WIDE else 8
"""Outputs that a vector holds."""

CELLS = 6 if _WIDE else 3
"""Cells of a tile, as many as the registers hold sums of."""

CELL = 4
"""Positions of a cell, which are equally far apart."""

_float, _int, _index = ir.FloatType(), ir.IntType(64), ir.IntType(32)
_vector = ir.VectorType(_float, LANES)


class _Lines:
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
        vector = self.builder.load(self.builder.bitcast(pointer, _vector.as_pointer()))
        vector.align = 4
        return vector

    def store(self, vector: Any, pointer: Any) -> None:
        stored = self.builder.store(vector, self.builder.bitcast(pointer, _vector.as_pointer()))
        stored.align = 4

    def everywhere(self, number: Any) -> Any:
        """A vector of one number."""
        nothing = ir.Constant(_vector, ir.Undefined)
        first = self.builder.insert_element(nothing, number, ir.Constant(_index, 0))
        return self.shuffled(first, nothing, [0] * LANES)

    def shuffled(self, one: Any, other: Any, lanes: list[int]) -> Any:
        return self.builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(_index, LANES), lanes))

    def multiply_add(self, one: Any, other: Any, sum_: Any) -> Any:
        kind = ir.FunctionType(_vector, [_vector] * 3)
        fma = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.fma.v{LANES}f32")
        return self.builder.call(fma, [one, other, sum_])


def _constant(number: int) -> Any:
    return ir.Constant(_int, number)


@intrinsic
def tile(
    typing: Any,
    values: Any,
    bases: Any,
    first: Any,
    offsets: Any,
    panel: Any,
    step: Any,
    plus: Any,
    plus_pitch: Any,
    out: Any,
    targets: Any,
    apart: Any,
) -> Any:
    """For CELLS cells from the `first`, and CELL positions j of each, the LANES sums at one row of `out`:

        out[targets[cell] + j * apart] =
            plus[(targets[cell] + j * apart) * plus_pitch] +
            sum over k of values[bases[cell] + j * step + offsets[k]] * panel[k]

    `values` and `plus` are flat, `out` and `panel` have LANES columns.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = _Lines(context, builder, signature)
        values, bases, offsets, panel, plus, out, targets = (
            lines.data(number, args) for number in (0, 1, 3, 4, 6, 8, 9)
        )
        first, step, plus_pitch, apart = args[2], args[5], args[7], args[10]
        length = context.make_array(signature.args[3])(context, builder, args[3]).nitems
        cells = [builder.add(first, _constant(cell)) for cell in range(CELLS)]
        starts = [lines.at(values, lines.entry(bases, cell)) for cell in cells]
        steps = [builder.mul(step, _constant(j)) for j in range(CELL)]
        sums = _sums(lines, starts, steps, offsets, panel, length)
        for cell, start in enumerate(cells):
            target = lines.entry(targets, start)
            for j in range(CELL):
                row = builder.add(target, builder.mul(apart, _constant(j)))
                before = lines.load(lines.at(plus, builder.mul(row, plus_pitch)))
                total = builder.fadd(before, sums[cell * CELL + j])
                lines.store(total, lines.at(out, builder.mul(row, _constant(LANES))))
        return context.get_dummy_value()

    arguments = (values, bases, first, offsets, panel, step, plus, plus_pitch, out, targets, apart)
    return types.void(*arguments), generate


def _sums(
    lines: _Lines, starts: list[Any], steps: list[Any], offsets: Any, panel: Any, length: Any
) -> list[Any]:
    """A loop over k that keeps all sums in registers; the sums at its end. There must be something to sum."""
    builder = lines.builder
    before, loop, after = (
        builder.block,
        builder.append_basic_block("sum"),
        builder.append_basic_block("summed"),
    )
    builder.branch(loop)
    builder.position_at_end(loop)
    k = builder.phi(_int)
    k.add_incoming(_constant(0), before)
    sums = [builder.phi(_vector) for _ in range(len(starts) * len(steps))]
    weights = lines.load(lines.at(panel, builder.mul(k, _constant(LANES))))
    offset = lines.entry(offsets, k)
    added: list[Any] = []
    for start in starts:
        position = lines.at(start, offset)
        for step in steps:
            number = lines.everywhere(lines.entry(position, step))
            added.append(lines.multiply_add(number, weights, sums[len(added)]))
    following = builder.add(k, _constant(1))
    k.add_incoming(following, loop)
    for sum_, total in zip(sums, added, strict=True):
        sum_.add_incoming(ir.Constant(_vector, [0.0] * LANES), before)
        sum_.add_incoming(total, loop)
    builder.cbranch(builder.icmp_signed("<", following, length), loop, after)
    builder.position_at_end(after)
    return added


@intrinsic
def turn(typing: Any, source: Any, start: Any, pitch: Any, out: Any, to: Any, out_pitch: Any) -> Any:
    """Transpose LANES rows and columns: out[to + j * out_pitch + i] = source[start + i * pitch + j].

    Both arrays are row-major and indexed as if they were flat.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = _Lines(context, builder, signature)
        source, out = lines.at(lines.data(0, args), args[1]), lines.at(lines.data(3, args), args[4])
        rows = [lines.load(lines.at(source, builder.mul(args[2], _constant(i)))) for i in range(LANES)]
        half = LANES // 2
        low = [lane // 2 + lane % 2 * LANES for lane in range(LANES)]
        high = [half + lane for lane in low]
        for _ in range(LANES.bit_length() - 1):
            pairs = list(zip(rows[:half], rows[half:], strict=True))
            rows = [lines.shuffled(*pair, lanes) for pair in pairs for lanes in (low, high)]
        for j, row in enumerate(rows):
            lines.store(row, lines.at(out, builder.mul(args[5], _constant(j))))
        return context.get_dummy_value()

    return types.void(source, start, pitch, out, to, out_pitch), generate
