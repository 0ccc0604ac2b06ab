"""Lion, an optimizer."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.optim import Optimizer


class Lion(Optimizer):
    """Steps by the sign of a running mean of the gradient, so every weight moves by lr.

    Source: Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023, Program 1.

    Args:
        params: the parameters to train.
        lr: learning rate, a third to a tenth of Adam's, >= 0.
        betas: how much of the mean counts in a step, and how much of it is kept, in [0, 1).
        weight_decay: share of each weight, times lr, taken away a step, >= 0.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    def update(self, values: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        counts, kept = group["betas"]
        mean = state.setdefault("mean", np.zeros_like(values))
        direction = np.sign(counts * mean + (1 - counts) * gradient)
        values -= group["lr"] * (direction + group["weight_decay"] * values)
        mean *= kept
        mean += (1 - kept) * gradient
