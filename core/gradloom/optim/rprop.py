"""Rprop."""

from __future__ import annotations

from typing import Any

from gradloom.optim.optimizer import Group, Optimizer, Params, State
from gradloom.optim.settings import check_rate


class Rprop(Optimizer):
    """Steps by the gradient's sign alone, longer while it stays, shorter where it turns (Riedmiller, 1993).

    Meant for whole data sets at a time, not for mini-batches.

    Args:
        params: the parameters to train.
        lr: the first step's length, >= 0.
        etas: factors of the length, below 1 where the sign turns, above 1 where it stays, > 0.
        step_sizes: the shortest and the longest step, >= 0.
        maximize: climb instead of descend.
        foreach, capturable: ways in which PyTorch computes the same; `capturable` needs a GPU.
        differentiable: record the step, so that gradients flow through it.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        settings = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, settings)

    def update(self, values: Any, gradient: Any, state: State, group: Group) -> None:
        work = self.workspace(values)
        self.counted(state, group)
        if group["maximize"]:
            gradient = work.neg(gradient)
        shorter, longer = group["etas"]
        previous = work.kept(state, "prev")
        length = work.kept(state, "step_size", float(group["lr"]))
        agreement = work.times(gradient, previous)
        turned = agreement < 0
        factor = work.choose(turned, shorter, work.choose(agreement > 0, longer, 1.0))
        length *= factor
        work.clamp_(length, *group["step_sizes"])
        gradient = work.choose(turned, 0.0, gradient)
        work.addcmul_(values, work.sign(gradient), length, -1.0)
        work.copy_(previous, gradient)
