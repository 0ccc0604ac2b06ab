"""Norms of vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.dtypes import dtype as DType
from gradloom.ops.elementwise.signs import abs as absolute
from gradloom.ops.elementwise.signs import sgn
from gradloom.ops.matrix.matrices import numeric
from gradloom.ops.matrix.spectral import linalg_svdvals
from gradloom.ops.movement.selection import where
from gradloom.ops.movement.views import movedim
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.reduction.reduce import fold, spread_back
from gradloom.ops.sample import complexes, floats, sample
from gradloom.ops.shapes import Dims, all_dims

Order = float | int | str | None


@op(
    samples=[
        sample(floats(3, 4)),
        sample(floats(3, 4), 1, 1),
        sample(floats(2, 3, 4), 3.0, (0, 2), True),
        sample(floats(3, 4, low=0.1, distinct=True), math.inf, 1),
        sample(floats(3, 4, low=0.2), 0.5),
        sample(complexes(3, 4), 2, 0),
        sample(complexes(3, 4), 1.5),
    ],
    method=False,
    meeting="as_is",
)
def vector_norm(x: Value, ord: float = 2, dim: Dims = None, keepdim: bool = False) -> Value:
    """(sum of |x|^ord)^(1/ord) of all elements or over `dim`; of order 0 how many are not zero."""
    sizes = x if ord == 2 and x.dtype.kind == "f" else np.abs(x)
    if ord == 2:
        return np.sqrt(fold(np.add, sizes * sizes, dim, keepdim))
    if math.isinf(ord):
        return fold(np.maximum if ord > 0 else np.minimum, sizes, dim, keepdim)
    if ord == 0:
        return fold(np.add, sizes != 0, dim, keepdim, sizes.dtype)
    total = fold(np.add, sizes if ord == 1 else sizes**ord, dim, keepdim)
    return total if ord == 1 else total ** (1 / ord)


@vector_norm.gradient("x")
def _(grad: Value, x: Value, out: Value, ord: float, dim: Dims) -> Value:
    shape = tuple(x.shape)
    if ord == 2:
        still = raw(out) == 0
        return x * spread_back(where(still, 0, grad / where(still, 1, out)), dim, shape)
    spread, length = spread_back(grad, dim, shape), spread_back(out, dim, shape)
    if ord == 0:
        return spread * np.zeros(shape, raw(x).dtype)
    if math.isinf(ord):
        sizes, extreme = raw(absolute(x)), raw(length)
        reached = (sizes == extreme) | (np.isnan(sizes) & np.isnan(extreme))
        count = np.add.reduce(reached, axis=all_dims(dim, len(shape)), keepdims=True)
        return sgn(x) * spread * (reached / count).astype(sizes.dtype)
    if ord == 1:
        return sgn(x) * spread
    still = (raw(x) == 0) | (raw(length) == 0)
    ratio = where(still, 1, absolute(x)) / where(still, 1, length)
    return where(still, 0, sgn(x) * spread * ratio ** (ord - 1))


@composite(samples=[sample(floats(3, 4), 3.0, 1)], method=False)
def linalg_vector_norm(
    x: Value, ord: Order = 2, dim: Dims = None, keepdim: bool = False, *, dtype: DType | None = None
) -> Value:
    """The norm of vectors: all elements of `x`, or those along `dim`."""
    if not isinstance(ord, (int, float)):
        raise TypeError(f"linalg_vector_norm(): argument 'ord' must be Number, not {type(ord).__name__}")
    numeric("linalg.vector_norm", x)
    if dtype is not None:
        x = x.to(dtype)
    axes = all_dims(dim, x.ndim)
    if (math.isinf(ord) or ord < 0) and not all(x.shape[axis] for axis in axes):
        what = "the operation does not have an identity"
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {float(ord)} norm on an empty tensor because {what}"
        )
    return vector_norm(x, float(ord), dim, keepdim)


@composite(
    samples=[sample(floats(3, 4)), sample(floats(2, 3, 4), 1), sample(floats(3, 4), "nuc")], method=False
)
def linalg_matrix_norm(
    A: Value, ord: Order = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: DType | None = None
) -> Value:
    """The norm of matrices in two dims: "fro", "nuc", or of order 1, 2, infinity or their negatives."""
    numeric("linalg.matrix_norm", A)
    if A.ndim < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    pair = tuple(each % A.ndim for each in dim)
    if len(pair) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {list(dim)}")
    if pair[0] == pair[1]:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if dtype is not None:
        A = A.to(dtype)
    if ord == "fro":
        return vector_norm(A, 2.0, pair, keepdim)
    if ord in ("nuc", 2, -2):
        values = linalg_svdvals(movedim(A, pair, (-2, -1)))
        result = values.sum(-1) if ord == "nuc" else values.amax(-1) if ord == 2 else values.amin(-1)
    elif isinstance(ord, (int, float)) and (abs(ord) == 1 or math.isinf(ord)):
        summed, searched = pair if abs(ord) == 1 else pair[::-1]
        sums = absolute(A).sum(summed, True)
        result = sums.amax((searched, summed)) if ord > 0 else sums.amin((searched, summed))
    else:
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    return (
        result.reshape([1 if at in pair else size for at, size in enumerate(A.shape)]) if keepdim else result
    )


@composite(
    samples=[sample(floats(3, 4)), sample(floats(3, 4), 2, 1), sample(floats(3, 4), "fro")], method=False
)
def linalg_norm(
    A: Value, ord: Order = None, dim: Any = None, keepdim: bool = False, *, dtype: DType | None = None
) -> Value:
    """The norm of a vector where `dim` is one dim, of a matrix where it is two.

    Without `ord` the 2-norm of everything; without `dim` a tensor of one dim is a vector, of two a matrix.
    """
    dims = None if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    if dims is not None and len(dims) not in (1, 2) and ord is not None:
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
    if ord is not None and dims is None and A.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D."
        )
    matrix = ord is not None and (len(dims) == 2 if dims is not None else A.ndim == 2)
    if matrix or isinstance(ord, str):
        return linalg_matrix_norm(A, ord, (-2, -1) if dims is None else dims, keepdim, dtype=dtype)
    return linalg_vector_norm(A, 2 if ord is None else ord, dims, keepdim, dtype=dtype)
