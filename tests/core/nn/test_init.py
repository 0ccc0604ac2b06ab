"""Initial values have the promised scale, and with one seed they are PyTorch's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom.nn import init


@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
def test_kaiming_keeps_the_variance_of_a_relu(mode: str) -> None:
    gradloom.manual_seed(0)
    for fill in (init.kaiming_uniform_, init.kaiming_normal_):
        weight = fill(gradloom.empty(200, 300), mode=mode, nonlinearity="relu")
        fan = 300 if mode == "fan_in" else 200
        assert weight.array.std() == pytest.approx(math.sqrt(2 / fan), rel=0.02)


def test_xavier_scale() -> None:
    gradloom.manual_seed(0)
    for fill in (init.xavier_uniform_, init.xavier_normal_):
        weight = fill(gradloom.empty(8, 4, 5, 5), gain=2.0)
        assert weight.array.std() == pytest.approx(2 * math.sqrt(2 / (100 + 200)), rel=0.05)


def test_constants() -> None:
    assert init.ones_(gradloom.empty(2)).tolist() == [1.0, 1.0]
    assert init.zeros_(gradloom.empty(2)).tolist() == [0.0, 0.0]
    assert init.constant_(gradloom.empty(2), 0.5).tolist() == [0.5, 0.5]


def test_parameters_are_filled_without_a_trace() -> None:
    parameter = gradloom.nn.Parameter(gradloom.empty(3))
    assert init.normal_(parameter) is parameter
    assert parameter.is_leaf
    assert parameter.requires_grad


def test_refusals() -> None:
    with pytest.raises(ValueError, match="Unsupported nonlinearity swish"):
        init.calculate_gain("swish")
    with pytest.raises(ValueError, match="fewer than 2 dimensions"):
        init.kaiming_uniform_(gradloom.empty(3))
    with pytest.raises(ValueError, match="Mode fan not supported"):
        init.kaiming_uniform_(gradloom.empty(3, 3), mode="fan")
    with pytest.warns(UserWarning, match="zero-element tensors is a no-op"):
        init.kaiming_normal_(gradloom.empty(0, 3))


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("name", "arguments", "tolerance"),
    [
        ("uniform_", {"a": -0.3, "b": 0.7}, 0),
        ("kaiming_uniform_", {"nonlinearity": "relu"}, 0),
        ("kaiming_uniform_", {"a": 0.2, "mode": "fan_out"}, 0),
        ("xavier_uniform_", {"gain": 1.7}, 0),
        ("normal_", {"mean": 1.0, "std": 0.02}, 2.4e-7),
        ("kaiming_normal_", {"nonlinearity": "tanh"}, 2.4e-7),
        ("xavier_normal_", {}, 2.4e-7),
    ],
)
def test_values_are_pytorchs(name: str, arguments: dict[str, Any], tolerance: float) -> None:
    torch = pytest.importorskip("torch")
    gradloom.manual_seed(5)
    torch.manual_seed(5)
    ours = getattr(init, name)(gradloom.empty(9, 7), **arguments)
    theirs = getattr(torch.nn.init, name)(torch.empty(9, 7), **arguments)
    np.testing.assert_allclose(ours.array, theirs.numpy(), atol=tolerance, rtol=0)


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
def test_gains_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    assert init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
