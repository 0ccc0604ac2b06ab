"""Numbers of things, as vectors."""

from __future__ import annotations

import numpy as np

from gradloom.ops import embedding as ops
from gradloom.tensor import Tensor, wrap


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """The rows of `weight` that `input` numbers; row `padding_idx` gets no gradient."""
    rows = weight.shape[0]
    if padding_idx is None:
        return ops.embedding(input, weight, -1)
    if not -rows <= padding_idx < rows:
        raise AssertionError("Padding_idx must be within num_embeddings")
    return ops.embedding(input, weight, padding_idx % rows)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Class numbers as rows with a single 1.

    Shapes: int64 (...) -> int64 (..., num_classes); -1 makes room for the largest number.
    """
    numbers = tensor.array
    if numbers.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if numbers.size == 0 and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    if numbers.size and numbers.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    count = int(numbers.max()) + 1 if num_classes == -1 else num_classes
    if numbers.size and numbers.max() >= count:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return wrap((numbers[..., None] == np.arange(count)).astype(np.int64))
