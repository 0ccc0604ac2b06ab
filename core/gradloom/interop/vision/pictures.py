"""Batches of pictures in one: `torchvision.utils`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.creation import from_numpy
from gradloom.ops.movement.joining import stack
from gradloom.tensor import Tensor

__all__ = ["make_grid", "save_image"]


def make_grid(
    tensor: Any,
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """Pictures (N, C, H, W), or a list of (C, H, W), side by side in one (3, H', W').

    Args:
        nrow: how many stand in a row.
        padding: pixels between them.
        normalize: whether values are brought to 0 to 1, from `value_range` or from their own range.
        scale_each: whether each picture has its own range.
        pad_value: what fills the gaps.
    """
    pictures = _batch(stack(list(tensor), 0) if isinstance(tensor, (list, tuple)) else tensor)
    if normalize:
        pictures = pictures.astype(np.float32)
        for part in pictures if scale_each else [pictures]:
            low, high = value_range if value_range is not None else (float(part.min()), float(part.max()))
            np.clip(part, low, high, out=part)
            part -= low
            part /= max(high - low, 1e-5)
    count, channels, height, width = pictures.shape
    if count == 1:
        return from_numpy(pictures[0])
    columns = min(nrow, count)
    rows = math.ceil(count / columns)
    high, wide = height + padding, width + padding
    grid = np.full((channels, high * rows + padding, wide * columns + padding), pad_value, pictures.dtype)
    for place, picture in enumerate(pictures):
        top, left = (place // columns) * high + padding, (place % columns) * wide + padding
        grid[:, top : top + height, left : left + width] = picture
    return from_numpy(grid)


def _batch(tensor: Tensor) -> Any:
    """An array (N, 3, H, W) of what is one picture or several, gray or in colour."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    pictures = tensor.detach().array
    pictures = pictures.reshape((1,) * (4 - pictures.ndim) + pictures.shape)
    return np.repeat(pictures, 3, axis=1) if pictures.shape[1] == 1 else pictures.copy()


def save_image(tensor: Any, fp: Any, format: str | None = None, **settings: Any) -> None:
    """Write `make_grid(tensor, **settings)` as a picture file; values from 0 to 1 are black to white."""
    from PIL import Image

    grid = make_grid(tensor, **settings).array
    pixels = np.clip(grid * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8)
    Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))).save(fp, format=format)
