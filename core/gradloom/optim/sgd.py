"""Stochastic gradient descent."""

from __future__ import annotations

import numpy as np

from gradloom.optim.optimizer import Array, Group, Optimizer, Params, State
from gradloom.tensor import wrap


class SGD(Optimizer):
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
    ) -> None:
        if not lr >= 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not momentum >= 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if not weight_decay >= 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
            },
        )

    def update(self, values: Array, gradient: Array, state: State, group: Group) -> None:
        work, product = self.scratch(values, 2)[:2]
        gradient = self.effective_gradient(values, gradient, group)
        if momentum := group["momentum"]:
            buffer = self._momentum_buffer(gradient, state, group, product)
            if group["nesterov"]:
                np.multiply(buffer, momentum, out=product)
                gradient = np.add(gradient, product, out=work)
            else:
                gradient = buffer
        np.multiply(gradient, -group["lr"], out=product)
        values += product

    def _momentum_buffer(self, gradient: Array, state: State, group: Group, product: Array) -> Array:
        kept = state.get("momentum_buffer")
        if kept is None:
            kept = state["momentum_buffer"] = wrap(gradient.copy())
            return kept.array
        buffer: Array = kept.array
        buffer *= group["momentum"]
        if group["dampening"]:
            np.multiply(gradient, 1 - group["dampening"], out=product)
            buffer += product
        else:
            buffer += gradient
        return buffer
