"""Optimizers that move every weight by itself, by one of the formulas in `kernels/descent.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from gradloom.kernels.descent import Formula, Move, mover
from gradloom.optim.optimizer import Array, Group, Optimizer, State, Update
from gradloom.tensor import Tensor, wrap

_float32 = np.dtype(np.float32)


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
    """What moves a parameter, as long as these are its arrays and this is its formula."""

    formula: Formula
    values: Array
    memory: tuple[tuple[str, Array], ...]
    move: Move

    def fits(self, formula: Formula, values: Array, state: State) -> bool:
        if self.values is not values or self.formula is not formula:
            return False
        for name, array in self.memory:
            kept = state.get(name)
            if kept is None or kept.array is not array:
                return False
        return True


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
            move = _mover(rule, _targets(rule, values, state))
            move(_turned(rule, gradient), _exact(rule, values.dtype))

    def _start(self) -> None:
        super()._start()
        self._ready: dict[Tensor, _Ready] = {}

    def _updating(self, group: Group) -> Update:
        """The rule is the same for all parameters at the same time, and arrays mostly stay where they are."""
        if type(self).update is not Elementwise.update:
            return super()._updating(group)
        general = super()._updating(group)
        rules: dict[Any, tuple[Rule, Array]] = {}
        prepared = self._ready

        def update(param: Tensor, state: State) -> None:
            values = param.array
            single = values.dtype is _float32
            if not single and values.dtype.kind == "c":
                general(param, state)
                return
            clock = self.clock(state, group)
            known = rules.get((clock, single))
            if known is None:
                rule = self.rule(clock, group)
                known = rules[clock, single] = rule, _exact(rule, values.dtype)
            rule, coefficients = known
            ready = prepared.get(param)
            if ready is None or not ready.fits(rule.formula, values, state):
                ready = prepared[param] = _prepared(rule, values, state)
            assert param.grad is not None
            ready.move(_turned(rule, param.grad.array), coefficients)

        return update


def _exact(rule: Rule, dtype: Any) -> Array:
    """The coefficients as an array: as exact as values of this dtype, or more so."""
    return np.array(rule.coefficients, np.float32 if dtype is _float32 else np.float64)


def _targets(rule: Rule, values: Array, state: State) -> list[Array]:
    """The values and what the formula remembers."""
    targets = [values]
    for name, start in rule.memory.items():
        kept = state.get(name)
        if kept is None:
            kept = state[name] = wrap(np.full_like(values, start))
        targets.append(kept.array)
    return targets


def _prepared(rule: Rule, values: Array, state: State) -> _Ready:
    targets = _targets(rule, values, state)
    memory = tuple(zip(rule.memory, targets[1:], strict=True))
    return _Ready(rule.formula, values, memory, _mover(rule, targets))


def _mover(rule: Rule, targets: list[Array]) -> Move:
    return mover(rule.formula, len(rule.coefficients), targets)


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
