"""Schedules: how the learning rate changes from epoch to epoch.

Call `scheduler.step()` after the optimizer's steps of each epoch. Where PyTorch derives a rate from the
current one, so do we; a rate that someone changes by hand in between is therefore respected.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

from gradloom.optim.optimizer import Group, Optimizer


class LRScheduler:
    """Base of all schedules. A subclass defines `get_lr`: one rate for each of the optimizer's groups.

    `last_epoch` counts the steps taken, `base_lrs` are the rates at the start.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming an optimizer"
                )
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self.step()

    @property
    def groups(self) -> list[Group]:
        return self.optimizer.param_groups

    def get_lr(self) -> Sequence[float]:
        """The rates for `last_epoch`."""
        raise NotImplementedError

    def get_last_lr(self) -> list[float]:
        """The rates set by the last step."""
        return self._last_lr

    def step(self) -> None:
        """Go on by one epoch and set the optimizer's rates."""
        self._step_count += 1
        self.last_epoch += 1
        self._set(self.get_lr())

    def _set(self, rates: Sequence[float]) -> None:
        for group, rate in zip(self.groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = list(rates)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.__dict__.update(state_dict)


class LambdaLR(LRScheduler):
    """The first rate times `lr_lambda(epoch)`.

    Args:
        optimizer: whose rates to set.
        lr_lambda: a function of the epoch, or one for each group.
        last_epoch: the epoch to go on from; -1 starts anew.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        count = len(optimizer.param_groups)
        self.lr_lambdas = [lr_lambda] * count if callable(lr_lambda) else list(lr_lambda)
        if len(self.lr_lambdas) != count:
            raise ValueError(f"Expected {count} lr_lambdas, but got {len(self.lr_lambdas)}")
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[float]:
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base * factor(self.last_epoch) for base, factor in pairs]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and the functions, which code must bring itself."""
        return {key: value for key, value in super().state_dict().items() if key != "lr_lambdas"}


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

    def get_lr(self) -> Sequence[float]:
        due = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return [group["lr"] * self.gamma if due else group["lr"] for group in self.groups]


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

    def get_lr(self) -> Sequence[float]:
        factor = self.gamma ** self.milestones[self.last_epoch]
        return [group["lr"] * factor for group in self.groups]


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

    def get_lr(self) -> Sequence[float]:
        factor = self.gamma if self.last_epoch > 0 else 1.0
        return [group["lr"] * factor for group in self.groups]


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
        if not 0 < start_factor <= 1.0:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1."
            )
        if not 0 <= end_factor <= 1.0:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[float]:
        if self.last_epoch == 0:
            factor = self.start_factor
        elif self.last_epoch > self.total_iters:
            factor = 1.0
        else:
            rise = self.end_factor - self.start_factor
            factor = 1.0 + rise / (self.total_iters * self.start_factor + (self.last_epoch - 1) * rise)
        return [group["lr"] * factor for group in self.groups]


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

    def get_lr(self) -> Sequence[float]:
        epoch, period = self.last_epoch, self.T_max
        if epoch == 0:
            return [group["lr"] for group in self.groups]
        if self._step_count == 1:
            share = (1 + math.cos(epoch * math.pi / period)) / 2
            return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]
        if (epoch - 1 - period) % (
            2 * period
        ) == 0:  # the step out of the valley, where the ratio below is 0/0
            rise = (1 - math.cos(math.pi / period)) / 2
            pairs = zip(self.base_lrs, self.groups, strict=True)
            return [group["lr"] + (base - self.eta_min) * rise for base, group in pairs]
        ratio = (1 + math.cos(math.pi * epoch / period)) / (1 + math.cos(math.pi * (epoch - 1) / period))
        return [ratio * (group["lr"] - self.eta_min) + self.eta_min for group in self.groups]


class ReduceLROnPlateau(LRScheduler):
    """The rate times `factor` when a metric has stopped improving. `step(metric)` takes the metric.

    Args:
        optimizer: whose rates to set.
        mode: whether the metric should fall ("min") or rise ("max").
        factor: factor of each change, in (0, 1).
        patience: epochs without improvement that are tolerated, >= 0.
        threshold: what counts as an improvement, >= 0.
        threshold_mode: whether `threshold` is a share of the best value ("rel") or a difference ("abs").
        cooldown: epochs to wait after a change, >= 0.
        min_lr: lowest rate, >= 0.
        eps: smaller changes than this are not made, >= 0.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: Literal["min", "max"] = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: Literal["rel", "abs"] = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError("Factor should be < 1.0.")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        count = len(optimizer.param_groups)
        self.optimizer = optimizer
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.min_lrs = [min_lr] * count if isinstance(min_lr, int | float) else list(min_lr)
        self.eps = eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = 0
        self.cooldown_counter = 0
        self.last_epoch = 0
        self._last_lr = [group["lr"] for group in self.groups]

    def step(self, metrics: Any) -> None:  # type: ignore[override]
        """Go on by one epoch whose metric was `metrics`."""
        current = float(metrics)
        self.last_epoch += 1
        if self._improves(current):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._set(self._reduced())
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = [group["lr"] for group in self.groups]

    def _improves(self, current: float) -> bool:
        sign = -1.0 if self.mode == "min" else 1.0
        margin = self.threshold * (self.best if self.threshold_mode == "rel" else 1.0)
        if math.isinf(self.best):
            return sign * current > sign * self.best
        return sign * current > sign * (self.best + sign * margin)

    def _reduced(self) -> list[float]:
        pairs = [(group["lr"], least) for group, least in zip(self.groups, self.min_lrs, strict=True)]
        lowered = [(old, max(old * self.factor, least)) for old, least in pairs]
        return [new if old - new > self.eps else old for old, new in lowered]
