"""compile: a function that is written down while it runs, and from then on carried out from its lines."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any

from gradloom.autograd.grad_mode import recording
from gradloom.nn.module import Module
from gradloom.nn.module.hooks import WATCHERS
from gradloom.replay.names import Names
from gradloom.replay.program import Program
from gradloom.replay.recorder import Recorder
from gradloom.tensor import Tensor

_KINDS = 8
"""How many kinds of arguments one step keeps programs for; the last batch of an epoch is such a kind."""


_LAPSES = 50
"""How often a step is recorded anew because something that it used has changed."""


_NO_TENSORS = (
    "The step is not replayed where an argument is no tensor, was computed from what requires gradients, "
    "or has hooks."
)
_MANY_KINDS = f"The step is not replayed for more than {_KINDS} kinds of arguments, such as other shapes."


def compile(step: Callable[..., Any] | None = None, **settings: Any) -> Any:  # noqa: A001 - PyTorch's name
    """A function that does what `step` does, quicker where it does the same again and again.

    A training step - forward, loss, `backward`, optimizer - takes a small network longer to look up than to
    compute. Its first two calls run as they are while their operations are written down; if both did the
    same, later calls with arguments of the same shapes carry out these operations alone, with the same
    numbers. The rest of the function's Python does not run again: what changes from call to call must be an
    argument, and be a tensor. Learning rates, modes (`train`, `eval`), weights and random numbers may change
    as ever, and so may what the function finds by name, also in attributes, lists and dictionaries, and in
    functions that it calls: the step is then recorded anew. Where a step cannot be replayed it runs as it is,
    and `why_not` of the result says why.

    Args:
        step: the function; a module is returned as it is. Without it, `compile` is a decorator.
        settings: how PyTorch would compile; they have no effect.

    Example:
        >>> @gradloom.compile
        ... def step(images, labels):
        ...     optimizer.zero_grad()
        ...     loss = cross_entropy(model(images), labels)
        ...     loss.backward()
        ...     optimizer.step()
        ...     return loss
    """
    if step is None:
        return functools.partial(compile, **settings)
    return step if isinstance(step, Module) else Step(step)


class Step:
    """What `compile` makes of a function.

    Attributes:
        why_not: why the last call that runs as it is cannot be replayed, as a sentence; None if nothing has
            spoken against it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._programs: dict[Any, Program | Recorder | None] = {}
        self._lapsed = 0
        self.why_not: str | None = None

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> Any:
        return Step, (self._function,)  # a copy belongs to other objects and records for itself

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or recording.recorder is not None or recording.watchers or WATCHERS:
            return self._function(*args, **kwargs)
        kind = _kind_of(args)
        known = self._programs.get(kind, self)
        if type(known) is Program:
            if known.holds():
                return known.run(args)
            known = self._lapse(kind)
        if kind is None or (known is self and len(self._programs) >= _KINDS):
            self.why_not = _NO_TENSORS if kind is None else _MANY_KINDS
            known = None
        if known is None:
            return self._function(*args)
        return self._record(args, kind, known if isinstance(known, Recorder) else None)

    def _lapse(self, kind: Any) -> Step | None:
        """Forget the program of this kind; None if that has happened too often to go on recording."""
        self._programs.pop(kind, None)  # another thread may have forgotten it as well
        self._lapsed += 1
        if self._lapsed <= _LAPSES:
            return self
        self._programs[kind] = None
        self.why_not = "The step is not replayed since what it uses changes from call to call."
        return None

    def _record(self, args: Sequence[Tensor], kind: Any, earlier: Recorder | None) -> Any:
        self._programs.pop(kind, None)
        recorder = Recorder(args, Names(self._function, earlier.used_modules() if earlier else ()), earlier)
        with recorder:
            result = self._function(*args)
        self._programs[kind] = recorder.program(result, earlier) if earlier else recorder.forgetting()
        if recorder.reason is not None:
            self._programs[kind] = None
            self.why_not = f"The step is not replayed since it {recorder.reason}."
        return result


def _kind_of(args: Sequence[Any]) -> Any:
    """What tells the kind of the arguments from others; None if lines cannot take their place."""
    kind: list[Any] = [recording.enabled]
    numbers: list[int] = []
    for each in args:
        if not isinstance(each, Tensor):
            return None
        if each._view is not None:
            each._view.follow(each)
        if each._edge is not None or each._hooks:
            return None
        array = each.array
        numbers += (id(array), id(each._counter))  # which views and what was detached share
        # Compiled kernels take what they might write to. The program adds to the gradient of the very leaf
        # that it was recorded with, and keeps it alive.
        leaf = id(each) if each._requires_grad else None
        kind += (array.shape, array.dtype, array.strides, array.flags.behaved, leaf)
    if len(numbers) > len(set(numbers)):
        kind.append(tuple(map(numbers.index, numbers)))
    return tuple(kind)
