"""Copies of parts of matrices: panels, whose vectors follow each other, and blocks whose rows lie close."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from gradloom.kernels.compiled.jit import jit_inside
from gradloom.kernels.compiled.multiplying.tile import pointer, smaller
from gradloom.kernels.compiled.vectors import LANES, Lines, constant, transposed

SIZE = 4
"""Bytes of a number."""


@jit_inside
def pack_rows(source: int, pitch: int, columns: int, depth: int, out: int) -> None:
    """Panels of rows: out[panel][k][lane] = source[k * pitch + panel * LANES + lane]."""
    for k in range(depth):
        for first in range(0, columns, LANES):
            made = out + (first * depth + k * LANES) * SIZE
            _copy_row(source + (k * pitch + first) * SIZE, min(columns - first, LANES), made)


@jit_inside
def turn_panel(source: int, pitch: int, lanes: int, depth: int, out: int) -> None:
    """A panel of the transpose of up to LANES rows: out[k][lane] = source[lane * pitch + k]."""
    if depth < LANES:
        for k in range(depth):
            for lane in range(LANES):
                number = source + (min(lane, lanes - 1) * pitch + k) * SIZE
                _copy_number(number, out + (k * LANES + lane) * SIZE)
        return
    for k in range(0, depth - LANES, LANES):
        _turn_rows(source + k * SIZE, pitch, lanes - 1, out + k * LANES * SIZE)
    # The last columns once more, rather than some that are not there.
    k = depth - LANES
    _turn_rows(source + k * SIZE, pitch, lanes - 1, out + k * LANES * SIZE)


@jit_inside
def copy_rows(source: int, pitch: int, rows: int, columns: int, out: int, out_pitch: int) -> None:
    """out[row * out_pitch + column] = source[row * pitch + column]; fewer than LANES more are cleared."""
    for row in range(rows):
        given, made = source + row * pitch * SIZE, out + row * out_pitch * SIZE
        for column in range(0, columns, LANES):
            _copy_row(given + column * SIZE, min(columns - column, LANES), made + column * SIZE)


@intrinsic
def _turn_rows(typing: Any, source: Any, pitch: Any, last: Any, out: Any) -> Any:
    """Transpose LANES columns: out[k * LANES + i] = source[min(i, last) * pitch + k], for LANES rows i."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        source, out = pointer(builder, args[0]), pointer(builder, args[3])
        steps = [builder.mul(smaller(builder, constant(i), args[2]), args[1]) for i in range(LANES)]
        for k, column in enumerate(transposed(lines, [lines.load(lines.at(source, step)) for step in steps])):
            lines.store(column, lines.at(out, constant(k * LANES)))
        return context.get_dummy_value()

    return types.void(*[types.int64] * 4), generate


@intrinsic
def _copy_row(typing: Any, source: Any, lanes: Any, out: Any) -> Any:
    """out[:LANES] = source[:lanes], filled up with noughts."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        source, out = pointer(builder, args[0]), pointer(builder, args[2])
        whole = builder.icmp_signed("==", args[1], constant(LANES))
        with builder.if_else(whole, likely=True) as (wholly, partly):
            with wholly:
                lines.store(lines.load(source), out)
            with partly:
                lines.store(lines.masked_load(source, lines.first(args[1])), out)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 3), generate


@intrinsic
def _copy_number(typing: Any, source: Any, out: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(builder.load(pointer(builder, args[0])), pointer(builder, args[1]))
        return context.get_dummy_value()

    return types.void(source, out), generate
