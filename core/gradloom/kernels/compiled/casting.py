"""Between float32 and the halves, by integer arithmetic on their bits, which becomes vector code everywhere.

A half has a sign, a few bits of exponent and the first of the fraction's bits. float16 has 5 and 10 of them,
bfloat16 8 and 7, so that the latter is the upper half of float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import indices, shared
from gradloom.kernels.compiled.jit import inlined_in_order
from gradloom.kernels.compiled.pointwise import PASS

Array = np.ndarray[Any, Any]

# Every step is cast, or numba would go on in 64 bits.
_SIGN, _REST = np.uint32(0x80000000), np.uint32(0x7FFFFFFF)
_INF, _NAN = np.uint32(0x7F800000), np.uint32(0x7FC00000)
_1, _16 = np.uint32(1), np.uint32(16)

# Of float16: how far its fraction is shifted, and by how much its exponent differs.
_SHIFT = np.uint32(13)
_BIAS = np.uint32((127 - 15) << 23)
_REBIASED = np.uint32(((127 - 15) << 23) - 0xFFF)
_LEAST_BIT, _LEAST_NORMAL = np.uint32(1 << 23), np.uint32(0x400)
_HALF_REST, _HALF_INF, _HALF_NAN = np.uint32(0x7FFF), np.uint32(0x7C00), np.uint32(0x7E00)
_HALF_SIGN = np.uint32(0x8000)
# The first number that is infinite as a half, and the first that is not below its normal ones.
_TOO_LARGE, _NORMAL = np.uint32((127 + 16) << 23), np.uint32(113 << 23)
# Added to a smaller number this leaves the half's bits in the last ones, rounded.
_ROUNDER = np.uint32((127 - 15 + 23 - 10 + 1) << 23)


@inlined_in_order
def _float(bits: np.uint32) -> np.float32:
    return np.uint32(bits).view(np.float32)


@inlined_in_order
def _bits(x: np.float32) -> np.uint32:
    return np.float32(x).view(np.uint32)


@inlined_in_order
def _to_float16(bits: np.uint32) -> np.uint16:
    size = np.uint32(bits & _REST)
    odd = np.uint32(np.uint32(size >> _SHIFT) & _1)
    normal = np.uint32(np.uint32(np.uint32(size - _REBIASED) + odd) >> _SHIFT)
    small = np.uint32(_bits(_float(size) + _float(_ROUNDER)) - _ROUNDER)
    endless = _HALF_NAN if size > _INF else _HALF_INF
    made = small if size < _NORMAL else normal
    made = endless if size >= _TOO_LARGE else made
    return np.uint16(np.uint32(made | np.uint32(np.uint32(bits & _SIGN) >> _16)))


@inlined_in_order
def _of_float16(half: np.uint32) -> np.uint32:
    size = np.uint32(half & _HALF_REST)
    normal = np.uint32(np.uint32(size << _SHIFT) + _BIAS)
    small = _bits(_float(np.uint32(normal + _LEAST_BIT)) - _float(_NORMAL))
    made = small if size < _LEAST_NORMAL else normal
    made = np.uint32(normal + _BIAS) if size >= _HALF_INF else made
    return np.uint32(made | np.uint32(np.uint32(half & _HALF_SIGN) << _16))


@inlined_in_order
def _to_bfloat16(bits: np.uint32) -> np.uint16:
    odd = np.uint32(np.uint32(bits >> _16) & _1)
    rounded = np.uint32(np.uint32(bits + np.uint32(0x7FFF)) + odd)
    unknown = np.uint32(_NAN | np.uint32(bits & _SIGN))
    made = unknown if np.uint32(bits & _REST) > _INF else rounded
    return np.uint16(np.uint32(made >> _16))


def converted(array: Array, dtype: Any) -> Array:
    out = np.empty(array.shape, dtype)
    narrow = out.dtype.itemsize == 2
    given = array.reshape(-1).view(np.uint32 if narrow else np.uint16)
    made = out.reshape(-1).view(np.uint16 if narrow else np.uint32)
    _LOOPS[narrow, (out if narrow else array).dtype == np.float16](given, made, out.size, PASS * out.size)
    return out


@shared
def _narrowed_to_float16(given: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = _to_float16(given[i])


@shared
def _narrowed_to_bfloat16(given: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = _to_bfloat16(given[i])


@shared
def _widened_from_float16(given: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = _of_float16(np.uint32(given[i]))


@shared
def _widened_from_bfloat16(given: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = np.uint32(given[i]) << _16


_LOOPS = {
    (True, True): _narrowed_to_float16,
    (True, False): _narrowed_to_bfloat16,
    (False, True): _widened_from_float16,
    (False, False): _widened_from_bfloat16,
}
