"""Whether operations are recorded: a switch for each thread, as context managers and decorators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar, cast

from gradloom.tape import Watcher, recording

__all__ = [
    "Watcher",
    "enable_grad",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "recording",
    "set_grad_enabled",
    "whole",
]

F = TypeVar("F", bound=Callable[..., Any])


def whole(function: F) -> F:
    """For a function that computes outside of operations: it is replayed by calling it again."""

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        recorder = recording.recorder
        if recorder is None:
            return function(*args, **kwargs)
        recorder.check_gradients()
        recording.recorder = None
        try:
            result = function(*args, **kwargs)
        finally:
            recording.recorder = recorder
        recorder.called(function, args, kwargs, result)
        return result

    return cast(F, called)


def is_grad_enabled() -> bool:
    """Whether operations of this thread are recorded for a backward sweep."""
    return recording.enabled


class _Switch:
    """Sets the mode on entry and puts it back on exit; as a decorator, around each call."""

    wanted: bool

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if args and callable(args[0]):
            return cls()(args[0])
        return super().__new__(cls)

    def __init__(self) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(recording.enabled)
        recording.enabled = self.wanted

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        recording.enabled = self._before.pop()

    def fresh(self) -> _Switch:
        """A switch of the same setting that no other thread holds."""
        return type(self)()

    def __call__(self, function: F) -> F:
        if inspect.isgeneratorfunction(function):
            return cast(F, self._around_generator(function))

        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            with self.fresh():
                return function(*args, **kwargs)

        return cast(F, switched)

    def _around_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Each step of the generator runs under the switch; what happens between two steps does not."""

        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            step, given = generator.send, None
            while True:
                try:
                    with self.fresh():
                        value = step(given)
                except StopIteration as stop:
                    return stop.value
                try:
                    step, given = generator.send, (yield value)
                except GeneratorExit:
                    generator.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - handed on to the generator
                    step, given = generator.throw, error

        return switched


def is_inference_mode_enabled() -> bool:
    """Whether `inference_mode` is on, which here is the same as not recording."""
    return not recording.enabled


class no_grad(_Switch):  # noqa: N801 - PyTorch's name
    """`with no_grad():` or `@no_grad()`: operations are not recorded, their results need no gradient."""

    wanted = False


class inference_mode(_Switch):  # noqa: N801 - PyTorch's name
    """The same as `no_grad`, under the name that PyTorch gives to evaluation; `mode=False` records."""

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.wanted = not mode

    def fresh(self) -> _Switch:
        return inference_mode(not self.wanted)


class enable_grad(_Switch):  # noqa: N801 - PyTorch's name
    """`with enable_grad():` or `@enable_grad()`: operations are recorded, also inside `no_grad`."""

    wanted = True


class set_grad_enabled(_Switch):  # noqa: N801 - PyTorch's name
    """Switches recording on or off at once; as a context manager, until the block ends."""

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.wanted = mode
        self._at_once = recording.enabled
        recording.enabled = mode

    def __enter__(self) -> None:
        self._before.append(self._at_once)
        recording.enabled = self.wanted

    def fresh(self) -> _Switch:
        return set_grad_enabled(self.wanted)

    def __call__(self, function: F) -> F:
        recording.enabled = self._at_once
        return super().__call__(function)
