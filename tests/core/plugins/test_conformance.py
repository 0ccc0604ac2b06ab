"""The kit finds each promise that is broken, and lets pass what keeps them all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom import Tensor, nn, optim
from gradloom.autograd import Function
from gradloom.plugins.conformance import ConformanceError, check_layer, check_loss, check_optimizer

X = np.linspace(-2.9, 3, 12).reshape(4, 3)


class Layer(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2


class WrongGradient(Layer):
    class Double(Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            return grad * 3

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.Double.apply(x)
        return result


class Doubles(Layer):
    def forward(self, x: Tensor) -> Tensor:
        return x.double() * 2


class ChangesItsInput(Layer):
    def forward(self, x: Tensor) -> Tensor:
        x.array[...] = 0
        return x * 2


class ForgetsItsState(Layer):
    def __init__(self) -> None:
        super().__init__()
        self.factor = gradloom.randn(3)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


class HasItsOwnRandomness(Layer):
    def forward(self, x: Tensor) -> Tensor:
        return x + float(np.random.default_rng().random())


class LyingRange(Layer):
    """Divides.

    Args:
        by: the divisor, >= 0.
    """

    def __init__(self, by: float = 1.0) -> None:
        super().__init__()
        self.by = by

    def forward(self, x: Tensor) -> Tensor:
        return x * float(np.divide(1.0, self.by)) if self.by else x + np.inf


@pytest.mark.parametrize(
    ("factory", "complaint"),
    [
        (WrongGradient, "has a wrong gradient"),
        (Doubles, "makes .*float64 of float32"),
        (ChangesItsInput, "changes its inputs"),
        (ForgetsItsState, "does not come back from its own state_dict"),
        (HasItsOwnRandomness, "gives other bits for the same seed"),
        (LyingRange, r"LyingRange\(by=0\) gives values that are not finite"),
    ],
)
def test_a_layer_that_breaks_a_promise(factory: type[nn.Module], complaint: str) -> None:
    with pytest.raises(ConformanceError, match=complaint):
        check_layer(factory, X)


def test_a_layer_that_keeps_them() -> None:
    check_layer(Layer, X)
    check_layer(nn.Dropout, X)


def test_a_loss_that_is_no_number() -> None:
    class Apart(nn.Module):
        def forward(self, input: Tensor, target: Tensor) -> Tensor:
            return input - target

    with pytest.raises(ConformanceError, match=r"must give one number, but it gave the shape \(4, 3\)"):
        check_loss(Apart, X, X)


class Descent(optim.Optimizer):
    def __init__(self, params: Any, lr: float = 0.01) -> None:
        super().__init__(params, {"lr": lr})
        self.steps = 0

    def update(self, values: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        values -= group["lr"] * gradient


class Ascent(Descent):
    def update(self, values: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        values += group["lr"] * gradient


class Tires(Descent):
    def update(self, values: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        self.steps += 1
        values -= group["lr"] * gradient / self.steps


class MovesEverything(Descent):
    def step(self, closure: Any = None) -> Any:
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.array *= 0.9


@pytest.mark.parametrize(
    ("factory", "complaint"),
    [
        (Ascent, "does not come closer"),
        (Tires, "goes on differently from its own state_dict"),
        (MovesEverything, "moves a parameter that has no gradient"),
    ],
)
def test_an_optimizer_that_breaks_a_promise(factory: type[optim.Optimizer], complaint: str) -> None:
    with pytest.raises(ConformanceError, match=complaint):
        check_optimizer(factory)


def test_an_optimizer_that_keeps_them() -> None:
    check_optimizer(Descent)
