"""Products in pieces give what one product gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradloom.kernels.counterpart import has_compiler
from gradloom.kernels.product import affine, affine_backward, product, product_backward


def _matrix(*shape: int, turned: bool = False) -> Any:
    """Small integers, whose products are exact."""
    shape = (*shape[:-2], shape[-1], shape[-2]) if turned else shape
    made = np.random.default_rng(shape).integers(-3, 4, shape).astype(np.float32)
    return made.swapaxes(-1, -2) if turned else made


@pytest.mark.parametrize("turned", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize(
    ("rows", "inner", "columns"), [(301, 67, 211), (33, 301, 503), (2001, 64, 501), (3, 5, 7), (5000, 1, 3)]
)
def test_a_product_in_pieces(rows: int, inner: int, columns: int, turned: tuple[bool, bool]) -> None:
    a, b = _matrix(rows, inner, turned=turned[0]), _matrix(inner, columns, turned=turned[1])
    grad, bias = _matrix(rows, columns), _matrix(1, columns)[0]
    np.testing.assert_array_equal(product(a, b), a @ b)
    np.testing.assert_array_equal(affine(a, b.T, bias), a @ b + bias)
    np.testing.assert_array_equal(affine(a, b.T, bias[0]), a @ b + bias[0])
    for made, expected in zip(product_backward(grad, a, b), (grad @ b.T, a.T @ grad), strict=True):
        np.testing.assert_array_equal(made, expected)
    expected_of_affine = grad @ b.T, (a.T @ grad).T, grad.sum(0)
    for made, expected in zip(affine_backward(grad, a, b.T, True), expected_of_affine, strict=True):
        np.testing.assert_array_equal(made, expected)


def _every_second_column(matrix: Any) -> Any:
    return np.repeat(matrix, 2, axis=1)[:, ::2]


def _every_second_row(matrix: Any) -> Any:
    return np.repeat(matrix, 2, axis=0)[::2]


def _between_addresses(matrix: Any) -> Any:
    memory = np.frombuffer(bytearray(matrix.nbytes + 1), np.float32, matrix.size, 1)
    memory[...] = matrix.reshape(-1)
    return memory.reshape(matrix.shape)


def _frozen(matrix: Any) -> Any:
    matrix.flags.writeable = False
    return matrix


@pytest.mark.parametrize(
    "lay", [_every_second_column, _every_second_row, _between_addresses, _frozen, np.asfortranarray]
)
@pytest.mark.parametrize(("rows", "inner", "columns"), [(90, 80, 100), (301, 67, 211)])
def test_operands_that_lie_otherwise(rows: int, inner: int, columns: int, lay: Any) -> None:
    a, weight = _matrix(rows, inner), _matrix(columns, inner)
    grad, bias = _matrix(rows, columns), _matrix(1, columns)
    for x, y in ((lay(a), weight), (a, lay(weight)), (lay(a), lay(weight))):
        np.testing.assert_array_equal(product(x, y.T), a @ weight.T)
        np.testing.assert_array_equal(affine(x, y, bias[0]), a @ weight.T + bias)
        for made, expected in zip(
            affine_backward(lay(grad), x, y, True), (grad @ weight, grad.T @ a, grad.sum(0)), strict=True
        ):
            np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize(("rows", "inner", "columns"), [(0, 90, 80), (90, 0, 80), (90, 80, 0), (0, 0, 0)])
def test_nothing_to_multiply(rows: int, inner: int, columns: int) -> None:
    a, b, bias = _matrix(rows, inner), _matrix(columns, inner), _matrix(1, columns)[0]
    np.testing.assert_array_equal(affine(a, b, bias), a @ b.T + bias)
    np.testing.assert_array_equal(product(a, b.T), a @ b.T)
    for made, expected in zip(affine_backward(a @ b.T, a, b, True), (a, b, bias), strict=True):
        np.testing.assert_array_equal(made, np.zeros_like(expected))


def test_sizes_that_do_not_fit_are_refused() -> None:
    a, b, bias = _matrix(90, 80), _matrix(100, 81), _matrix(1, 99)[0]
    for wrong in (lambda: affine(a, b, None), lambda: product(a, b), lambda: affine(a, b[:, 1:], bias)):
        with pytest.raises(ValueError, match=r"size|shape"):
            wrong()


@pytest.mark.skipif(not has_compiler(), reason="NumPy's BLAS adds more numbers one after the other")
@pytest.mark.parametrize("depth", [100, 300, 512, 784, 2048])
def test_sums_err_no_more_than_those_of_pytorch(depth: int) -> None:
    torch = pytest.importorskip("torch")
    a, b = (np.random.default_rng(depth).standard_normal((2, 128, depth))).astype(np.float32)
    exact = a.astype(np.float64) @ b.T.astype(np.float64)
    ours, theirs = affine(a, b, None), (torch.tensor(a) @ torch.tensor(b).T).numpy()
    assert np.square(ours - exact).mean() <= 1.5 * np.square(theirs - exact).mean()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((7, 90, 80), (7, 80, 100)),
        ((2, 3, 90, 80), (2, 3, 80, 100)),
        ((2, 3, 90, 80), (1, 3, 80, 100)),
        ((7, 90, 80), (80, 100)),
        ((90, 80), (7, 80, 100)),
    ],
)
def test_products_of_stacks(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    a, b = _matrix(*one), _matrix(*other)
    np.testing.assert_array_equal(product(a, b), a @ b)
