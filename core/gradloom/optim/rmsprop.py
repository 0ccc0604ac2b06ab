"""RMSprop."""

from __future__ import annotations

from gradloom.kernels import descent
from gradloom.optim.elementwise import Elementwise, Rule
from gradloom.optim.optimizer import Group, Params
from gradloom.optim.settings import check_not_negative, check_rate


class RMSprop(Elementwise):
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

    def rule(self, clock: float, group: Group) -> Rule:
        momentum, alpha = group["momentum"], group["alpha"]
        formula, memory = _FORMULAS[bool(momentum > 0), bool(group["centered"])]
        coefficients = group["weight_decay"], alpha, 1 - alpha, group["eps"], momentum, -group["lr"]
        return Rule(formula, coefficients, memory, group["maximize"])


_FORMULAS: dict[tuple[bool, bool], tuple[descent.Formula, dict[str, float]]] = {
    (False, False): (descent.rmsprop, {"square_avg": 0}),
    (True, False): (descent.rmsprop_momentum, {"square_avg": 0, "momentum_buffer": 0}),
    (False, True): (descent.rmsprop_centered, {"square_avg": 0, "grad_avg": 0}),
    (True, True): (
        descent.rmsprop_centered_momentum,
        {"square_avg": 0, "momentum_buffer": 0, "grad_avg": 0},
    ),
}
"""By whether there is momentum, and whether the mean is taken off the mean square."""
