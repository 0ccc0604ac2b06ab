"""How near vectors are to each other."""

from __future__ import annotations

import numpy as np

from gradloom.ops.movement.selection import index_select
from gradloom.ops.op import Value, composite
from gradloom.ops.sample import floats, sample


@composite(
    samples=[sample(floats(3, 4), floats(3, 4)), sample(floats(2, 3, 2), floats(3, 1), -1, 1e-3)],
    method=False,
)
def cosine_similarity(x1: Value, x2: Value, dim: int = 1, eps: float = 1e-8) -> Value:
    """The cosine of the angle between vectors along `dim`: x1 x2 / (|x1| |x2|), each norm at least `eps`."""
    if not (x1.is_floating_point() or x2.is_floating_point()):
        raise RuntimeError(
            f"expected common dtype to be floating point, yet common dtype is {_legacy(x1, x2)}"
        )
    # A vector and the other one meet before their norms are taken: `dim` counts in the common shape.
    alike = x1.shape == x2.shape and x1.dtype is x2.dtype
    first, second = (x1, x2) if alike else (x1 + x2 * 0, x2 + x1 * 0)
    return (_unit(first, dim, eps) * _unit(second, dim, eps)).sum(dim)


def _legacy(x1: Value, x2: Value) -> str:
    return str((x1 + x2).type()).rpartition(".")[2].removesuffix("Tensor")


def _unit(vectors: Value, dim: int, eps: float) -> Value:
    norms = vectors.norm(2, dim, True)
    # At least eps, but differentiated as if it were not.
    return vectors / (norms + (norms.clamp(min=eps) - norms).detach())


@composite(
    samples=[sample(floats(3, 4), floats(3, 4)), sample(floats(3, 4), floats(4), 1.0, 1e-6, True)],
    method=False,
)
def pairwise_distance(
    x1: Value, x2: Value, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Value:
    """The p-norm of x1 - x2 + eps along the last dimension."""
    return (x1 - x2 + eps).norm(p, -1, keepdim)


@composite(samples=[sample(floats(4, 3)), sample(floats(3, 2), 1.0)], method=False)
def pdist(input: Value, p: float = 2) -> Value:
    """The p-norm of the difference of each two rows: (n, d) -> (n (n - 1) / 2), in the order of the pairs."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    first, second = np.triu_indices(input.shape[0], 1)
    apart = index_select(input, 0, first) - index_select(input, 0, second)
    if p == 0:
        return apart.abs().ceil().clamp(max=1).sum(1)
    return apart.norm(p, 1)
