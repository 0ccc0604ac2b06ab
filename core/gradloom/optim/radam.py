"""RAdam."""

from __future__ import annotations

from gradloom.kernels import descent
from gradloom.optim.elementwise import Elementwise, Rule, pull
from gradloom.optim.optimizer import Group, Params
from gradloom.optim.settings import check_betas, check_not_negative, check_rate


class RAdam(Elementwise):
    """Adam that follows the momentum while the mean square is still uncertain (Liu et al., 2020).

    Args:
        params: the parameters to train.
        lr: learning rate, >= 0.
        betas: how much of the two running means each step keeps, in [0, 1).
        eps: added to the denominator so that it is never zero, >= 0.
        weight_decay: pull of each weight towards zero (L2), >= 0.
        decoupled_weight_decay: shrink the weights directly, as AdamW does.
        maximize: climb instead of descend.
        foreach, capturable: ways in which PyTorch computes the same; `capturable` needs a GPU.
        differentiable: record the step, so that gradients flow through it.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
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
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, settings)

    def rule(self, clock: float, group: Group) -> Rule:
        beta1, beta2 = group["betas"]
        rate = -group["lr"] / (1 - beta1**clock)
        correction = 1 - beta2**clock
        # Liu et al., algorithm 2: the length of the average, and its largest.
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * clock * beta2**clock / correction
        formula = descent.unrectified
        if length > 5.0:
            formula = descent.adam
            rectified = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            rate = rate * (rectified * correction) ** 0.5
        coefficients = *pull(group), 1 - beta1, beta2, 1 - beta2, group["eps"], rate
        return Rule(formula, coefficients, {"exp_avg": 0, "exp_avg_sq": 0}, group["maximize"])
