"""The schemes' matrices applied to squares of vectors, in vector code."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from gradloom.kernels.compiled.convolving.schemes import Matrix, Scheme, backward, forward, transposed
from gradloom.kernels.compiled.jit import jit_inside
from gradloom.kernels.compiled.vectors import LANES, VECTOR, Lines, constant

Array = np.ndarray[Any, Any]

_MATRICES: list[Matrix] = []


class Ways(NamedTuple):
    """A scheme for both dimensions, and which number `transform` knows its matrices by.

    Attributes:
        side: products of a tile along one dimension.
        span, step, before: values of a tile, as `Scheme` has them.
        outs: of a tile.
        sums, window, values: A, G and B.
        given, weights: A' and G', which only the way forward needs.
    """

    side: int
    span: int
    step: int
    before: int
    outs: int
    sums: int
    window: int
    values: int
    given: int
    weights: int


def _ways(scheme: Scheme, backward: bool = False) -> Ways:
    sums, window, values = scheme.sums, scheme.window, scheme.values
    known = [_number(matrix) for matrix in (sums, window, values)]
    known += [-1 if backward else _number(transposed(matrix)) for matrix in (sums, window)]
    return Ways(len(window), len(values[0]), scheme.step, scheme.before, len(sums), *known)


def _number(matrix: Matrix) -> int:
    if matrix not in _MATRICES:
        _MATRICES.append(matrix)
    return _MATRICES.index(matrix)


FORWARD = {(3, 1): _ways(forward(3, 1, 4)), (3, 2): _ways(forward(3, 2, 4)), (4, 2): _ways(forward(4, 2, 4))}
"""By taps and stride."""

BACKWARD = {
    (taps, stride, padding): _ways(backward(taps, stride, 4 * stride, padding), backward=True)
    for taps, stride in FORWARD
    for padding in range(stride)
}
"""By taps, stride and the padding's remainder."""


def _between(
    lines: Lines, matrix: Matrix, source: Any, steps: Sequence[Any], out: Any, out_steps: Sequence[Any]
) -> None:
    """Columns first, then rows; LLVM unrolls these loops, in less time than it takes for code without."""
    builder, rows, size = lines.builder, len(matrix), len(matrix[0])
    held = cgutils.alloca_once(builder, VECTOR, size=rows * size)

    def place(pointer: Any, i: Any, j: Any, steps: Sequence[Any]) -> Any:
        down, across = (builder.mul(step, at) for step, at in zip(steps, (i, j), strict=True))
        return lines.at(pointer, builder.add(down, across))

    def do_column(j: Any) -> None:
        column = [lines.load(place(source, constant(i), j, steps)) for i in range(size)]
        for i, vector in enumerate(_combined(lines, matrix, column)):
            builder.store(vector, lines.at(held, builder.add(j, constant(i * size))))

    def do_row(i: Any) -> None:
        first = builder.mul(i, constant(size))
        row = [builder.load(lines.at(held, builder.add(first, constant(j)))) for j in range(size)]
        for j, vector in enumerate(_combined(lines, matrix, row)):
            lines.store(vector, place(out, i, constant(j), out_steps))

    for count, do in ((size, do_column), (rows, do_row)):
        with cgutils.for_range(builder, constant(count)) as loop:
            do(loop.index)


def _combined(lines: Lines, matrix: Sequence[Sequence[Any]], vectors: Sequence[Any]) -> list[Any]:
    """The matrix times a column of vectors, with what two columns or two rows share reckoned once."""
    builder = lines.builder
    columns = list(zip(*matrix, strict=True))
    for j, k in combinations(range(len(columns)), 2):
        if _mirrored(columns[j], columns[k]):
            one, other = vectors[j], vectors[k]
            mixed = _with(vectors, {j: builder.fadd(one, other), k: builder.fsub(one, other)})
            alike, unlike = _split(columns[j], columns[k])
            return _combined(lines, list(zip(*_with(columns, {j: alike, k: unlike}), strict=True)), mixed)
    made: dict[int, Any] = {}
    for j, k in combinations(range(len(matrix)), 2):
        if (
            j not in made
            and k not in made
            and _mirrored(matrix[j], matrix[k])
            and sum(map(bool, matrix[j])) > 2
        ):
            even, odd = [_combination(lines, part, vectors) for part in _split(matrix[j], matrix[k])]
            made[j], made[k] = builder.fadd(even, odd), builder.fsub(even, odd)
    return [made[at] if at in made else _combination(lines, row, vectors) for at, row in enumerate(matrix)]


def _mirrored(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two rows or columns are alike but for the signs of some entries."""
    alike, unlike = _split(one, other)
    same = all(abs(entry) == abs(another) for entry, another in zip(one, other, strict=True))
    return same and any(alike) and any(unlike)


def _split(one: Sequence[Any], other: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The entries of the first that the other has as well, and those it has not."""
    pairs = list(zip(one, other, strict=True))
    alike = [entry if entry == another else 0 for entry, another in pairs]
    return alike, [entry if entry != another else 0 for entry, another in pairs]


def _with(sequence: Sequence[Any], entries: dict[int, Any]) -> list[Any]:
    return [entries.get(at, entry) for at, entry in enumerate(sequence)]


def _combination(lines: Lines, factors: Sequence[Any], vectors: Sequence[Any]) -> Any:
    builder = lines.builder
    terms = [(factor, vector) for factor, vector in zip(factors, vectors, strict=True) if factor]
    terms.sort(key=lambda term: term[0] != 1)
    total: Any = None
    for factor, vector in terms:
        many = ir.Constant(VECTOR, [float(factor)] * LANES)
        if total is None:
            total = vector if factor == 1 else builder.fmul(vector, many)
        elif abs(factor) == 1:
            total = builder.fadd(total, vector) if factor > 0 else builder.fsub(total, vector)
        else:
            total = lines.multiply_add(vector, many, total)
    return ir.Constant(VECTOR, [0.0] * LANES) if total is None else total


class Steps(NamedTuple):
    """Where squares of vectors begin in a flat array, how far they are apart, and their rows and columns."""

    start: int
    apart: int
    down: int
    across: int


@intrinsic
def _transform(
    typing: Any,
    matrix: Any,
    count: Any,
    source: Any,
    start: Any,
    apart: Any,
    down: Any,
    across: Any,
    out: Any,
    to: Any,
    out_apart: Any,
    out_down: Any,
    out_across: Any,
) -> Any:
    given = (matrix, count, source, start, apart, down, across, out, to, out_apart, out_down, out_across)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = Lines(context, builder, signature)
        after = builder.append_basic_block("transformed")
        choice = builder.switch(args[0], after)
        for number, known in enumerate(_MATRICES):
            block = builder.append_basic_block(f"matrix_{number}")
            choice.add_case(constant(number), block)
            builder.position_at_end(block)
            with cgutils.for_range(builder, args[1]) as loop:
                source, out = (
                    lines.at(lines.data(at, args), builder.add(start, builder.mul(apart, loop.index)))
                    for at, start, apart in ((2, *args[3:5]), (7, *args[8:10]))
                )
                _between(lines, known, source, args[5:7], out, args[10:12])
            builder.branch(after)
        builder.position_at_end(after)
        return context.get_dummy_value()

    return types.void(*given), generate


@jit_inside
def transform(matrix: int, count: int, source: Array, seen: Steps, out: Array, put: Steps) -> None:
    """Multiply `count` squares of vectors by a matrix from the left, and by its transpose from the right."""
    start, apart, down, across = seen
    to, out_apart, out_down, out_across = put
    _transform(matrix, count, source, start, apart, down, across, out, to, out_apart, out_down, out_across)
