"""NAdam."""

from __future__ import annotations

from typing import Any, ClassVar

from gradloom.optim.optimizer import Group, Optimizer, Params, State
from gradloom.optim.settings import check_betas, check_not_negative, check_rate


class NAdam(Optimizer):
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

    def update(self, values: Any, gradient: Any, state: State, group: Group) -> None:
        work = self.workspace(values)
        step = self.counted(state, group)
        if "mu_product" not in state:
            state["mu_product"] = self.scalar(1.0, group)
        gradient = self.decayed_gradient(work, values, gradient, group)
        (beta1, beta2), lr = group["betas"], group["lr"]
        mu, mu_next = (
            beta1 * (1.0 - 0.5 * 0.96 ** (count * group["momentum_decay"])) for count in (step, step + 1)
        )
        state["mu_product"].array *= mu
        product = state["mu_product"].array.item()
        first = work.kept(state, "exp_avg")
        second = work.kept(state, "exp_avg_sq")
        work.lerp_(first, gradient, 1 - beta1)
        second *= beta2
        work.addcmul_(second, gradient, gradient, 1 - beta2)
        correction = (1 - beta2**step) ** 0.5
        denominator = work.sqrt(second)
        denominator += group["eps"] * correction
        work.addcdiv_(values, gradient, denominator, -lr * (1.0 - mu) / (1.0 - product) * correction)
        work.addcdiv_(values, first, denominator, -lr * mu_next / (1.0 - product * mu_next) * correction)
