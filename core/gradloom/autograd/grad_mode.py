"""Whether operations are recorded: a switch for each thread, as context managers and decorators."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class Watcher:
    """Sees each node that is recorded, and each that is swept, while it stands in `recording.watchers`."""

    def recorded(self, node: Any) -> None:
        """`node` was just written."""

    def swept(self, node: Any, compute: Callable[[], Any]) -> Any:
        """Carry out the backward of `node`, which is `compute()`, and return what it gave."""
        return compute()


class _Recording(threading.local):
    enabled: bool = True
    watchers: tuple[Watcher, ...] = ()


recording = _Recording()


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
