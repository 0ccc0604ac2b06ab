"""Sizes as users give them: one number, or one for each of two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from gradloom.kernels.windows import Pair

PairSize: TypeAlias = int | tuple[int, int]


def pair(size: int | Sequence[int]) -> Pair:
    """`3` and `(3,)` become `(3, 3)`; ValueError for more than two."""
    if isinstance(size, int):
        return size, size
    numbers = tuple(int(each) for each in size)
    if len(numbers) not in (1, 2):
        raise ValueError(f"expected one size or two, got {numbers}")
    return numbers[0], numbers[-1]


def single(size: int | Sequence[int]) -> int:
    """`3` and `(3,)` become `3`; ValueError for more than one."""
    if isinstance(size, int):
        return size
    (number,) = size
    return int(number)


def same_padding(kernel: Pair, dilation: Pair) -> tuple[Pair, Pair]:
    """The zeros that keep an image's size at stride 1; an odd one goes behind, as in PyTorch."""
    totals = [spread * (size - 1) for size, spread in zip(kernel, dilation, strict=True)]
    return (
        (totals[0] // 2, totals[0] - totals[0] // 2),
        (totals[1] // 2, totals[1] - totals[1] // 2),
    )
