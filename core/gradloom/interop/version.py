"""The version that scripts see: that of the PyTorch whose names and numbers these are, and our name."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

cuda: str | None = None
hip: str | None = None
debug = False
git_version = "unknown"


class Version(str):
    """A version as text that compares by its numbers, with texts as well as with tuples."""

    __slots__ = ()

    def _compared(self, other: Any) -> int:
        mine, theirs = _numbers(self), _numbers(other)
        pairs = zip_longest(mine, theirs, fillvalue=0)
        return next((-1 if a < b else 1 for a, b in pairs if a != b), 0)

    def __lt__(self, other: Any) -> bool:
        return self._compared(other) < 0

    def __le__(self, other: Any) -> bool:
        return self._compared(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self._compared(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self._compared(other) >= 0


TorchVersion = Version


def _numbers(version: Any) -> list[int]:
    if isinstance(version, (tuple, list)):
        return [int(each) for each in version]
    release = re.match(r"[0-9.]*", str(version))
    return [int(each) for each in (release.group() if release else "").split(".") if each]


__version__ = Version("2.13.0+gradloom")
"""Splits at dots and at "+" as PyTorch's does; what stands before the "+" is the release that is spoken."""
vision_version = Version("0.28.0+gradloom")
"""The torchvision that belongs to that release."""
