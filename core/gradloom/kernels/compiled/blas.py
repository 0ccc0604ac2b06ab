"""The matrix product of the BLAS that NumPy brings, called from compiled code without the interpreter."""

from __future__ import annotations

import ctypes
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba import types
from numba.extending import intrinsic

from gradloom.kernels.compiled.jit import jit_inside

Array = np.ndarray[Any, Any]

_ROW_MAJOR, _AS_IT_IS, _TRANSPOSED = 101, 111, 112
_SYMBOL = "gradloom_sgemm"


def _address() -> int | None:
    """Where NumPy's `cblas_sgemm` with 64-bit sizes lies, if it is one that can be found."""
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    for library in ThreadpoolController().lib_controllers:
        for name in ("scipy_cblas_sgemm64_", "cblas_sgemm64_"):
            function = getattr(library.dynlib, name, None)
            if function is not None:
                return ctypes.cast(function, ctypes.c_void_p).value
    return None


_found = _address()
AVAILABLE = _found is not None
"""Whether `gemm` can be called; NumPy may as well stand on a BLAS of the system's."""

if _found is not None:
    # By name, so that what is kept on disk does not hold an address.
    llvm.add_symbol(_SYMBOL, _found)

_sgemm = types.ExternalFunction(
    _SYMBOL,
    types.void(
        *(types.int32, types.int32, types.int32, types.int64, types.int64, types.int64, types.float32),
        *(types.voidptr, types.int64, types.voidptr, types.int64, types.float32, types.voidptr, types.int64),
    ),
)


@intrinsic
def _pointer(typing: Any, array: Any) -> Any:
    """Where an array's first element lies."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        made = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.bitcast(made.data, context.get_value_type(types.voidptr))

    return types.voidptr(array), generate


@jit_inside
def _pitch(matrix: Array) -> int:
    """From row to row, in elements; the stride of a single row may be anything."""
    return int(max(matrix.strides[0] // 4, matrix.shape[1], 1))


@jit_inside
def gemm(a: Array, b: Array, out: Array, a_turned: bool, b_turned: bool, kept: float) -> None:
    """out = a @ b + kept * out, with `a` or `b` transposed where flagged; float32, rows apart, columns not.

    A slice of rows or of columns of a row-major matrix will do.
    """
    rows, columns = out.shape
    inner = a.shape[0] if a_turned else a.shape[1]
    _sgemm(
        np.int32(_ROW_MAJOR),
        np.int32(_TRANSPOSED if a_turned else _AS_IT_IS),
        np.int32(_TRANSPOSED if b_turned else _AS_IT_IS),
        *(rows, columns, inner, np.float32(1)),
        *(_pointer(a), _pitch(a), _pointer(b), _pitch(b)),
        *(np.float32(kept), _pointer(out), _pitch(out)),
    )


_UNPACKED = 1_000_000  # multiply-adds up to which OpenBLAS takes operands as they lie
_NARROW = 64  # columns, below which it is slow


@jit_inside
def gemm_of_few(a: Array, b: Array, out: Array, kept: float) -> None:
    """out = a @ b + kept * out for few rows, in pieces that are small enough to need no packing."""
    rows, inner = a.shape
    columns = b.shape[1]
    if rows > 256:
        gemm(a, b, out, False, False, kept)
        return
    depth = max(min(inner, _UNPACKED // (max(rows, 1) * _NARROW)), 1)
    width = max(_UNPACKED // (max(rows, 1) * depth) // _NARROW * _NARROW, _NARROW)
    for first in range(0, inner, depth):
        for left in range(0, columns, width):
            part = out[:, left : left + width]
            gemm(
                a[:, first : first + depth],
                b[first : first + depth, left : left + width],
                part,
                False,
                False,
                kept,
            )
        kept = 1.0
