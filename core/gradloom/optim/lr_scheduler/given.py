"""Schedules whose factors come from a function of the caller's."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any

from gradloom.optim.lr_scheduler.base import LRScheduler, current
from gradloom.optim.optimizer import Optimizer

Factor = Callable[[int], float]


class _ByFunction(LRScheduler):
    """One function for each group, or one for all."""

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Factor | Sequence[Factor], last_epoch: int = -1
    ) -> None:
        self.optimizer = optimizer
        count = len(optimizer.param_groups)
        self.lr_lambdas: list[Factor]
        if not isinstance(lr_lambda, list | tuple):
            self.lr_lambdas = [lr_lambda] * count  # type: ignore[list-item]
        elif len(lr_lambda) != count:
            raise ValueError(f"Expected {count} lr_lambdas, but got {len(lr_lambda)}")
        else:
            self.lr_lambdas = list(lr_lambda)
        self._check_functions()
        super().__init__(optimizer, last_epoch)

    def _check_functions(self) -> None:
        """For subclasses that refuse some."""

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and functions; of other callables, their attributes."""
        state = super().state_dict()
        state["lr_lambdas"] = [
            None if isinstance(each, types.FunctionType) else vars(each).copy() for each in self.lr_lambdas
        ]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned; functions are those the schedule was made with."""
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "lr_lambdas"})
        for own, saved in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if saved is not None:
                vars(own).update(saved)


class LambdaLR(_ByFunction):
    """The first rate times `lr_lambda(epoch)`.

    Args:
        optimizer: whose rates to set.
        lr_lambda: a function of the epoch, or one for each group.
        last_epoch: the epoch to go on from; -1 starts anew.
    """

    def get_lr(self) -> Sequence[Any]:
        self._check_asked()
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base * factor(self.last_epoch) for base, factor in pairs]


class MultiplicativeLR(_ByFunction):
    """The rate times `lr_lambda(epoch)`, epoch after epoch.

    Args:
        optimizer: whose rates to set.
        lr_lambda: a function of the epoch, or one for each group.
        last_epoch: the epoch to go on from; -1 starts anew.
    """

    def _check_functions(self) -> None:
        for each in self.lr_lambdas:
            if not callable(each):
                raise TypeError(f"lr_lambda should be a function, but got {type(each).__name__}")

    def get_lr(self) -> Sequence[Any]:
        self._check_asked()
        if self._is_initial:
            return current(self.optimizer, "lr")
        pairs = zip(self.groups, self.lr_lambdas, strict=True)
        return [group["lr"] * factor(self.last_epoch) for group, factor in pairs]
