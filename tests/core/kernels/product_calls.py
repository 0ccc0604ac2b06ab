"""Calls of the matrix products, for `test_compiled`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.core.kernels.compiled_calls import Array, Call, normal, with_a_hole

# Rows, depth and columns: parts of tiles of every kind, several blocks of depth, pieces, crowded rows.
_SIZES = [
    *((1, 1, 1), (7, 3, 5), (16, 16, 16), (33, 17, 20), (4, 40, 31), (13, 1, 29), (300, 70, 49)),
    *((64, 784, 128), (70, 1300, 90), (20, 2048, 600), (530, 530, 290)),
]


def _matrix(rows: int, columns: int, turned: bool, seed: int, value: float = 0.0) -> Array:
    made = with_a_hole(normal(*((columns, rows) if turned else (rows, columns)), seed=seed), value)
    return made.T if turned else made


def _call(make: Any, depth: int) -> Call:
    return Call(make, rtol=1e-5, atol=2e-6 * depth)


def _products(rows: int, depth: int, columns: int, a_turned: bool, b_turned: bool, value: float) -> Call:
    return _call(
        lambda: (_matrix(rows, depth, a_turned, 0, value), _matrix(depth, columns, b_turned, 1)),
        depth,
    )


def _affine(rows: int, depth: int, columns: int, biased: bool) -> Call:
    def arguments() -> Sequence[Any]:
        return normal(rows, depth), normal(columns, depth, seed=1), normal(columns) if biased else None

    return _call(arguments, depth)


def _affine_backward(rows: int, inputs: int, outputs: int, biased: bool, inner: bool) -> Call:
    def arguments() -> Sequence[Any]:
        weight = normal(outputs, inputs, seed=2) if inner else None
        return normal(rows, outputs), normal(rows, inputs, seed=1), weight, biased

    return _call(arguments, max(rows, outputs))


def _pairs(summed: bool) -> Call:
    return _call(
        lambda: (
            [(normal(70, 90), normal(90, 110)), (_matrix(60, 80, True, 0), _matrix(80, 33, True, 1))],
            normal(70, 90) if summed else None,
        ),
        90,
    )


PRODUCT_CALLS: dict[str, list[Call]] = {
    "product.matrix_product": [
        *(
            _products(*sizes, a_turned, b_turned, 0.0)
            for sizes in _SIZES
            for a_turned in (True, False)
            for b_turned in (True, False)
        ),
        *(_products(33, 17, 20, False, True, value) for value in (np.inf, np.nan)),
    ],
    "product.affine": [_affine(*sizes, biased) for sizes in _SIZES for biased in (True, False)],
    "product.affine_backward": [
        _affine_backward(*sizes, biased, inner)
        for sizes in _SIZES
        for biased in (True, False)
        for inner in (True, False)
    ],
    "product.products": [_pairs(True), _pairs(False)],
}
