"""Rprop."""

from __future__ import annotations

from gradloom.kernels import descent
from gradloom.optim.elementwise import Elementwise, Rule
from gradloom.optim.optimizer import Group, Params
from gradloom.optim.settings import check_rate


class Rprop(Elementwise):
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

    def rule(self, clock: float, group: Group) -> Rule:
        memory = {"prev": 0, "step_size": float(group["lr"])}
        return Rule(descent.rprop, (*group["etas"], *group["step_sizes"]), memory, group["maximize"])
