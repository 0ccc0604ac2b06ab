"""Adam."""

from __future__ import annotations

from typing import Any

from gradloom.kernels import descent
from gradloom.optim.elementwise import Elementwise, Rule, pull
from gradloom.optim.optimizer import Group, Params
from gradloom.optim.settings import check_betas, check_fused, check_not_negative, check_rate, check_singly
from gradloom.tensor import Tensor


class Adam(Elementwise):
    """Steps scaled by running means of the gradient and of its square (Kingma and Ba, 2015).

    Args:
        params: the parameters to train.
        lr: learning rate, >= 0.
        betas: how much of the two running means each step keeps, in [0, 1).
        eps: added to the denominator so that it is never zero, >= 0.
        weight_decay: pull of each weight towards zero (L2), >= 0.
        amsgrad: divide by the largest second mean so far (Reddi et al., 2018).
        maximize: climb instead of descend.
        foreach, capturable, fused: ways in which PyTorch computes the same; `capturable` needs a GPU.
        differentiable: record the step, so that gradients flow through it.
        decoupled_weight_decay: shrink the weights directly, as AdamW does.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        singly = capturable or not foreach
        check_singly("lr", lr, singly)
        check_rate(lr)
        check_not_negative(epsilon=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        settings = {
            "lr": lr,
            "betas": _checked_kinds(betas, singly),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, settings)
        check_fused(fused, foreach, differentiable)

    def rule(self, clock: float, group: Group) -> Rule:
        beta1, beta2 = group["betas"]
        # The correction of the second mean stands in the step and in eps, which saves a pass over the array.
        correction = (1 - beta2**clock) ** 0.5
        rate = -group["lr"] * correction / (1 - beta1**clock)
        eps = group["eps"] * correction
        coefficients = *pull(group), 1 - beta1, beta2, 1 - beta2, eps, rate
        if group["amsgrad"]:
            memory = {"exp_avg": 0, "exp_avg_sq": 0, "max_exp_avg_sq": 0}
            return Rule(descent.amsgrad, coefficients, memory, group["maximize"])
        return Rule(descent.adam, coefficients, {"exp_avg": 0, "exp_avg_sq": 0}, group["maximize"])


def _checked_kinds(betas: tuple[Any, Any], singly: bool) -> tuple[Any, Any]:
    """Both betas as numbers, or both as tensors without dims."""
    tensors = [isinstance(beta, Tensor) for beta in betas]
    if not (all(tensors) or all(isinstance(beta, float) for beta in betas)):
        raise ValueError("betas must be either both floats or both Tensors")
    for i, beta in enumerate(betas):
        check_singly(f"betas[{i}]", beta, singly)
        if tensors[i] and beta.numel() != 1:
            raise ValueError(f"Tensor betas[{i}] must be 1-element")
    return (betas[0].reshape(()), betas[1].reshape(())) if tensors[0] else (betas[0], betas[1])
