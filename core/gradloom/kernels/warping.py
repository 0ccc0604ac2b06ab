"""Images read along straight lines that need not lie on their pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gradloom.kernels.counterpart import compiled

Array = npt.NDArray[np.floating]


@compiled()
def warped(images: Array, maps: Array) -> Array:
    """Images turned, sized, sheared and moved, each by its own map; the edge goes on outside.

    Pixel (y, x) of the result is read at `map @ (y, x, 1)`, from the four pixels around that place.

    Args:
        images: (N, C, H, W), no side of length 0.
        maps: (N, 2, 3), of the same dtype.
    """
    height, width = images.shape[2:]
    y, x = np.ogrid[:height, :width]
    down, right = maps[:, 0, :, None, None], maps[:, 1, :, None, None]
    y, x = y.astype(images.dtype), x.astype(images.dtype)
    # `fmax` takes 0 for what is no number.
    rows = np.fmax(down[:, 0] * y + down[:, 1] * x + down[:, 2], 0).clip(max=height - 1)
    columns = np.fmax(right[:, 0] * y + right[:, 1] * x + right[:, 2], 0).clip(max=width - 1)
    top, left = rows.astype(np.int64), columns.astype(np.int64)
    below, beside = (np.modf(places)[0][:, None] for places in (rows, columns))
    starts = np.arange(images.shape[0] * images.shape[1]).reshape(*images.shape[:2], 1, 1) * (height * width)
    across = (left + 1 < width).astype(np.int64)[:, None]
    corners = [starts + (row * width + left)[:, None] for row in (top, np.minimum(top + 1, height - 1))]
    upper, lower = (_mixed(images.take(at), images.take(at + across), beside) for at in corners)
    return _mixed(upper, lower, below)


def _mixed(first: Array, second: Array, share: Array) -> Array:
    """From the first to the second, which is overwritten, by this share of the way."""
    second -= first
    second *= share
    second += first
    return second
