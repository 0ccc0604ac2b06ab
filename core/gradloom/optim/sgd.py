"""Stochastic gradient descent."""

from __future__ import annotations

from gradloom.kernels import descent
from gradloom.optim.elementwise import Elementwise, Rule
from gradloom.optim.optimizer import Group, Params, State
from gradloom.optim.settings import check_fused, check_not_negative, check_one_element


class SGD(Elementwise):
    """Stochastic gradient descent, with momentum if wanted (Sutskever et al., 2013).

    Each step: `buf = momentum * buf + (1 - dampening) * g`, then `p -= lr * buf`; nesterov uses
    `g + momentum * buf` in place of `buf`.

    Args:
        params: the parameters to train.
        lr: learning rate, >= 0.
        momentum: share of the last step that is kept, >= 0.
        dampening: how much of the new gradient momentum leaves out.
        weight_decay: pull of each weight towards zero (L2), >= 0.
        nesterov: look ahead along the momentum; needs momentum and no dampening.
        maximize: climb instead of descend.
        foreach, fused: ways in which PyTorch computes the same.
        differentiable: record the step, so that gradients flow through it.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_one_element(lr)
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        check_not_negative(momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        settings = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, settings)
        check_fused(fused, foreach, differentiable)

    def clock(self, state: State, group: Group) -> bool:
        """Whether momentum begins."""
        return bool(group["momentum"]) and state.get("momentum_buffer") is None

    def rule(self, clock: bool, group: Group) -> Rule:
        decay, rate, momentum = group["weight_decay"], -group["lr"], group["momentum"]
        if not momentum:
            return Rule(descent.sgd, (decay, rate), climb=group["maximize"])
        # What is recorded must not depend on the gradient by way of the momentum that it begins.
        formula = descent.first_momentum if clock and group["differentiable"] else descent.momentum
        share = 1 if clock else 1 - group["dampening"]
        coefficients = decay, momentum, share, momentum if group["nesterov"] else 0, rate
        return Rule(formula, coefficients, {"momentum_buffer": 0}, group["maximize"])
