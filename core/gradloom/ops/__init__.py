"""Operations: one operation, one place. Importing this package completes the registry."""

from __future__ import annotations

from gradloom.ops import (
    activation,
    arithmetic,
    comparison,
    convolution,
    copying,
    cross_entropy,
    embedding,
    exponential,
    joining,
    linear,
    loss,
    matmul,
    normalization,
    pooling,
    reduce,
    rounding,
    selection,
    trigonometric,
    views,
)
from gradloom.ops.op import COMPOSITES, REGISTRY

__all__ = [
    "COMPOSITES",
    "REGISTRY",
    "activation",
    "arithmetic",
    "comparison",
    "convolution",
    "copying",
    "cross_entropy",
    "embedding",
    "exponential",
    "joining",
    "linear",
    "loss",
    "matmul",
    "normalization",
    "pooling",
    "reduce",
    "rounding",
    "selection",
    "trigonometric",
    "views",
]
