"""What callers may hang on an optimizer: functions around `step`, `state_dict` and `load_state_dict`."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable
from itertools import chain
from typing import Any

from gradloom.autograd.grad_mode import whole
from gradloom.tape import RemovableHandle

Hook = Callable[..., Any]
Hooks = OrderedDict[int, Hook]

_before_every_step: Hooks = OrderedDict()
_after_every_step: Hooks = OrderedDict()


def register_optimizer_step_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` before each step of every optimizer."""
    return RemovableHandle(_before_every_step, hook)


def register_optimizer_step_post_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` after each step of every optimizer."""
    return RemovableHandle(_after_every_step, hook)


class Hooked:
    """The part of an optimizer that keeps its hooks. Every `step` that a subclass defines runs them."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in vars(cls):
            cls.step = whole(_observed(cls.step))  # type: ignore[attr-defined]

    def _clear_hooks(self) -> None:
        self._step_pre_hooks: Hooks = OrderedDict()
        self._step_post_hooks: Hooks = OrderedDict()
        self._state_dict_pre_hooks: Hooks = OrderedDict()
        self._state_dict_post_hooks: Hooks = OrderedDict()
        self._load_state_dict_pre_hooks: Hooks = OrderedDict()
        self._load_state_dict_post_hooks: Hooks = OrderedDict()
        self._opt_called = False
        self._own_step: list[Any] = []

    def watch_steps(self) -> None:
        """From now on `_opt_called` says whether there was a step; schedules ask for it."""
        if not self._own_step:
            self._own_step.append(vars(self).get("step"))
            self._opt_called = False

    def resume_steps(self) -> None:
        """Let schedules know that the steps before theirs were taken elsewhere, before this was loaded."""
        self._opt_called = True

    def step_was_replaced(self) -> bool:
        """Whether someone put another `step` on this optimizer since `watch_steps`."""
        return vars(self).get("step") is not self._own_step[0]

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step; it may return other `(args, kwargs)`.

        `args` begins with the optimizer itself.
        """
        return RemovableHandle(self._step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return RemovableHandle(self._step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before `state_dict()` collects; with `prepend`, before the other hooks."""
        return _registered(self._state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` on what `state_dict()` returns; it may return another."""
        return _registered(self._state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` with a shallow copy before loading; it may return another."""
        return _registered(self._load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` after loading."""
        return _registered(self._load_state_dict_post_hooks, hook, prepend)


def _observed(step: Callable[..., Any]) -> Callable[..., Any]:
    """`step` with the hooks around it; it also notes that there was a step, for the schedules' warning."""

    @functools.wraps(step)
    def hooked(self: Any, *args: Any, **kwargs: Any) -> Any:
        self._opt_called = True
        own_before, own_after = self._step_pre_hooks, self._step_post_hooks
        if not (own_before or own_after or _before_every_step or _after_every_step):
            return step(self, *args, **kwargs)
        given: tuple[Any, ...] = (self, *args)
        for hook in (*_before_every_step.values(), *own_before.values()):
            given, kwargs = _replaced(step, hook(self, given, kwargs), given, kwargs)
        result = step(*given, **kwargs)
        for hook in chain(own_after.values(), _after_every_step.values()):
            hook(self, given, kwargs)
        return result

    return hooked


def _replaced(
    step: Callable[..., Any], result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments that a pre-hook returned, or those there were."""
    if result is None:
        return args, kwargs
    if isinstance(result, tuple) and len(result) == 2:
        return result
    raise RuntimeError(f"{step} must return None or a tuple of (new_args, new_kwargs), but got {result}.")


def _registered(hooks: Hooks, hook: Hook, prepend: bool) -> RemovableHandle:
    handle = RemovableHandle(hooks, hook)
    if prepend:
        hooks.move_to_end(next(reversed(hooks)), last=False)
    return handle
