"""Schedules along half a cosine (Loshchilov and Hutter, 2017)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gradloom.autograd.grad_mode import whole
from gradloom.optim.lr_scheduler.base import LRScheduler, current
from gradloom.optim.optimizer import Optimizer


class CosineAnnealingLR(LRScheduler):
    """The rate falls along half a cosine to `eta_min` (Loshchilov and Hutter, 2017), then rises again.

    Args:
        optimizer: whose rates to set.
        T_max: epochs down to the lowest rate, > 0.
        eta_min: lowest rate, >= 0.
        last_epoch: the epoch to go on from; -1 starts anew.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[Any]:
        self._check_asked()
        if self._is_initial:
            return current(self.optimizer, "lr")
        epoch, period, low = self.last_epoch, self.T_max, self.eta_min
        if self._step_count == 1 and epoch > 0:
            wave = 1 + math.cos(epoch * math.pi / period)
            return [low + (base - low) * wave / 2 for base in self.base_lrs]
        if (epoch - 1 - period) % (2 * period) == 0:
            # The step out of the valley, where the ratio below is 0/0.
            rise = 1 - math.cos(math.pi / period)
            pairs = zip(self.base_lrs, self.groups, strict=True)
            return [group["lr"] + (base - low) * rise / 2 for base, group in pairs]
        ratio = (1 + math.cos(math.pi * epoch / period)) / (1 + math.cos(math.pi * (epoch - 1) / period))
        return [ratio * (group["lr"] - low) + low for group in self.groups]

    def _get_closed_form_lr(self) -> Sequence[Any]:
        wave = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        return [self.eta_min + (base - self.eta_min) * wave / 2 for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """The rate falls along half a cosine to `eta_min`, jumps back and falls again, each time for longer.

    `step(epoch)` takes fractions of an epoch too, to be called after each batch.

    Args:
        optimizer: whose rates to set.
        T_0: epochs until the first restart, >= 1.
        T_mult: factor of the length from one restart to the next, >= 1.
        eta_min: lowest rate, >= 0.
        last_epoch: the epoch to go on from; -1 starts anew.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, float | int):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[Any]:
        self._check_asked()
        low, wave = self.eta_min, 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [low + (base - low) * wave / 2 for base in self.base_lrs]

    @whole
    def step(self, epoch: float | None = None) -> None:
        """Go on by one epoch, or to `epoch`, and set the optimizer's rates."""
        if epoch is None and self.last_epoch >= 0:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        else:
            epoch = 0 if epoch is None else epoch
            if epoch < 0:
                raise ValueError(f"Expected non-negative epoch, but got {epoch}")
            self._jump(epoch)
        self.last_epoch = math.floor(epoch)
        with self._asking():
            rates = self.get_lr()
        self._set(rates)

    def _jump(self, epoch: float) -> None:
        """Find the restart before `epoch`; their lengths are a geometric series."""
        first, factor = self.T_0, self.T_mult
        if epoch < first:
            self.T_i, self.T_cur = first, epoch
        elif factor == 1:
            self.T_cur = epoch % first
        else:
            n = int(math.log(epoch / first * (factor - 1) + 1, factor))
            self.T_cur = epoch - first * (factor**n - 1) / (factor - 1)
            self.T_i = first * factor**n
