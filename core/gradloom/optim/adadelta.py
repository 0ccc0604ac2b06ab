"""Adadelta."""

from __future__ import annotations

from typing import ClassVar

from gradloom.kernels import descent
from gradloom.optim.elementwise import Elementwise, Rule
from gradloom.optim.optimizer import Group, Params
from gradloom.optim.settings import check_not_negative, check_rate


class Adadelta(Elementwise):
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

    def rule(self, clock: float, group: Group) -> Rule:
        rho = group["rho"]
        coefficients = group["weight_decay"], rho, 1 - rho, group["eps"], -group["lr"]
        return Rule(descent.adadelta, coefficients, {"square_avg": 0, "acc_delta": 0}, group["maximize"])
