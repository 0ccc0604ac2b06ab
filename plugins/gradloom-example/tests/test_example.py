"""Each class does what Gradloom relies on, and what its own formula says."""

from __future__ import annotations

import math

import gradloom_example
import numpy as np
import pytest
from gradloom_example import Lion, LogCoshLoss, Swish

import gradloom
from gradloom.plugins.conformance import check_layer, check_loss, check_optimizer

X = np.linspace(-3, 3, 12).reshape(4, 3)


@pytest.mark.parametrize("trainable", [False, True])
def test_swish_is_a_layer(trainable: bool) -> None:
    check_layer(Swish, X, trainable=trainable)


def test_log_cosh_is_a_loss() -> None:
    check_loss(LogCoshLoss, X, np.zeros_like(X))


def test_lion_is_an_optimizer() -> None:
    check_optimizer(Lion, lr=0.01)


def test_swish_with_beta_two() -> None:
    assert Swish(beta=2.0)(gradloom.tensor(1.5)).item() == pytest.approx(1.5 / (1 + math.exp(-3)))


def test_log_cosh_of_errors_that_cosh_cannot_take() -> None:
    loss = LogCoshLoss()(gradloom.tensor([1000.0, -1000.0]), gradloom.tensor([0.0, 0.0]))
    assert loss.item() == pytest.approx(1000 - math.log(2))


def test_lion_moves_each_weight_by_its_rate() -> None:
    weights = gradloom.nn.Parameter(gradloom.tensor([1.0, -2.0, 3.0]))
    (weights * gradloom.tensor([5.0, -0.1, 0.0])).sum().backward()
    Lion([weights], lr=0.5).step()
    assert weights.tolist() == [0.5, -1.5, 3.0]


def test_the_hooks_offer_all_three() -> None:
    assert gradloom_example.gradloom_layers() == [Swish]
    assert gradloom_example.gradloom_losses() == [LogCoshLoss]
    assert gradloom_example.gradloom_optimizers() == [Lion]
