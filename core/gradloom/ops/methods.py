"""The methods that ops give to Tensor. The ops bind themselves here; `methods.pyi` lists them for editors."""

from __future__ import annotations


class Methods:
    """Holds nothing of its own."""

    __slots__ = ()
