"""Adadelta."""

from __future__ import annotations

from typing import Any, ClassVar

from gradloom.optim.optimizer import Group, Optimizer, Params, State
from gradloom.optim.settings import check_not_negative, check_rate


class Adadelta(Optimizer):
    """Steps in the parameters' own units: the gradient times a ratio of two running means (Zeiler, 2012).

    Args:
        params: the parameters to train.
        lr: factor of each step, >= 0.
        rho: how much of the running means each step keeps, in [0, 1].
        eps: added under both roots, >= 0.
        weight_decay: pull of each weight towards zero (L2), >= 0.
        maximize: climb instead of descend.
        foreach, capturable: ways in which PyTorch computes the same; `capturable` needs a GPU.
        differentiable: record the step, so that gradients flow through it.
    """

    _capturing: ClassVar[tuple[str, ...]] = ("cuda", "xpu", "hpu", "privateuseone")

    def __init__(
        self,
        params: Params,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_not_negative(epsilon=eps, weight_decay=weight_decay)
        settings = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, settings)

    def update(self, values: Any, gradient: Any, state: State, group: Group) -> None:
        work = self.workspace(values)
        self.counted(state, group)
        gradient = self.effective_gradient(work, values, gradient, group)
        rho, eps = group["rho"], group["eps"]
        square = work.kept(state, "square_avg")
        steps = work.kept(state, "acc_delta")
        square *= rho
        work.addcmul_(square, gradient, gradient, 1 - rho)
        delta = work.ratio(steps, square, eps)
        delta **= 0.5
        delta *= gradient
        steps *= rho
        work.addcmul_(steps, delta, delta, 1 - rho)
        work.add_(values, delta, -group["lr"])
