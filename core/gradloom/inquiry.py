"""Questions about tensors and dtypes."""

from __future__ import annotations

from typing import Any

from gradloom import dtypes
from gradloom.dtypes import dtype
from gradloom.tensor import Tensor


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a Tensor."""
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Whether the elements of `input` are floating point."""
    return input.is_floating_point()


def is_complex(input: Tensor) -> bool:
    """Whether the elements of `input` are complex."""
    return input.is_complex()


def is_signed(input: Tensor) -> bool:
    """Whether the elements of `input` can be negative."""
    return input.dtype.is_signed


def is_nonzero(input: Tensor) -> bool:
    """Whether the only element of `input` is not 0; RuntimeError if there are more or none."""
    return bool(input)


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape."""
    return input.shape == other.shape


def is_conj(input: Tensor) -> bool:
    """Whether a conjugation waits to be carried out: never, it is done at once."""
    return False


def is_neg(input: Tensor) -> bool:
    """Whether a negation waits to be carried out: never, it is done at once."""
    return False


def numel(input: Tensor) -> int:
    """The number of elements of `input`."""
    return input.numel()


def result_type(tensor1: Any, tensor2: Any) -> dtype:
    """The dtype in which an operation on both, tensors or numbers, computes."""
    return dtypes.of_operands(
        [each.array if isinstance(each, Tensor) else each for each in (tensor1, tensor2)]
    )
