"""SparseAdam."""

from __future__ import annotations

import numpy as np

from gradloom.optim.optimizer import Array, Group, Optimizer, Params, State
from gradloom.optim.settings import check_betas, check_one_element
from gradloom.tensor import wrap


class SparseAdam(Optimizer):
    """Adam that leaves rows without a gradient, and their running means, as they are: for large embeddings.

    PyTorch takes sparse gradients for it. Here gradients are dense, and the rows that count are those that
    are not all zero.

    Args:
        params: the parameters to train.
        lr: learning rate, > 0.
        betas: how much of the two running means each step keeps, in [0, 1).
        eps: added to the denominator so that it is never zero, > 0.
        maximize: climb instead of descend.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        check_one_element(lr)
        if not lr > 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not eps > 0.0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        complex_params = [
            [number, at]
            for number, group in enumerate(self.param_groups)
            for at, param in enumerate(group["params"])
            if param.array.dtype.kind == "c"
        ]
        if complex_params:
            raise ValueError(
                f"Complex params at indices {complex_params}: SparseAdam does not support complex parameters"
            )

    def update(self, values: Array, gradient: Array, state: State, group: Group) -> None:
        if not state:
            state["step"] = 0
            state["exp_avg"] = wrap(np.zeros_like(values))
            state["exp_avg_sq"] = wrap(np.zeros_like(values))
        state["step"] += 1
        rows = np.flatnonzero(gradient.reshape(len(gradient), -1).any(axis=1))
        beta1, beta2 = group["betas"]
        moved = -gradient[rows] if group["maximize"] else gradient[rows]
        first, second = state["exp_avg"].array, state["exp_avg_sq"].array
        first[rows] += (1 - beta1) * (moved - first[rows])
        second[rows] += (1 - beta2) * (moved * moved - second[rows])
        rate = group["lr"] * (1 - beta2 ** state["step"]) ** 0.5 / (1 - beta1 ** state["step"])
        values[rows] -= rate * first[rows] / (np.sqrt(second[rows]) + group["eps"])
