"""Functions that are called when modules run or take something: the tables that hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from gradloom.tape import RemovableHandle


class Hook(NamedTuple):
    """A registered function, whether it also takes the keyword arguments, and whether errors stop it."""

    call: Callable[..., Any]
    with_kwargs: bool = False
    always_call: bool = False


Table = dict[int, Any]
"""Hooks by the keys of their handles."""

Kind = Literal["forward_pre", "forward", "backward_pre", "backward"]


class Watcher(NamedTuple):
    """A hook that holds for every module."""

    kind: Kind
    hook: Any


WATCHERS: dict[int, Watcher] = {}
"""The hooks that are called when any module runs; one table, so that a look tells whether there are any."""

TAKERS: dict[str, Table] = {"parameter": {}, "buffer": {}, "module": {}}
"""The hooks that are called when any module takes a parameter, buffer or module."""


def watching(kind: Kind) -> list[Any]:
    """The hooks of one kind that hold for every module."""
    return [each.hook for each in list(WATCHERS.values()) if each.kind == kind]  # threads may change it


def accepted(what: str, owner: Any, name: str, value: Any) -> Any:
    """`value`, or what the hooks put in its place, for `owner` to take under `name`."""
    for hook in tuple(TAKERS[what].values()):
        replaced = hook(owner, name, value)
        value = value if replaced is None else replaced
    return value


def registered(table: Table, hook: Any, prepend: bool = False) -> RemovableHandle:
    """Put `hook` into `table`, in front of all others if `prepend`."""
    earlier = dict(table)
    if prepend:
        table.clear()
    handle = RemovableHandle(table, hook)
    table.update(earlier)
    return handle


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, args)` before every module's forward; anything it returns replaces the arguments."""
    return registered(WATCHERS, Watcher("forward_pre", Hook(hook)))


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after every module's forward; what it returns replaces the output."""
    return registered(WATCHERS, Watcher("forward", Hook(hook, with_kwargs, always_call)))


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_output)` before gradients go back through any module."""
    return registered(WATCHERS, Watcher("backward_pre", hook))


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` after gradients went back through any module."""
    return registered(WATCHERS, Watcher("backward", hook))


register_module_backward_hook = register_module_full_backward_hook


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, parameter)` when any module takes one; what it returns is taken instead."""
    return registered(TAKERS["parameter"], hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, buffer)` when any module takes one; what it returns is taken instead."""
    return registered(TAKERS["buffer"], hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, submodule)` when any module takes one; what it returns is taken instead."""
    return registered(TAKERS["module"], hook)
