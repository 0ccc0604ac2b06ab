"""A step as a flat list of calls on numbered places: no tensors, no graph, no look-ups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from gradloom.autograd.record import forward
from gradloom.dtypes import Array
from gradloom.ops.op import Op, Picker, picker
from gradloom.replay.guards import Guards
from gradloom.replay.reuse import reusing
from gradloom.tensor import Tensor, wrap

Function = Callable[..., Any]


class Line(NamedTuple):
    """One call: `place = function(*inputs)`, or `place, place + 1, ... = function(*inputs)`.

    Attributes:
        key: what two recordings of the line have in common, besides the places.
        pure: whether nobody misses the call if nobody uses its result.
        op: whose forward it is, if it is one, for the words of its errors.
        several: how many results the function returns, None if it returns its only one.
        into: whether the function can write its result, which is large, into an operand.
    """

    function: Function
    inputs: tuple[int, ...]
    place: int
    key: Any
    pure: bool = True
    op: Op[Any] | None = None
    several: int | None = None
    into: bool = False

    @property
    def places(self) -> range:
        """Where its results stand."""
        return range(self.place, self.place + (1 if self.several is None else self.several))


@dataclass
class Accumulate:
    """Adds an array to the gradient of a leaf, as a sweep does at its end.

    Attributes:
        place: where the array stands.
        owned: whether nobody else holds it, so that the leaf may keep it.
    """

    leaf: Tensor
    place: int
    owned: bool = False

    def __call__(self, grad: Array) -> None:
        held = self.leaf.grad
        if held is None:
            self.leaf.grad = wrap(grad if self.owned else np.array(grad, order="C"))
        else:
            np.add(held.array, grad, out=held.array)
            held._counter[0] += 1


class Program:
    """The lines of a step, ready to run.

    Args:
        lines: in order; each place is written once.
        values: what stands at each place before the first line: constants, None for the rest.
        written: the counters of versions of the memory from outside that lines write to, and how often.
        written_arguments: the numbers of the arguments that lines write to, and how often.
        outputs: the places of what the step returns, None where it returns None.
        several: whether that is a tuple.
        guards: what must hold for the lines to be what the step would do.

    Attributes:
        holds: whether everything that the step took for granted is still as it was.
    """

    def __init__(
        self,
        lines: Sequence[Line],
        values: Sequence[Any],
        written: Sequence[tuple[list[int], int]],
        written_arguments: Sequence[tuple[int, int]],
        outputs: Sequence[int | None],
        several: bool,
        guards: Guards,
    ) -> None:
        self._outputs = tuple(outputs)
        self._several = several
        self.holds = guards.hold
        self.lines = _joined(_without_unused(lines, [at for at in outputs if at is not None]))
        self._values = list(values)
        self._written = written
        self._written_arguments = written_arguments
        self._steps = [
            (*_call(line, free), _target(line), free)
            for line, free in zip(self.lines, self._last_uses(), strict=True)
        ]

    def _last_uses(self) -> list[tuple[int, ...]]:
        """After each line the places whose arrays nobody needs any more."""
        computed = {at for line in self.lines for at in line.places}
        seen = {at for at in self._outputs if at is not None}
        frees: list[tuple[int, ...]] = []
        for line in reversed(self.lines):
            last = {at for at in (*line.inputs, *line.places) if at in computed and at not in seen}
            seen |= last
            frees.append(tuple(last))
        return frees[::-1]

    def run(self, tensors: Sequence[Tensor]) -> Any:
        """Carry out all lines on the arguments; what they raise are the errors of the operations."""
        places = self._values.copy()
        places[: len(tensors)] = [each.array for each in tensors]
        for counter, times in self._written:
            counter[0] += times
        for at, times in self._written_arguments:
            tensors[at]._counter[0] += times
        function: Any = None
        pick: Any = None
        try:
            with np.errstate(all="ignore"):
                for function, pick, place, free in self._steps:
                    places[place] = function(*pick(places))
                    for at in free:
                        places[at] = None
        except Exception:
            self._explain(function, pick(places))
            raise
        returned = [None if at is None else wrap(places[at]) for at in self._outputs]
        return tuple(returned) if self._several else returned[0]

    def _explain(self, function: Function, inputs: Sequence[Any]) -> None:
        """Raise the error of an operation in the words that it has outside a program."""
        op = next((line.op for line in self.lines if line.function is function and line.op), None)
        if op is not None:
            forward(op, list(inputs))


def _call(line: Line, free: tuple[int, ...]) -> tuple[Function, Picker]:
    """The line's function, and what picks its arguments, which may be all places, from the list of those."""
    pick = picker(line.inputs)
    dying = tuple([at for at in line.inputs if at in free])
    if dying and line.into:
        return reusing(line.function, pick, dying), _everything
    return line.function, pick


def _everything(places: Sequence[Any]) -> tuple[Any, ...]:
    return (places,)


def _target(line: Line) -> int | slice:
    """What to assign the results to in the list of all places."""
    return line.place if line.several is None else slice(line.place, line.place + line.several)


def _without_unused(lines: Sequence[Line], outputs: Sequence[int]) -> list[Line]:
    used = set(outputs)
    kept = []
    for line in reversed(lines):
        if line.pure and used.isdisjoint(line.places):
            continue
        used.update(line.inputs)
        kept.append(line)
    return kept[::-1]


def _joined(lines: Sequence[Line]) -> list[Line]:
    """The lines with each run of lines that accumulate as one."""
    joined: list[Line] = []
    for accumulates, run in groupby(lines, lambda line: isinstance(line.function, Accumulate)):
        several = list(run)
        if accumulates:
            inputs = tuple([at for line in several for at in line.inputs])
            function = partial(_call_each, [line.function for line in several])
            several = [Line(function, inputs, several[0].place, "accumulate", pure=False)]
        joined += several
    return joined


def _call_each(functions: Sequence[Function], *arguments: Any) -> None:
    for function, argument in zip(functions, arguments, strict=True):
        function(argument)
