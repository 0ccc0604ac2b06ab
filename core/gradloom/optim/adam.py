"""Adam and its variants."""

from __future__ import annotations

import math

import numpy as np

from gradloom.optim.optimizer import Array, Group, Optimizer, Params, State
from gradloom.tensor import wrap


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square (Kingma and Ba, 2015).

    Args:
        params: the parameters to train.
        lr: learning rate, >= 0.
        betas: how much of the two running means each step keeps, in [0, 1).
        eps: added to the denominator so that it is never zero, >= 0.
        weight_decay: pull of each weight towards zero (L2), >= 0.
        amsgrad: divide by the largest second mean so far (Reddi et al., 2018).
        maximize: climb instead of descend.
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
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        if not lr >= 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not eps >= 0.0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        for i, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        if not weight_decay >= 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
                "decoupled_weight_decay": decoupled_weight_decay,
            },
        )

    def update(self, values: Array, gradient: Array, state: State, group: Group) -> None:
        work, product = self.scratch(values, 2)[:2]
        if group["decoupled_weight_decay"]:
            values *= 1 - group["lr"] * group["weight_decay"]
            gradient = np.negative(gradient, out=work) if group["maximize"] else gradient
        else:
            gradient = self.effective_gradient(values, gradient, group)
        self._track(values, gradient, state, group, product)
        self._move(values, state, group, product, work)

    def _track(self, values: Array, gradient: Array, state: State, group: Group, product: Array) -> None:
        """Count the step and update both running means."""
        if not state:
            state["step"] = 0
            state["exp_avg"] = wrap(np.zeros_like(values))
            state["exp_avg_sq"] = wrap(np.zeros_like(values))
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = wrap(np.zeros_like(values))
        state["step"] += 1
        beta1, beta2 = group["betas"]
        first: Array = state["exp_avg"].array
        second: Array = state["exp_avg_sq"].array
        np.subtract(gradient, first, out=product)
        product *= 1 - beta1
        first += product
        np.multiply(gradient, gradient, out=product)
        product *= 1 - beta2
        second *= beta2
        second += product

    def _move(self, values: Array, state: State, group: Group, denominator: Array, work: Array) -> None:
        beta1, beta2 = group["betas"]
        step: int = state["step"]
        second: Array = state["exp_avg_sq"].array
        if group["amsgrad"]:
            largest: Array = state["max_exp_avg_sq"].array
            second = np.maximum(largest, second, out=largest)
        np.sqrt(second, out=denominator)
        denominator /= math.sqrt(1 - beta2**step)
        denominator += group["eps"]
        np.multiply(state["exp_avg"].array, -group["lr"] / (1 - beta1**step), out=work)
        work /= denominator
        values += work
