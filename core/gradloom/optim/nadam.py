"""NAdam."""

from __future__ import annotations

from typing import Any, ClassVar

from gradloom.kernels import descent
from gradloom.optim.elementwise import Elementwise, Rule, pull
from gradloom.optim.optimizer import Group, Params, State
from gradloom.optim.settings import check_betas, check_not_negative, check_rate


class NAdam(Elementwise):
    """Adam with Nesterov's look ahead (Dozat, 2016).

    The momentum grows with the steps: mu_t = beta1 * (1 - 0.96 ** (t * momentum_decay) / 2).

    Args:
        params: the parameters to train.
        lr: learning rate, >= 0.
        betas: how much of the two running means each step keeps, in [0, 1).
        eps: added to the denominator so that it is never zero, >= 0.
        weight_decay: pull of each weight towards zero (L2), >= 0.
        momentum_decay: how fast the momentum reaches beta1, >= 0.
        decoupled_weight_decay: shrink the weights directly, as AdamW does.
        maximize: climb instead of descend.
        foreach, capturable: ways in which PyTorch computes the same; `capturable` needs a GPU.
        differentiable: record the step, so that gradients flow through it.
    """

    _captured: ClassVar[str] = "params, mu_products and state_steps"

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        check_not_negative(weight_decay=weight_decay, momentum_decay=momentum_decay)
        settings = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, settings)

    def clock(self, state: State, group: Group) -> tuple[float, float]:
        """The step, and the product of all momenta up to it."""
        step = self.counted(state, group)
        if "mu_product" not in state:
            state["mu_product"] = self.scalar(1.0, group)
        product = state["mu_product"].array
        product *= _momentum(step, group)
        return step, product.item()

    def rule(self, clock: tuple[float, float], group: Group) -> Rule:
        (step, product), (beta1, beta2), lr = clock, group["betas"], group["lr"]
        now, later = _momentum(step, group), _momentum(step + 1, group)
        correction = (1 - beta2**step) ** 0.5
        rate = -lr * (1.0 - now) / (1.0 - product) * correction
        rate_of_mean = -lr * later / (1.0 - product * later) * correction
        eps = group["eps"] * correction
        coefficients = *pull(group), 1 - beta1, beta2, 1 - beta2, eps, rate, rate_of_mean
        return Rule(descent.nadam, coefficients, {"exp_avg": 0, "exp_avg_sq": 0}, group["maximize"])


def _momentum(step: float, group: Group) -> Any:
    return group["betas"][0] * (1.0 - 0.5 * 0.96 ** (step * group["momentum_decay"]))
