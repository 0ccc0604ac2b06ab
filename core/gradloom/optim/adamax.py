"""Adamax."""

from __future__ import annotations

from gradloom.kernels import descent
from gradloom.optim.elementwise import Elementwise, Rule
from gradloom.optim.optimizer import Group, Params
from gradloom.optim.settings import check_betas, check_not_negative, check_rate


class Adamax(Elementwise):
    """Adam with the largest gradient, fading, in place of the mean square (Kingma and Ba, 2015, section 7.1).

    Args:
        params: the parameters to train.
        lr: learning rate, >= 0.
        betas: how much of the mean and of the maximum each step keeps, in [0, 1).
        eps: added to the size of each gradient, >= 0.
        weight_decay: pull of each weight towards zero (L2), >= 0.
        maximize: climb instead of descend.
        foreach, capturable: ways in which PyTorch computes the same; `capturable` needs a GPU.
        differentiable: record the step, so that gradients flow through it.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_rate(lr)
        check_not_negative(epsilon=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        settings = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, settings)

    def rule(self, clock: float, group: Group) -> Rule:
        beta1, beta2 = group["betas"]
        rate = -group["lr"] / (1 - beta1**clock)
        coefficients = group["weight_decay"], 1 - beta1, beta2, group["eps"], rate
        return Rule(descent.adamax, coefficients, {"exp_avg": 0, "exp_inf": 0}, group["maximize"])
