"""What ops can be called on besides arrays. Tensor is an Operand; so is whatever wants to watch ops go by."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gradloom.dtypes import Array
from gradloom.ops.methods import Methods

if TYPE_CHECKING:
    from gradloom.ops.op import Op


class Operand(Methods):
    """A value that carries out ops by its own rules, and has them as methods."""

    __slots__ = ()

    array: Array
    """The values."""

    @staticmethod
    def apply(op: Op[Any], args: tuple[Any, ...]) -> Any:
        """Carry out `op` on complete arguments, at least one of which is of this class."""
        raise NotImplementedError

    @staticmethod
    def apply_inplace(op: Op[Any], args: tuple[Any, ...]) -> Any:
        """The same, with the result written into the first argument."""
        raise NotImplementedError

    @classmethod
    def carry_out(cls, apply: Callable[..., Any], apply_inplace: Callable[..., Any]) -> None:
        """Let `apply` and `apply_inplace` carry out ops on this class."""
        for name, function in (("apply", apply), ("apply_inplace", apply_inplace)):
            setattr(cls, name, staticmethod(function))

    @classmethod
    def bind(cls, name: str, function: Callable[..., Any] | property) -> None:
        """Make `function` a method of every Operand."""
        setattr(Methods, name, function)
