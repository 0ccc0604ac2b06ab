"""Padding layers: something put around a sequence, an image or a volume."""

from __future__ import annotations

from typing import ClassVar

from gradloom.nn import functional as F
from gradloom.nn.module import Module
from gradloom.tensor import Tensor

Padding = int | tuple[int, ...]


class _Padding(Module):
    spatial: ClassVar[int]
    mode: ClassVar[str]

    def __init__(self, padding: Padding) -> None:
        super().__init__()
        self.padding = (padding,) * (2 * self.spatial) if isinstance(padding, int) else tuple(padding)

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPadding(_Padding):
    mode = "constant"

    def __init__(self, padding: Padding, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ReflectionPad1d(_Padding):
    """Mirrors a sequence at its ends, without repeating the edge.

    Args:
        padding: how much: before and after, or one number for both; negative crops.
    """

    spatial = 1
    mode = "reflect"


class ReflectionPad2d(_Padding):
    """Mirrors an image at its sides, without repeating the edge.

    Args:
        padding: how much: left, right, top and bottom, or one number for all; negative crops.
    """

    spatial = 2
    mode = "reflect"


class ReflectionPad3d(_Padding):
    """Mirrors a volume at its sides, without repeating the edge.

    Args:
        padding: how much: left, right, top, bottom, front and back, or one number for all; negative crops.
    """

    spatial = 3
    mode = "reflect"


class ReplicationPad1d(_Padding):
    """Repeats the edge of a sequence.

    Args:
        padding: how much: before and after, or one number for both; negative crops.
    """

    spatial = 1
    mode = "replicate"


class ReplicationPad2d(_Padding):
    """Repeats the edge of an image.

    Args:
        padding: how much: left, right, top and bottom, or one number for all; negative crops.
    """

    spatial = 2
    mode = "replicate"


class ReplicationPad3d(_Padding):
    """Repeats the edge of a volume.

    Args:
        padding: how much: left, right, top, bottom, front and back, or one number for all; negative crops.
    """

    spatial = 3
    mode = "replicate"


class CircularPad1d(_Padding):
    """Goes on at the other end of a sequence, as if it were a ring.

    Args:
        padding: how much: before and after, or one number for both; negative crops.
    """

    spatial = 1
    mode = "circular"


class CircularPad2d(_Padding):
    """Goes on at the other end of an image, as if it were a ring.

    Args:
        padding: how much: left, right, top and bottom, or one number for all; negative crops.
    """

    spatial = 2
    mode = "circular"


class CircularPad3d(_Padding):
    """Goes on at the other end of a volume, as if it were a ring.

    Args:
        padding: how much: left, right, top, bottom, front and back, or one number for all; negative crops.
    """

    spatial = 3
    mode = "circular"


class ZeroPad1d(_Padding):
    """Puts zeros around a sequence.

    Args:
        padding: how much: before and after, or one number for both; negative crops.
    """

    spatial = 1
    mode = "constant"


class ZeroPad2d(_Padding):
    """Puts zeros around an image.

    Args:
        padding: how much: left, right, top and bottom, or one number for all; negative crops.
    """

    spatial = 2
    mode = "constant"


class ZeroPad3d(_Padding):
    """Puts zeros around a volume.

    Args:
        padding: how much: left, right, top, bottom, front and back, or one number for all; negative crops.
    """

    spatial = 3
    mode = "constant"


class ConstantPad1d(_ConstantPadding):
    """Puts one number around a sequence.

    Args:
        padding: how much: before and after, or one number for both; negative crops.
        value: the number.
    """

    spatial = 1


class ConstantPad2d(_ConstantPadding):
    """Puts one number around an image.

    Args:
        padding: how much: left, right, top and bottom, or one number for all; negative crops.
        value: the number.
    """

    spatial = 2


class ConstantPad3d(_ConstantPadding):
    """Puts one number around a volume.

    Args:
        padding: how much: left, right, top, bottom, front and back, or one number for all; negative crops.
        value: the number.
    """

    spatial = 3
