"""Schedules that multiply the rate: at some epochs, at each, or along a line or a power of one."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Any

from gradloom.optim.lr_scheduler.base import LRScheduler, current
from gradloom.optim.optimizer import Optimizer


class StepLR(LRScheduler):
    """The rate times `gamma` every `step_size` epochs.

    Args:
        optimizer: whose rates to set.
        step_size: epochs between two changes, > 0.
        gamma: factor of each change, > 0.
        last_epoch: the epoch to go on from; -1 starts anew.
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[Any]:
        self._check_asked()
        if self.last_epoch == 0 or self.last_epoch % self.step_size != 0:
            return current(self.optimizer, "lr")
        return [group["lr"] * self.gamma for group in self.groups]

    def _get_closed_form_lr(self) -> Sequence[Any]:
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]


class MultiStepLR(LRScheduler):
    """The rate times `gamma` at each milestone.

    Args:
        optimizer: whose rates to set.
        milestones: epochs at which the rate changes, >= 0.
        gamma: factor of each change, > 0.
        last_epoch: the epoch to go on from; -1 starts anew.
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[Any]:
        self._check_asked()
        if self.last_epoch not in self.milestones:
            return current(self.optimizer, "lr")
        factor = self.gamma ** self.milestones[self.last_epoch]
        return [group["lr"] * factor for group in self.groups]

    def _get_closed_form_lr(self) -> Sequence[Any]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [base * self.gamma**passed for base in self.base_lrs]


class ConstantLR(LRScheduler):
    """A smaller rate for the first epochs, then the optimizer's own.

    Args:
        optimizer: whose rates to set.
        factor: factor of the rate in the first epochs, in (0, 1].
        total_iters: how many epochs that is, >= 0.
        last_epoch: the epoch to go on from; -1 starts anew.
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if factor > 1.0 or factor < 0:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[Any]:
        self._check_asked()
        if self.last_epoch == 0:
            return [group["lr"] * self.factor for group in self.groups]
        if self.last_epoch != self.total_iters:
            return current(self.optimizer, "lr")
        return [group["lr"] * (1.0 / self.factor) for group in self.groups]

    def _get_closed_form_lr(self) -> Sequence[Any]:
        over = self.last_epoch >= self.total_iters
        return [base * (self.factor + over * (1 - self.factor)) for base in self.base_lrs]


class LinearLR(LRScheduler):
    """A warm-up: the first rate times a factor that goes straight from `start_factor` to `end_factor`.

    Args:
        optimizer: whose rates to set.
        start_factor: factor at the first epoch, in (0, 1].
        end_factor: factor after `total_iters` epochs, in [0, 1].
        total_iters: length of the line in epochs, > 0.
        last_epoch: the epoch to go on from; -1 starts anew.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1."
            )
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[Any]:
        self._check_asked()
        if self.last_epoch == 0:
            return [group["lr"] * self.start_factor for group in self.groups]
        if self._is_initial or self.last_epoch > self.total_iters:
            return current(self.optimizer, "lr")
        rise = self.end_factor - self.start_factor
        factor = 1.0 + rise / (self.total_iters * self.start_factor + (self.last_epoch - 1) * rise)
        return [group["lr"] * factor for group in self.groups]

    def _get_closed_form_lr(self) -> Sequence[Any]:
        rise = self.end_factor - self.start_factor
        factor = self.start_factor + rise * min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * factor for base in self.base_lrs]


class ExponentialLR(LRScheduler):
    """The rate times `gamma` every epoch.

    Args:
        optimizer: whose rates to set.
        gamma: factor of each epoch, > 0.
        last_epoch: the epoch to go on from; -1 starts anew.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[Any]:
        self._check_asked()
        if self._is_initial:
            return current(self.optimizer, "lr")
        return [group["lr"] * self.gamma for group in self.groups]

    def _get_closed_form_lr(self) -> Sequence[Any]:
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


class PolynomialLR(LRScheduler):
    """The rate falls to zero along a power of a straight line.

    Args:
        optimizer: whose rates to set.
        total_iters: epochs until zero, > 0.
        power: power of the line, > 0.
        last_epoch: the epoch to go on from; -1 starts anew.
    """

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[Any]:
        self._check_asked()
        if self._is_initial or self.last_epoch > self.total_iters:
            return current(self.optimizer, "lr")
        left, before = (1.0 - epoch / self.total_iters for epoch in (self.last_epoch, self.last_epoch - 1))
        factor = (left / before) ** self.power
        return [group["lr"] * factor for group in self.groups]

    def _get_closed_form_lr(self) -> Sequence[Any]:
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * left**self.power for base in self.base_lrs]
