"""RMSprop."""

from __future__ import annotations

import numpy as np

from gradloom.optim.optimizer import Array, Group, Optimizer, Params, State
from gradloom.tensor import wrap


class RMSprop(Optimizer):
    """Steps divided by a running root mean square of the gradient (Tieleman and Hinton, 2012).

    Args:
        params: the parameters to train.
        lr: learning rate, >= 0.
        alpha: how much of the running mean each step keeps, >= 0.
        eps: added to the denominator so that it is never zero, >= 0.
        weight_decay: pull of each weight towards zero (L2), >= 0.
        momentum: share of the last step that is kept, >= 0.
        centered: divide by the standard deviation instead (Graves, 2013).
        maximize: climb instead of descend.
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
        *,
        maximize: bool = False,
    ) -> None:
        if not lr >= 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        for words, value in (
            ("epsilon", eps),
            ("momentum", momentum),
            ("weight_decay", weight_decay),
            ("alpha", alpha),
        ):
            if not value >= 0.0:
                raise ValueError(f"Invalid {words} value: {value}")
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "alpha": alpha,
                "eps": eps,
                "centered": centered,
                "weight_decay": weight_decay,
                "maximize": maximize,
            },
        )

    def update(self, values: Array, gradient: Array, state: State, group: Group) -> None:
        work, product = self.scratch(values, 2)[:2]
        gradient = self.effective_gradient(values, gradient, group)
        deviation = self._track(values, gradient, state, group, product)
        step = np.divide(gradient, deviation, out=work)
        if group["momentum"] > 0:
            buffer: Array = state["momentum_buffer"].array
            buffer *= group["momentum"]
            buffer += step
            step = np.multiply(buffer, -group["lr"], out=work)
        else:
            step *= -group["lr"]
        values += step

    def _track(self, values: Array, gradient: Array, state: State, group: Group, product: Array) -> Array:
        """Update the running means; returns the root that the gradient is divided by, in `product`."""
        if not state:
            state["step"] = 0
            state["square_avg"] = wrap(np.zeros_like(values))
            if group["momentum"] > 0:
                state["momentum_buffer"] = wrap(np.zeros_like(values))
            if group["centered"]:
                state["grad_avg"] = wrap(np.zeros_like(values))
        state["step"] += 1
        square: Array = state["square_avg"].array
        np.multiply(gradient, gradient, out=product)
        product *= 1 - group["alpha"]
        square *= group["alpha"]
        square += product
        if group["centered"]:
            mean: Array = state["grad_avg"].array
            np.subtract(gradient, mean, out=product)
            product *= 1 - group["alpha"]
            mean += product
            np.multiply(mean, mean, out=product)
            np.subtract(square, product, out=product)
            np.sqrt(product, out=product)
        else:
            np.sqrt(square, out=product)
        product += group["eps"]
        return product
