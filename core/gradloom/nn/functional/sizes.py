"""Sizes as users give them: one number, or one for each spatial dimension."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from gradloom.kernels.windows import Sides, Sizes
from gradloom.tensor import Tensor

Size: TypeAlias = int | Sequence[int]


def spread(size: Size, count: int, refusal: str = "expected one size or {count}, got {size}") -> Sizes:
    """`3` and `(3,)` become `(3, 3)` for two dimensions; RuntimeError in these words for other counts."""
    if isinstance(size, int):
        return (size,) * count
    numbers = tuple([int(each) for each in size])
    if len(numbers) == count:
        return numbers
    if len(numbers) == 1:
        return numbers * count
    raise RuntimeError(refusal.format(count=count, size=size))


def hashable(size: Size | str | None) -> Any:
    """The size as a key of a cache: lists as tuples."""
    return size if size is None or isinstance(size, (int, str)) else tuple(size)


def same_padding(kernel: Sizes, dilation: Sizes) -> Sides:
    """The zeros that keep an image's size at stride 1; an odd one goes behind, as in PyTorch."""
    totals = [apart * (size - 1) for size, apart in zip(kernel, dilation, strict=True)]
    return tuple([(total // 2, total - total // 2) for total in totals])


def in_a_batch(input: Tensor, spatial: int) -> tuple[Tensor, bool]:
    """The input with a batch dimension, and whether that was added."""
    return (input.unsqueeze(0), True) if input.ndim == spatial + 1 else (input, False)
