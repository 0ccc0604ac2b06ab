"""What ops can be called on besides arrays. Tensor is an Operand; so is whatever wants to watch ops go by."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gradloom.dtypes import Array
from gradloom.ops.homes import HOMES
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

    def receive(self, made: Any, name: str) -> Any:
        """Take over the values that the function called `name` made, as its argument `out`."""
        raise NotImplementedError

    def overwrite(self, result: Any) -> Any:
        """Take over values and history of `result`, which was made of a copy of this."""
        raise NotImplementedError

    @classmethod
    def carry_out(
        cls,
        apply: Callable[..., Any],
        apply_inplace: Callable[..., Any],
        receive: Callable[..., Any],
        overwrite: Callable[..., Any],
    ) -> None:
        """Let these functions carry out ops on this class."""
        for name, function in (("apply", apply), ("apply_inplace", apply_inplace)):
            setattr(cls, name, staticmethod(function))
        for function in (receive, overwrite):
            setattr(cls, function.__name__, function)

    @classmethod
    def bind(cls, name: str, function: Callable[..., Any] | property | Later) -> None:
        """Make `function` a method of every Operand."""
        setattr(Methods, name, function)


class Later:
    """A method whose home has not been loaded yet; looking it up loads that, which binds the method."""

    __slots__ = ("home", "name")

    def __init__(self, name: str, home: str) -> None:
        self.name = name
        self.home = home

    def __get__(self, instance: Operand | None, owner: type[Operand]) -> Any:
        import_module(self.home)
        if vars(Methods)[self.name] is self:
            raise AttributeError(f"{self.home} does not define the method {self.name}")
        return getattr(owner if instance is None else instance, self.name)


for _home, _names in HOMES.items():
    for _name in _names.split():
        Operand.bind(_name, Later(_name, _home))
