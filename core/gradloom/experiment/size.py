"""How large a layer and its output would be, told by the names of its arguments, before it is made.

The names are PyTorch's, so this also holds for a plugin's layer that follows them; of others it says little.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, Final

MOST_WEIGHTS: Final = 2**28
"""The largest layer that is built: 1 GiB of float32."""

MOST_VALUES: Final = 2**28
"""The largest output of one sample."""


def too_large(arguments: Mapping[str, Any], shape: tuple[int, ...], transposed: bool = False) -> str:
    """Why a layer with these arguments is too large for samples of this shape, or nothing if it is not."""
    weights, values = _weights(arguments, shape), _values(arguments, shape, transposed)
    if weights > MOST_WEIGHTS:
        return f"it would have {weights:,} weights; {MOST_WEIGHTS:,} are the most"
    if values > MOST_VALUES:
        return f"it would fill {values:,} numbers a sample; {MOST_VALUES:,} are the most"
    return ""


def _weights(arguments: Mapping[str, Any], shape: tuple[int, ...]) -> int:
    spatial_axes = max(1, len(shape) - 1)
    kernel = prod(_along(arguments.get("kernel_size", 1), axis) for axis in range(spatial_axes))
    channels = _along(arguments.get("in_channels", 0)) * _along(arguments.get("out_channels", 0))
    return max(
        _along(arguments.get("in_features", 0)) * _along(arguments.get("out_features", 0)),
        _along(arguments.get("num_embeddings", 0)) * _along(arguments.get("embedding_dim", 0)),
        channels * kernel // max(1, _along(arguments.get("groups", 1))),
    )


def _values(arguments: Mapping[str, Any], shape: tuple[int, ...], transposed: bool) -> int:
    """Numbers in the output of one sample, or in its padded input."""
    channels = max((*shape[:1], _along(arguments.get("out_channels", 0))))
    grown = 1
    for axis, size in enumerate(shape[1:]):
        padded = size + 2 * _along(arguments.get("padding", 0), axis)
        stretched = size * _along(arguments.get("stride", 1), axis) if transposed else 0
        grown *= max(padded, stretched, _along(arguments.get("output_size", 0), axis))
    return max(channels * grown, prod(shape[:-1]) * _along(arguments.get("out_features", 0)))


def _along(value: Any, axis: int = 0) -> int:
    """A number, or that of one axis; 0 for words such as "same" and for what is not given."""
    if isinstance(value, tuple):
        value = value[axis] if axis < len(value) else 1
    return value if isinstance(value, int) else 0
