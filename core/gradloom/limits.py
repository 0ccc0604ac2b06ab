"""Machine limits of dtypes, as Python's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import dtype


class finfo:  # noqa: N801 - PyTorch's name
    """Limits of a floating-point dtype, by default the default one; a complex one has those of its parts.

    Attributes:
        bits: how many a number takes.
        eps: the distance from 1 to the next number.
        max, min: the largest and smallest number.
        tiny, smallest_normal: the smallest positive number of full precision.
        resolution: what can be told apart in decimals.
        dtype: the dtype's name.
    """

    def __init__(self, type: dtype | None = None) -> None:
        real = (type or dtypes.get_default_dtype()).to_real()
        if not real.is_floating_point:
            raise TypeError(
                f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{type!r}'"
            )
        self.dtype = real.name
        found: Any = _of_bfloat16() if real is dtypes.bfloat16 else np.finfo(real.numpy)
        self.bits = int(found.bits)
        self.eps, self.max, self.min = float(found.eps), float(found.max), float(found.min)
        self.tiny = self.smallest_normal = float(found.smallest_normal)
        self.resolution = 10.0 ** -int(found.precision)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, finfo) and other.dtype == self.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        limits = ", ".join(f"{name}={getattr(self, name):g}" for name in names)
        return f"finfo({limits}, dtype={self.dtype})"


def _of_bfloat16() -> Any:
    from ml_dtypes import finfo as ml_finfo

    return ml_finfo(dtypes.bfloat16.numpy)  # type: ignore[no-untyped-call]


class iinfo:  # noqa: N801 - PyTorch's name
    """Limits of an integer dtype: `bits`, `max`, `min`, and the dtype's name."""

    def __init__(self, type: dtype) -> None:
        if type.category != 1:
            raise TypeError(
                f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{type!r}'"
            )
        found = np.iinfo(type.numpy)
        self.bits, self.max, self.min = found.bits, int(found.max), int(found.min)
        self.dtype = type.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, iinfo) and other.dtype == self.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
