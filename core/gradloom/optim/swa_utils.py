"""Averages of the weights along a training: stochastic weight averaging and exponential moving averages.

Sources: Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", 2018; Polyak
and Juditsky, 1992.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from itertools import chain
from typing import Any, Literal

from gradloom import dtypes
from gradloom.autograd.grad_mode import no_grad
from gradloom.creation import tensor
from gradloom.nn.batch_normalization import _BatchNorm
from gradloom.nn.module import Module
from gradloom.optim.lr_scheduler.base import LRScheduler, one_each
from gradloom.optim.optimizer import Optimizer
from gradloom.tensor import Tensor

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[Tensor, Tensor, Any], Tensor]
Averages = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The exponential moving average, `decay * average + (1 - decay) * parameter`.

    Raises:
        ValueError: `decay` lies outside [0, 1].
    """
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Average:
    """The mean of all parameters so far."""

    @no_grad()
    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        mean: Tensor = averaged_param + (current_param - averaged_param) / (num_averaged + 1)
        return mean

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Averages:
    """The exponential moving average of lists of parameters, in place.

    Raises:
        ValueError: `decay` lies outside [0, 1].
    """
    _check_decay(decay)

    @no_grad()
    def ema_update(
        ema_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], num_averaged: Any
    ) -> None:
        for average, param in zip(ema_param_list, current_param_list, strict=True):
            average.copy_(average + (param - average) * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn() -> Averages:
    """The mean of all lists of parameters so far, in place."""
    mean = get_swa_avg_fn()

    @no_grad()
    def swa_update(
        averaged_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], num_averaged: Any
    ) -> None:
        for average, param in zip(averaged_param_list, current_param_list, strict=True):
            average.copy_(mean(average, param, num_averaged))

    return swa_update


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's over time.

    Call `update_parameters(model)` as often as an average should be taken; calling the average itself runs
    the copy.

    Args:
        model: whose parameters to average.
        device: always the CPU.
        avg_fn: the new average from the old one, the parameter and the count; by default the mean.
        multi_avg_fn: the same in place for lists of parameters.
        use_buffers: average the buffers too; otherwise they are those of the model.
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: Averages | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=dtypes.int64))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the model's present parameters into the average; the first time, copy them."""
        pairs = [
            (average.detach(), param.detach())
            for average, param in zip(self._averaged(self.module), self._averaged(model), strict=False)
        ]
        if not self.n_averaged:
            for average, param in pairs:
                average.copy_(param)
        elif self.multi_avg_fn is not None:
            for averages, params in _by_dtype(pairs):
                self.multi_avg_fn(averages, params, self.n_averaged.clone())
        else:
            mean = self.avg_fn or get_swa_avg_fn()
            for average, param in pairs:
                average.copy_(mean(average, param, self.n_averaged.clone()))
        if not self.use_buffers:
            for own, buffer in zip(self.module.buffers(), model.buffers(), strict=True):
                own.detach().copy_(buffer.detach())
        self.n_averaged.add_(1)

    def _averaged(self, module: Module) -> Iterable[Tensor]:
        return chain(module.parameters(), module.buffers()) if self.use_buffers else module.parameters()


def _by_dtype(pairs: Iterable[tuple[Tensor, Tensor]]) -> Iterable[tuple[list[Tensor], list[Tensor]]]:
    groups: dict[dtypes.dtype, tuple[list[Tensor], list[Tensor]]] = {}
    for average, param in pairs:
        averages, params = groups.setdefault(average.dtype, ([], []))
        averages.append(average)
        params.append(param)
    return groups.values()


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Measure the running statistics of the model's batch norms anew, over all batches of `loader`.

    Args:
        loader: batches; of lists and tuples, the first part is the input.
        model: whose statistics to measure. It runs in training mode, without gradients.
        device: always the CPU.
    """
    momenta = {module: module.momentum for module in model.modules() if isinstance(module, _BatchNorm)}
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.reset_running_stats()
        module.momentum = None
    for batch in loader:
        values = batch[0] if isinstance(batch, list | tuple) else batch
        model(values if device is None else values.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """The rate goes to `swa_lr` and stays there, while the weights are averaged.

    Args:
        optimizer: whose rates to set.
        swa_lr: the rate to go to, one or one for each group, >= 0.
        anneal_epochs: epochs until it is reached, >= 0.
        anneal_strategy: along half a cosine or straight.
        last_epoch: the epoch to go on from; -1 starts anew.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float,
        anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        last_epoch: int = -1,
    ) -> None:
        for group, rate in zip(optimizer.param_groups, one_each("swa_lr", optimizer, swa_lr), strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_strategy = anneal_strategy
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def anneal_func(self, share: float) -> float:
        """How much of the way is made after a share of the time."""
        return share if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * share)) / 2

    def get_lr(self) -> Sequence[Any]:
        self._check_asked()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = (
            self.anneal_func(max(0, min(1, count / max(1, self.anneal_epochs)))) for count in (step - 1, step)
        )
        rates = [_start(group["lr"], group["swa_lr"], before) for group in self.groups]
        return [
            group["swa_lr"] * now + rate * (1 - now) for group, rate in zip(self.groups, rates, strict=True)
        ]


def _start(rate: Any, end: Any, share: float) -> Any:
    """Where a way began that has led to `rate` after this share of it."""
    return end if share == 1 else (rate - share * end) / (1 - share)
