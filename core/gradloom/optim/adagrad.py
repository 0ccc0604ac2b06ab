"""Adagrad."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels import descent
from gradloom.optim.elementwise import Elementwise, Rule
from gradloom.optim.optimizer import Group, Params, State
from gradloom.optim.settings import check_fused, check_not_negative, check_rate
from gradloom.tensor import wrap


class Adagrad(Elementwise):
    """Steps divided by the root of the sum of all squared gradients (Duchi et al., 2011).

    Args:
        params: the parameters to train.
        lr: learning rate, >= 0.
        lr_decay: how fast the rate falls: by 1 / (1 + steps * lr_decay), >= 0.
        weight_decay: pull of each weight towards zero (L2), >= 0.
        initial_accumulator_value: where the sums start, >= 0.
        eps: added to the root so that it is never zero, >= 0.
        foreach, fused: ways in which PyTorch computes the same.
        maximize: climb instead of descend.
        differentiable: record the step, so that gradients flow through it.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_rate(lr)
        check_not_negative(
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            epsilon=eps,
        )
        settings = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, settings)
        check_fused(fused, foreach, differentiable)
        for group in self.param_groups:
            for param in group["params"]:
                self.state[param] = self._sums(param.array, group)

    def _sums(self, values: Any, group: Group) -> State:
        """The state that, unlike the other optimizers', exists before the first step."""
        start = self.defaults["initial_accumulator_value"]
        start = complex(start, start) if values.dtype.kind == "c" else start
        return {"step": self.scalar(0.0, group), "sum": wrap(np.full_like(values, start))}

    def rule(self, clock: float, group: Group) -> Rule:
        rate = -group["lr"] / (1 + (clock - 1) * group["lr_decay"])
        coefficients = group["weight_decay"], group["eps"], rate
        memory = {"sum": self.defaults["initial_accumulator_value"]}
        return Rule(descent.adagrad, coefficients, memory, group["maximize"])
