"""Optimizers that move every weight by itself, by one of the formulas in `kernels/descent.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from operator import is_
from typing import Any, NamedTuple

import numpy as np

from gradloom.kernels.counterpart import floats
from gradloom.kernels.descent import Formula, Move, mover
from gradloom.kernels.quiet import quiet
from gradloom.optim.optimizer import Array, Group, Optimizer, State
from gradloom.optim.settings import numbers
from gradloom.tensor import Tensor, wrap

_float32, _float64 = np.dtype(np.float32), np.dtype(np.float64)


class Rule(NamedTuple):
    """How the weights of a group move in one step.

    `memory` names what the formula remembers, with its value before the first step; the gradient is turned
    round to `climb`.
    """

    formula: Formula
    coefficients: tuple[Any, ...]
    memory: Mapping[str, float] = {}
    climb: bool = False


class _Ready(NamedTuple):
    """What moves some parameters by a formula, as long as these are their arrays.

    `moves` says which of them move with coefficients of which dtype.
    """

    formula: Formula
    memory: Sequence[str]
    arrays: list[Array]
    moves: list[tuple[list[int], Any, Move]]

    def fits(self, params: Sequence[Tensor], states: Sequence[State | None]) -> bool:
        """Whether these parameters, with their states, have these arrays."""
        arrays = self.arrays
        if len(arrays) != len(params) * (1 + len(self.memory)):
            return False
        try:
            found = _arrays(self.memory, params, states)
        except (KeyError, AttributeError, TypeError):
            return False
        return all(map(is_, found, arrays))

    def move(self, rule: Rule, params: Sequence[Tensor]) -> None:
        """Move the parameters along their gradients."""
        gradients = [param.grad.array for param in params]  # type: ignore[union-attr]
        if rule.climb:
            gradients = [-each for each in gradients]
        for of, dtype, move in self.moves:
            several = gradients if len(of) == len(gradients) else [gradients[at] for at in of]
            move(several, np.array(rule.coefficients, dtype))


class Elementwise(Optimizer):
    """An optimizer that says by `rule` how every weight moves, and by `clock` what that depends on."""

    def clock(self, state: State, group: Group) -> Any:
        """Where in time a parameter stands: all that its rule knows of the state. Counts this step."""
        return self.counted(state, group)

    def rule(self, clock: Any, group: Group) -> Rule:
        """How a parameter moves at this time; numbers are tensors if the settings are."""
        raise NotImplementedError

    def update(self, values: Any, gradient: Any, state: State, group: Group) -> None:
        rule = self.rule(self.clock(state, group), group)
        if isinstance(values, Tensor):
            _record(rule, values, gradient, state)
        else:
            move = mover(rule.formula, len(rule.coefficients), [_targets(rule, values, state)])
            move([_turned(rule, gradient)], np.array(rule.coefficients, _exact(values.dtype)))

    def _start(self) -> None:
        super()._start()
        self._ready: dict[Tensor, _Ready] = {}

    def _plain_step(self, group: Group) -> None:
        """Parameters for which it is the same time follow the same rule, and move together."""
        params = [param for param in group["params"] if param.grad is not None]
        if not params:
            return None
        states = list(map(self.state.get, params))
        ready = self._known(params, states)
        if ready is None and self._moves_singly(params):
            return super()._plain_step(group)
        settings = numbers(group)
        known = [{} if state is None else state for state in states]
        clocks = [self.clock(state, settings) for state in known]
        if clocks.count(clocks[0]) == len(clocks):
            self._move(ready, self.rule(clocks[0], settings), params, known)
        else:
            for clock in dict.fromkeys(clocks):
                now = [each == clock for each in clocks]
                several, theirs = list(compress(params, now)), list(compress(known, now))
                self._move(self._known(several, theirs), self.rule(clock, settings), several, theirs)
        if None in states:
            self.state.update({param: state for param, state in zip(params, known, strict=True) if state})
        return None

    def _moves_singly(self, params: Sequence[Tensor]) -> bool:
        """Whether a subclass moves each parameter its own way, or one is complex."""
        alone = type(self).update is not Elementwise.update
        return alone or "c" in [param.array.dtype.kind for param in params]

    def _known(self, params: Sequence[Tensor], states: Sequence[State | None]) -> _Ready | None:
        """What moved these parameters before, if it fits them now."""
        ready = self._ready.get(params[0])
        return ready if ready is not None and ready.fits(params, states) else None

    def _move(
        self, ready: _Ready | None, rule: Rule, params: Sequence[Tensor], states: Sequence[State]
    ) -> None:
        if ready is None or ready.formula is not rule.formula:
            ready = self._ready[params[0]] = _prepared(rule, params, states)
        quiet.run(ready.move, rule, params)
        for param in params:
            param._counter[0] += 1


def _exact(dtype: Any) -> Any:
    """The dtype of coefficients: as exact as values of this dtype, or more so."""
    return _float32 if dtype is _float32 else _float64


def _targets(rule: Rule, values: Array, state: State) -> list[Array]:
    """The values and what the formula remembers."""
    targets = [values]
    for name, start in rule.memory.items():
        kept = state.get(name)
        if kept is None:
            kept = state[name] = wrap(np.full_like(values, start))
        targets.append(kept.array)
    return targets


def _arrays(memory: Iterable[str], params: Sequence[Tensor], states: Sequence[Any]) -> list[Array]:
    """The values of all parameters and then their memory."""
    arrays = [param.array for param in params]
    for name in memory:
        arrays += [state[name].array for state in states]
    return arrays


def _prepared(rule: Rule, params: Sequence[Tensor], states: Sequence[State]) -> _Ready:
    weights = [_targets(rule, param.array, state) for param, state in zip(params, states, strict=True)]
    kinds: dict[Any, list[int]] = {}
    for at, targets in enumerate(weights):
        kinds.setdefault((_exact(targets[0].dtype), floats(*targets)), []).append(at)
    moves = [
        (of, dtype, mover(rule.formula, len(rule.coefficients), [weights[at] for at in of]))
        for (dtype, _), of in kinds.items()
    ]
    memory = list(rule.memory)
    return _Ready(rule.formula, memory, _arrays(memory, params, states), moves)


def _turned(rule: Rule, gradient: Any) -> Any:
    return -gradient if rule.climb else gradient


def _record(rule: Rule, values: Tensor, gradient: Tensor, state: State) -> None:
    """The step on the tape, which keeps copies of what is overwritten."""
    for name, start in rule.memory.items():
        if state.get(name) is None:
            state[name] = wrap(np.full_like(values.array, start))
    targets = [values, *[state[name] for name in rule.memory]]
    value, *memory = [each.clone() for each in targets]
    slope = _turned(rule, gradient).clone()
    for old, new in zip(targets, rule.formula(value, slope, *memory, rule.coefficients), strict=True):
        old.copy_(new)


def pull(group: Group) -> tuple[Any, Any]:
    """The factor that shrinks the values, and the share of them that is added to the gradient.

    One of the two does `weight_decay`, by `decoupled_weight_decay`.
    """
    if group["decoupled_weight_decay"]:
        return 1 - group["lr"] * group["weight_decay"], 0
    return 1, group["weight_decay"]
