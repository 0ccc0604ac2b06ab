"""RMSprop."""

from __future__ import annotations

from typing import Any

from gradloom.optim.optimizer import Group, Optimizer, Params, State
from gradloom.optim.settings import check_not_negative, check_rate


class RMSprop(Optimizer):
    """Steps divided by the root of a running mean of squared gradients (Hinton, 2012; Graves, 2013).

    Args:
        params: the parameters to train.
        lr: learning rate, >= 0.
        alpha: how much of the running mean each step keeps, in [0, 1).
        eps: added to the root so that it is never zero, >= 0.
        weight_decay: pull of each weight towards zero (L2), >= 0.
        momentum: share of the last step that is kept, >= 0.
        centered: divide by the deviation from the mean gradient instead.
        maximize: climb instead of descend.
        foreach, capturable: ways in which PyTorch computes the same; `capturable` needs a GPU.
        differentiable: record the step, so that gradients flow through it.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        check_not_negative(epsilon=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        settings = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, settings)

    def update(self, values: Any, gradient: Any, state: State, group: Group) -> None:
        work = self.workspace(values)
        self.counted(state, group)
        gradient = self.effective_gradient(work, values, gradient, group)
        alpha, momentum = group["alpha"], group["momentum"]
        square = work.kept(state, "square_avg")
        square *= alpha
        work.addcmul_(square, gradient, gradient, 1 - alpha)
        buffer = work.kept(state, "momentum_buffer") if momentum > 0 else None
        if group["centered"]:
            mean = work.kept(state, "grad_avg")
            work.lerp_(mean, gradient, 1 - alpha)
            variance = work.times(mean, mean)
            variance *= -1
            variance += square
            deviation = work.sqrt(variance)
        else:
            deviation = work.sqrt(square)
        deviation += group["eps"]
        if buffer is None:
            work.addcdiv_(values, gradient, deviation, -group["lr"])
            return
        buffer *= momentum
        work.addcdiv_(buffer, gradient, deviation)
        work.add_(values, buffer, -group["lr"])
