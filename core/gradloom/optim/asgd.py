"""ASGD."""

from __future__ import annotations

from typing import ClassVar

from gradloom.kernels import descent
from gradloom.optim.elementwise import Elementwise, Rule
from gradloom.optim.optimizer import Group, Params, State
from gradloom.optim.settings import check_not_negative, check_rate


class ASGD(Elementwise):
    """Stochastic gradient descent that also averages the weights (Polyak and Juditsky, 1992).

    The average is kept in the state, under "ax"; the weights themselves are the last step's.

    Args:
        params: the parameters to train.
        lr: learning rate, >= 0.
        lambd: how fast the rate and the weights decay.
        alpha: power of the rate's decay.
        t0: the step at which the averaging starts.
        weight_decay: pull of each weight towards zero (L2), >= 0.
        maximize: climb instead of descend.
        foreach, capturable: ways in which PyTorch computes the same; `capturable` needs a GPU.
        differentiable: record the step, so that gradients flow through it.
    """

    _captured: ClassVar[str] = "params, mus, etas, and state_steps"

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_rate(lr)
        check_not_negative(weight_decay=weight_decay)
        settings = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, settings)

    def clock(self, state: State, group: Group) -> tuple[float, float]:
        """This step's rate, and the share of its result in the average."""
        step = self.counted(state, group)
        lr, decay = group["lr"], group["lambd"]
        eta = state.setdefault("eta", self.scalar(lr, group))
        mu = state.setdefault("mu", self.scalar(1.0, group))
        clock = eta.array.item(), mu.array.item()
        eta.array[...] = lr / (1 + decay * lr * step) ** group["alpha"]
        mu.array[...] = 1 / max(1, step - group["t0"])
        return clock

    def rule(self, clock: tuple[float, float], group: Group) -> Rule:
        rate, share = clock
        coefficients = group["weight_decay"], 1 - group["lambd"] * rate, -rate, share
        return Rule(descent.asgd, coefficients, {"ax": 0}, group["maximize"])
