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
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("name", "shape", "arguments", "tolerance"),
    [
        ("uniform_", (9, 7), {"a": -0.3, "b": 0.7}, 0),
        ("kaiming_uniform_", (9, 7), {"nonlinearity": "relu"}, 0),
        ("kaiming_uniform_", (9, 7), {"a": 0.2, "mode": "fan_out"}, 0),
        ("xavier_uniform_", (9, 7, 2), {"gain": 1.7}, 0),
        ("normal_", (9, 7), {"mean": 1.0, "std": 0.02}, 2.4e-7),
        ("kaiming_normal_", (9, 7), {"nonlinearity": "tanh"}, 2.4e-7),
        ("xavier_normal_", (9, 7), {}, 3e-7),
        ("constant_", (3,), {"val": 0.3}, 0),
        ("ones_", (3, 2), {}, 0),
        ("zeros_", (3, 2), {}, 0),
        ("eye_", (3, 5), {}, 0),
        ("dirac_", (4, 2, 3), {}, 0),
        ("dirac_", (6, 2, 3, 2), {"groups": 3}, 0),
        ("dirac_", (2, 3, 1, 3, 2), {}, 0),
        ("trunc_normal_", (30, 20), {}, 1e-6),
        ("trunc_normal_", (9, 7), {"std": 0.02, "a": -0.01, "b": 0.04}, 1e-6),
        ("trunc_normal_", (9, 7), {"a": 1.5, "b": 2.5}, 1e-6),
        ("orthogonal_", (9, 7), {"gain": 1.5}, 2e-6),
        ("orthogonal_", (4, 3, 5), {}, 2e-6),
        ("sparse_", (9, 7), {"sparsity": 0.3}, 2.4e-7),
    ],
)
def test_values_are_pytorchs(
    name: str, shape: tuple[int, ...], arguments: dict[str, Any], tolerance: float, dtype: str
) -> None:
    torch = pytest.importorskip("torch")
    gradloom.manual_seed(5)
    torch.manual_seed(5)
    ours = getattr(init, name)(gradloom.empty(shape, dtype=getattr(gradloom, dtype)), **arguments)
    theirs = getattr(torch.nn.init, name)(torch.empty(shape, dtype=getattr(torch, dtype)), **arguments)
    # PyTorch scales doubles by a fused multiply-add.
    least = 2e-16 if dtype == "float64" else 0
    np.testing.assert_allclose(ours.array, theirs.numpy(), atol=max(tolerance, least), rtol=0)
    np.testing.assert_array_equal(gradloom.rand(2).array, torch.rand(2).numpy())


@pytest.mark.oracle
@pytest.mark.parametrize(
    "script",
    [
        lambda lib: lib.nn.init.normal(lib.empty(2, 3)).shape[0],
        lambda lib: lib.nn.init.constant(lib.empty(2), 3.0),
        lambda lib: lib.nn.init.eye_(lib.empty(2)),
        lambda lib: lib.nn.init.dirac_(lib.empty(2, 2)),
        lambda lib: lib.nn.init.dirac_(lib.empty(3, 2, 2), groups=2),
        lambda lib: lib.nn.init.orthogonal_(lib.empty(2)),
        lambda lib: lib.nn.init.sparse_(lib.empty(2), 0.5),
        lambda lib: lib.nn.init.trunc_normal_(lib.empty(3), mean=9.0).shape[0],
        lambda lib: lib.nn.init.xavier_normal_(lib.empty(2)),
        lambda lib: lib.nn.init.kaiming_normal_(lib.empty(2, 2), mode="fan"),
        lambda lib: lib.nn.init.calculate_gain("leaky_relu", True),
        lambda lib: lib.nn.init.calculate_gain("leaky_relu", 0.3),
        lambda lib: lib.nn.init.calculate_gain("swish"),
        lambda lib: [
            lib.nn.init.calculate_gain(name) for name in ("linear", "conv2d", "sigmoid", "tanh", "relu")
        ],
        lambda lib: [lib.nn.init.calculate_gain(name) for name in ("leaky_relu", "selu", "conv_transpose3d")],
    ],
)
def test_words_and_gains_are_pytorchs(script: Any) -> None:
    torch = pytest.importorskip("torch")
    from oracle.scripts import outcome

    assert outcome(script, gradloom) == outcome(script, torch)
