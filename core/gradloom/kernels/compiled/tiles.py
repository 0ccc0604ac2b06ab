"""Sums of products, kept in registers.

`tile` keeps the sums of several positions, each of `LANES` outputs, in registers while it walks through all
that they sum over: each step loads one vector and multiplies it by one number a position. It does what the
innermost kernel of a matrix product does (Goto and van de Geijn, "Anatomy of high-performance matrix
multiplication", 2008), but finds the numbers where they lie instead of in a packed copy, as direct
convolutions do (Georganas et al., "Anatomy of high-performance deep learning convolutions on SIMD
architectures", 2018).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from gradloom.kernels.compiled.vectors import INT, LANES, VECTOR, WIDE, Lines, constant

CELLS = 6 if WIDE else 3
"""Cells of a tile, as many as the registers hold sums of."""

FEW = 4 if WIDE else 2
"""Cells of a smaller tile, for where they do not fill the large one."""

FEWER = 3 if WIDE else 1
"""Likewise."""

CELL = 4
"""Positions of a cell, which are equally far apart."""


def _tile(cells: int) -> Callable[..., None]:
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
        """For some cells from the `first`, and CELL positions j of each, the LANES sums at one row of `out`:

            out[targets[cell] + j * apart] =
                plus[(targets[cell] + j * apart) * plus_pitch] +
                sum over k of values[bases[cell] + j * step + offsets[k]] * panel[k]

        `values` and `plus` are flat, `out` and `panel` have LANES columns.
        """

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            lines = Lines(context, builder, signature)
            values, bases, offsets, panel, plus, out, targets = (
                lines.data(number, args) for number in (0, 1, 3, 4, 6, 8, 9)
            )
            first, step, plus_pitch, apart = args[2], args[5], args[7], args[10]
            length = context.make_array(signature.args[3])(context, builder, args[3]).nitems
            places = [builder.add(first, constant(cell)) for cell in range(cells)]
            starts = [lines.at(values, lines.entry(bases, cell)) for cell in places]
            steps = [builder.mul(step, constant(j)) for j in range(CELL)]
            sums = _sums(lines, starts, steps, offsets, panel, length)
            for cell, start in enumerate(places):
                target = lines.entry(targets, start)
                for j in range(CELL):
                    row = builder.add(target, builder.mul(apart, constant(j)))
                    before = lines.load(lines.at(plus, builder.mul(row, plus_pitch)))
                    total = builder.fadd(before, sums[cell * CELL + j])
                    lines.store(total, lines.at(out, builder.mul(row, constant(LANES))))
            return context.get_dummy_value()

        arguments = (values, bases, first, offsets, panel, step, plus, plus_pitch, out, targets, apart)
        return types.void(*arguments), generate

    made: Callable[..., None] = tile
    return made


tile, small_tile, smaller_tile = _tile(CELLS), _tile(FEW), _tile(FEWER)


def _sums(
    lines: Lines, starts: list[Any], steps: list[Any], offsets: Any, panel: Any, length: Any
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
    k = builder.phi(INT)
    k.add_incoming(constant(0), before)
    sums = [builder.phi(VECTOR) for _ in range(len(starts) * len(steps))]
    weights = lines.load(lines.at(panel, builder.mul(k, constant(LANES))))
    offset = lines.entry(offsets, k)
    added: list[Any] = []
    for start in starts:
        position = lines.at(start, offset)
        for step in steps:
            number = lines.everywhere(lines.entry(position, step))
            added.append(lines.multiply_add(number, weights, sums[len(added)]))
    following = builder.add(k, constant(1))
    k.add_incoming(following, loop)
    for sum_, total in zip(sums, added, strict=True):
        sum_.add_incoming(ir.Constant(VECTOR, [0.0] * LANES), before)
        sum_.add_incoming(total, loop)
    builder.cbranch(builder.icmp_signed("<", following, length), loop, after)
    builder.position_at_end(after)
    return added
