"""The matrix product, in parts where it is large."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from gradloom.kernels.parallel import in_parts
from gradloom.kernels.process import settle

Array: TypeAlias = np.ndarray[Any, Any]

_LARGE = 4_000_000  # multiply-adds
_FEW = 4096  # elements; a product with fewer is never large


def product(a: Array, b: Array) -> Any:
    """`a @ b`; shapes and broadcasting are those of `numpy.matmul`."""
    settle()
    if type(a) is not np.ndarray or a.size < _FEW or np.ndim(b) != 2:
        return np.matmul(a, b)
    if a.ndim > 2 and a.flags.c_contiguous:
        # One product of two matrices: NumPy would multiply a stack of small ones separately.
        return product(a.reshape(-1, a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[1])
    if a.ndim != 2 or a.shape[1] != b.shape[0] or a.size * b.shape[1] < _LARGE:
        return np.matmul(a, b)
    out = np.empty((a.shape[0], b.shape[1]), np.result_type(a, b))

    def run(start: int, stop: int) -> None:
        np.matmul(a[start:stop], b, out=out[start:stop])

    in_parts(run, len(a), work=a.size * b.shape[1], most=4)
    return out
