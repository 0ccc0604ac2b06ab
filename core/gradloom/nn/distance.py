"""Layers that say how near two vectors are."""

from __future__ import annotations

from gradloom.nn.module import Module
from gradloom.ops.reduction.similarity import cosine_similarity, pairwise_distance
from gradloom.tensor import Tensor


class CosineSimilarity(Module):
    """The cosine of the angle between two vectors.

    Shapes: two of (n, d) -> (n).

    Args:
        dim: the dimension along which the vectors lie.
        eps: the least that a norm counts, > 0.
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The distance of two vectors.

    Shapes: two of (n, d) -> (n).

    Args:
        p: of which order the norm is.
        eps: what is added to each difference, so that its gradient is never infinite.
        keepdim: whether the result keeps a last dimension of size 1.
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
