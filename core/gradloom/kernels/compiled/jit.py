"""How kernels are compiled: without the interpreter's lock, kept on disk, with sums in any order.

What may be reordered is the order of additions, as any library's vector code does; infinities and NaNs count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])

_REORDERED = {"reassoc", "contract", "nsz"}


def jit(function: F) -> F:
    """Compile for the types of the first call."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_REORDERED)(function))


def inlined(function: F) -> F:
    """Compile as a part of whatever calls it, so that its loop becomes vector code."""
    return cast(
        F,
        numba.njit(
            inline="always", nogil=True, error_model="numpy", fastmath=_REORDERED, no_cpython_wrapper=True
        )(function),
    )


def inlined_in_order(function: F) -> F:
    """Compile as a part of whatever calls it, with every addition where it stands.

    For error terms that are nought on paper. Products and sums may still join.
    """
    return cast(
        F,
        numba.njit(
            forceinline=True, nogil=True, error_model="numpy", fastmath={"contract"}, no_cpython_wrapper=True
        )(function),
    )
