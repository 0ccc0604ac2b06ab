"""Adafactor."""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import of_array
from gradloom.limits import finfo
from gradloom.optim.optimizer import Array, Group, Optimizer, Params, State
from gradloom.optim.settings import check_one_element
from gradloom.tensor import wrap


class Adafactor(Optimizer):
    """Adam's scaling from one number a row and one a column, not one a weight (Shazeer and Stern, 2018).

    The steps are relative to the size of the weights, and clipped.

    Args:
        params: the parameters to train.
        lr: the largest relative step, >= 0.
        beta2_decay: power with which the running means get longer, <= 0.
        eps: least mean square, None for the dtype's own; and least size of the weights, >= 0.
        d: threshold of the clipping, >= 1.
        weight_decay: share of each weight, times lr, taken away a step, >= 0.
        foreach: a way in which PyTorch computes the same.
        maximize: climb instead of descend.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_one_element(lr)
        for kept, sentence in (
            (lr >= 0.0, f"Learning rate should be >= 0 but is: {lr}"),
            (beta2_decay <= 0.0, f"beta2_decay should be <= 0 but is: {beta2_decay}"),
            (eps[0] is None or eps[0] >= 0.0, f"epsilon1 should be >= 0 but is: {eps[0]}"),
            (eps[1] >= 0.0, f"epsilon2 should be >= 0 but is: {eps[1]}"),
            (d >= 1.0, f"Clipping threshold d should be >= 1 but is: {d}"),
            (weight_decay >= 0.0, f"weight_decay should be >= 0 but is: {weight_decay}"),
        ):
            if not kept:
                raise ValueError(sentence)
        settings = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, settings)

    def update(self, values: Array, gradient: Array, state: State, group: Group) -> None:
        step = self.counted(state, group)
        least, smallest = group["eps"]
        least = finfo(of_array(values)).eps if least is None else least
        rate = max(smallest, _rms(values)) * min(group["lr"], step**-0.5)
        if group["weight_decay"] != 0:
            values *= 1 - group["lr"] * group["weight_decay"]
        estimate = self._mean_square(gradient, state, step ** group["beta2_decay"], least)
        move = gradient / np.sqrt(np.maximum(estimate, least * least))
        move *= (rate if group["maximize"] else -rate) / max(1.0, _rms(move) / group["d"])
        values += move

    def _mean_square(self, gradient: Array, state: State, weight: float, least: float) -> Array:
        """The running mean of the squared gradient: of rank one (algorithm 4), or whole for vectors."""
        square = np.square(gradient)
        if gradient.ndim < 2:
            return _tracked(state, "variance", square, weight)
        rows = _tracked(state, "row_var", square.mean(axis=-1, keepdims=True), weight)
        columns = _tracked(state, "col_var", square.mean(axis=-2, keepdims=True), weight)
        estimate: Array = rows @ columns
        estimate /= np.maximum(rows.mean(axis=-2, keepdims=True), least)
        return estimate

    def _update_complex(self, values: Array, gradient: Array, state: State, group: Group) -> None:
        raise RuntimeError("Adafactor does not support complex parameters")


def _tracked(state: State, name: str, value: Array, weight: float) -> Array:
    if name not in state:
        state[name] = wrap(np.zeros_like(value))
    mean: Array = state[name].array
    mean += weight * (value - mean)
    return mean


def _rms(array: Array) -> float:
    """The root of the mean square."""
    return float(np.linalg.norm(array) / array.size**0.5)
