"""Lengths and distances: p-norms, of tensors, of differences, and of slices held below a bound."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import dtype as DType
from gradloom.ops.matrix.matmul import matmul
from gradloom.ops.matrix.matrix_norms import linalg_matrix_norm, linalg_vector_norm, vector_norm
from gradloom.ops.movement.selection import where
from gradloom.ops.movement.views import transpose, unsqueeze
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.reduction.reduce import sum  # noqa: A004
from gradloom.ops.sample import complexes, floats, sample
from gradloom.ops.shapes import Dims, explain_broadcast, one_dim

_NONZERO = floats(3, 4, avoid=(0.0,))


@composite(
    samples=[
        sample(floats(3, 4)),
        sample(_NONZERO, 1, 0, True),
        sample(_NONZERO, 3.0, 1),
        sample(complexes(3, 4), 2, 1),
    ]
)
def norm(
    input: Value, p: Any = "fro", dim: Dims = None, keepdim: bool = False, dtype: DType | None = None
) -> Value:
    """The p-norm of all elements or over `dim`; "fro" is 2, "nuc" the sum of a matrix's singular values."""
    if isinstance(p, str) and (p != "fro" or (isinstance(dim, (tuple, list)) and len(dim) > 1)):
        dims = tuple(range(input.ndim)) if dim is None else dim
        return linalg_matrix_norm(input, p, dims, keepdim, dtype=dtype)
    return linalg_vector_norm(input, 2.0 if p in ("fro", None) else float(p), dim, keepdim, dtype=dtype)


@composite(samples=[sample(floats(3, 4))], method=False)
def nuclear_norm(input: Value, dim: Any = None, keepdim: bool = False) -> Value:
    """The sum of a matrix's singular values."""
    return norm(input, "nuc", dim, keepdim)


@composite(samples=[sample(floats(3, 4), 1)], method=False)
def frobenius_norm(input: Value, dim: Dims = None, keepdim: bool = False) -> Value:
    """The square root of the sum of squares."""
    return linalg_vector_norm(input, 2.0, dim, keepdim)


@composite(samples=[sample(floats(3, 4), floats(4)), sample(floats(3), floats(3), 3.0)])
def dist(input: Value, other: Value, p: float = 2) -> Value:
    """The p-norm of the difference."""
    sentence = explain_broadcast([raw(input), raw(other)])
    if sentence is not None:
        raise RuntimeError(sentence)
    return vector_norm(input - other, float(p))


@composite(samples=[sample(floats(2, 3, 2), 2, 1, 1.0), sample(floats(3, 4), 1, 0, 2.0)], inplace=True)
def renorm(input: Value, p: float, dim: int, maxnorm: float) -> Value:
    """`input` with each slice of `dim` whose p-norm is above `maxnorm` scaled down to it."""
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    at = one_dim(dim, input.ndim)
    others = tuple([each for each in range(input.ndim) if each != at])
    lengths = vector_norm(input, float(p), others, True)
    long = raw(lengths) > maxnorm
    return input * where(long, maxnorm / (lengths + 1e-7), 1)


@op(samples=[sample(floats(3, 2), floats(4, 2)), sample(floats(2, 3, 2), floats(4, 2))], method=False)
def euclidean_dist(x1: Value, x2: Value) -> Value:
    """The distance of every row of `x1` to every row of `x2`, by |x|^2 + |y|^2 - 2 x y."""
    squares = [np.add.reduce(each * each, axis=-1) for each in (x1, x2)]
    products = np.matmul(x1, np.swapaxes(x2, -1, -2))
    return np.sqrt(np.maximum(squares[0][..., :, None] + squares[1][..., None, :] - 2 * products, 0))


def _pulls(grad: Value, out: Value) -> Value:
    """The gradient over the distance, 0 where that is 0."""
    near = raw(out) == 0
    return where(near, 0, grad / where(near, 1, out))


@euclidean_dist.gradient("x1")
def _(grad: Value, x1: Value, x2: Value, out: Value) -> Value:
    pulls = _pulls(grad, out)
    return x1 * sum(pulls, -1, True) - matmul(pulls, x2)


@euclidean_dist.gradient("x2")
def _(grad: Value, x1: Value, x2: Value, out: Value) -> Value:
    pulls = transpose(_pulls(grad, out), -1, -2)
    return x2 * sum(pulls, -1, True) - matmul(pulls, x1)


# From how many rows on Euclidean distances go through a matrix product.
_BY_PRODUCT = {
    None: 26,
    "use_mm_for_euclid_dist_if_necessary": 26,
    "use_mm_for_euclid_dist": 0,
    "donot_use_mm_for_euclid_dist": math.inf,
}
_CLOUDS = (floats(3, 2), floats(4, 2))


@composite(samples=[sample(*_CLOUDS), sample(*_CLOUDS, 1.0)], method=False)
def cdist(x1: Value, x2: Value, p: float = 2.0, compute_mode: str | None = None) -> Value:
    """The p-norm distance of every row of `x1` to every row of `x2`, shape (..., rows of x1, rows of x2).

    Euclidean distances of more than 25 rows go through a matrix product, which is faster and less exact.
    """
    for place, each in ((1, x1), (2, x2)):
        if each.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, X{place} got: {each.ndim}D")
        if raw(each).dtype.kind != "f":
            raise RuntimeError(
                f"cdist only supports floating-point dtypes, X{place} got: "
                f"{dtypes.legacy_name(raw(each).dtype)}"
            )
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}"
        )
    if raw(x1).dtype != raw(x2).dtype:
        kinds = [dtypes.legacy_name(raw(each).dtype) for each in (x1, x2)]
        raise RuntimeError(f"expected scalar type {kinds[0]} but found {kinds[1]}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    if compute_mode not in _BY_PRODUCT:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    if p == 2 and max(x1.shape[-2], x2.shape[-2]) >= _BY_PRODUCT[compute_mode]:
        return euclidean_dist(x1, x2)
    return vector_norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), float(p), -1)
