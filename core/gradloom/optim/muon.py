"""Muon."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from gradloom.optim.optimizer import Array, Group, Optimizer, Params, State
from gradloom.optim.settings import check_one_element
from gradloom.tensor import wrap


class Muon(Optimizer):
    """Momentum whose steps are made orthogonal, for the matrices of hidden layers (Jordan et al., 2024).

    Args:
        params: the matrices to train; other shapes are refused.
        lr: learning rate, >= 0.
        weight_decay: share of each weight, times lr, taken away a step, >= 0.
        momentum: share of the running mean that is kept, >= 0.
        nesterov: look ahead along the momentum.
        ns_coefficients: of the Newton-Schulz polynomial a x + b x^3 + c x^5.
        eps: least norm to divide by.
        ns_steps: iterations of the polynomial, in [0, 100).
        adjust_lr_fn: "original" scales by sqrt(max(1, rows / columns)), "match_rms_adamw" by
            0.2 * sqrt(max(rows, columns)), which suits rates tuned for AdamW (Liu et al., 2025).
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: Literal["original", "match_rms_adamw"] | None = None,
    ) -> None:
        check_one_element(lr)
        if not lr >= 0.0:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not momentum >= 0.0:
            raise ValueError(f"momentum should be >= 0 but is: {momentum}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight decay should be >= 0 but is: {weight_decay}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        settings = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, settings)
        for param in (param for group in self.param_groups for param in group["params"]):
            if param.ndim != 2:
                raise ValueError(
                    f"Muon only supports 2D parameters whereas we found a parameter with size: {param.size()}"
                )

    def update(self, values: Array, gradient: Array, state: State, group: Group) -> None:
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = wrap(np.zeros_like(values))
        mean = state["momentum_buffer"].array
        mean += (1 - group["momentum"]) * (gradient - mean)
        if group["nesterov"]:
            gradient = gradient + group["momentum"] * (mean - gradient)
        else:
            gradient = mean
        move = _orthogonal(gradient, group["ns_coefficients"], group["ns_steps"], group["eps"])
        values *= 1 - group["lr"] * group["weight_decay"]
        values -= group["lr"] * _ratio(values.shape, group["adjust_lr_fn"]) * move

    def _update_complex(self, values: Array, gradient: Array, state: State, group: Group) -> None:
        raise RuntimeError("Muon does not support complex parameters")


def _ratio(shape: tuple[int, ...], adjust: str | None) -> float:
    rows, columns = shape
    if adjust == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns))


def _orthogonal(gradient: Array, coefficients: tuple[float, float, float], steps: int, eps: float) -> Array:
    """Nearly U V^T of the singular value decomposition, by Newton-Schulz iterations in bfloat16."""
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = (np.float32(each) for each in coefficients)
    tall = gradient.shape[0] > gradient.shape[1]
    x = _bfloat16(gradient.T if tall else gradient)
    x = _bfloat16(x / np.maximum(_bfloat16(float(np.linalg.norm(x))), _bfloat16(eps)))
    for _ in range(steps):
        gram = _bfloat16(x @ x.T)
        x = _bfloat16(a * x + _bfloat16(b * gram + c * (gram @ gram)) @ x)
    result: Array = (x.T if tall else x).astype(gradient.dtype, copy=False)
    return result


def _bfloat16(values: Array | float) -> Array:
    """The values as float32, each rounded to the nearest number of 8 binary digits, ties to even."""
    bits = np.asarray(values, np.float32).view(np.uint32)
    rounded: Array = (bits + (0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32)
    return rounded
