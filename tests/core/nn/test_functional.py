"""Functions without a layer of their own, beside PyTorch's; and what is done to sets of parameters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom import nn
from gradloom.creation import from_numpy
from gradloom.nn import functional as F
from gradloom.nn.utils import (
    clip_grad_norm_,
    clip_grad_value_,
    parameters_to_vector,
    vector_to_parameters,
)


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("sides", "mode", "value"),
    [
        ((1, 2), "constant", None),
        ((1, 0, 2, 3), "constant", 1.5),
        ((-1, 2, 0, -2), "constant", 0.0),
        ((0, 0, 0, 0, 1, 1), "constant", 2.0),
        ((2, 1), "reflect", None),
        ((2, 1, 1, 2), "reflect", None),
        ((3, 4, 0, 1), "replicate", None),
        ((2, 4, 3, 0), "circular", None),
    ],
)
def test_padding_is_pytorchs(
    sides: tuple[int, ...], mode: str, value: float | None, rng: np.random.Generator, agree: Any
) -> None:
    torch = pytest.importorskip("torch")
    data = rng.standard_normal((2, 3, 4, 5) if len(sides) > 2 else (2, 3, 5))
    ours, theirs = from_numpy(data).requires_grad_(), torch.from_numpy(data).requires_grad_()
    out, expected = F.pad(ours, sides, mode, value), torch.nn.functional.pad(theirs, sides, mode, value)
    agree(out, expected)
    (out * out).sum().backward()
    (expected * expected).sum().backward()
    agree(ours.grad, theirs.grad)


def test_padding_refuses_what_is_too_much() -> None:
    short = from_numpy(np.zeros((1, 1, 3)))
    with pytest.raises(RuntimeError, match="Padding size should be less than"):
        F.pad(short, (3, 0), "reflect")
    with pytest.raises(RuntimeError, match="Padding length must be divisible by 2"):
        F.pad(short, (1,))
    with pytest.raises(NotImplementedError, match="Unrecognised padding mode mirror"):
        F.pad(short, (1, 1), "mirror")


@pytest.mark.oracle
@pytest.mark.parametrize(("p", "dim"), [(2.0, 1), (1.0, 0), (3.0, -1)])
def test_normalize_is_pytorchs(p: float, dim: int, rng: np.random.Generator, agree: Any) -> None:
    torch = pytest.importorskip("torch")
    data = rng.standard_normal((3, 4))
    data[:, 0] = 0.0
    agree(
        F.normalize(from_numpy(data), p, dim), torch.nn.functional.normalize(torch.from_numpy(data), p, dim)
    )


def test_one_hot_rows() -> None:
    numbers = gradloom.tensor([[0, 2], [1, 0]])
    assert F.one_hot(numbers).tolist() == [[[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [1, 0, 0]]]
    assert F.one_hot(numbers, 5).shape == (2, 2, 5)
    with pytest.raises(RuntimeError, match="smaller than num_classes"):
        F.one_hot(numbers, 2)
    with pytest.raises(RuntimeError, match="non-negative"):
        F.one_hot(gradloom.tensor([-1]))
    with pytest.raises(RuntimeError, match="index tensor"):
        F.one_hot(gradloom.tensor([1.0]))


def test_batch_norm_without_layer_uses_what_it_is_given(rng: np.random.Generator) -> None:
    data = from_numpy(rng.standard_normal((6, 3)))
    mean, variance = gradloom.zeros(3, dtype=gradloom.float64), gradloom.ones(3, dtype=gradloom.float64)
    fixed = F.batch_norm(data, mean, variance, eps=0.0)
    np.testing.assert_allclose(fixed.array, data.array)
    moved = F.batch_norm(data, mean, variance, training=True, momentum=1.0, eps=1e-20)
    np.testing.assert_allclose(moved.array.std(axis=0), 1.0)
    np.testing.assert_allclose(mean.array, data.array.mean(axis=0))
    np.testing.assert_allclose(variance.array, data.array.var(axis=0, ddof=1))


def graded() -> list[nn.Parameter]:
    parameters = [
        nn.Parameter(gradloom.zeros(2)),
        nn.Parameter(gradloom.zeros(3)),
        nn.Parameter(gradloom.zeros(1)),
    ]
    parameters[0].grad = gradloom.tensor([3.0, 0.0])
    parameters[1].grad = gradloom.tensor([0.0, -4.0, 0.0])
    return parameters


def test_clipping_scales_all_gradients_together() -> None:
    parameters = graded()
    assert clip_grad_norm_(parameters, max_norm=2.5).item() == pytest.approx(5.0)
    np.testing.assert_allclose(parameters[0].grad.array, [1.5, 0.0], rtol=1e-5)
    np.testing.assert_allclose(parameters[1].grad.array, [0.0, -2.0, 0.0], rtol=1e-5)
    before = parameters[0].grad.array.copy()
    clip_grad_norm_(parameters, max_norm=10.0)
    np.testing.assert_array_equal(parameters[0].grad.array, before)
    assert clip_grad_norm_(graded(), 1.0, norm_type=math.inf).item() == 4.0


def test_clipping_can_refuse_what_is_not_finite() -> None:
    parameters = graded()
    parameters[0].grad = gradloom.tensor([math.inf, 0.0])
    with pytest.raises(RuntimeError, match="non-finite"):
        clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)


def test_clipping_by_value() -> None:
    parameters = graded()
    clip_grad_value_(parameters, 2.0)
    assert [p.grad.tolist() for p in parameters[:2]] == [[2.0, 0.0], [0.0, -2.0, 0.0]]


def test_parameters_as_one_vector() -> None:
    net = nn.Linear(2, 2)
    vector = parameters_to_vector(net.parameters())
    assert vector.shape == (6,)
    vector_to_parameters(gradloom.arange(6.0), net.parameters())
    assert net.weight.tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert net.bias.tolist() == [4.0, 5.0]


@pytest.mark.parametrize("shape", [(3, 4), (700, 601)])
def test_clipping_is_the_same_for_few_and_for_many_values(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    values[0, 0] = np.nan
    parameter = gradloom.zeros(shape).requires_grad_()
    for layout in (values, values[:, ::-1], np.asfortranarray(values)):
        parameter.grad = from_numpy(layout.copy(order="K"))
        clip_grad_value_(parameter, 0.5)
        np.testing.assert_array_equal(parameter.grad.array, np.clip(layout, -0.5, 0.5))
        parameter.grad = from_numpy(np.nan_to_num(layout))
        norm = np.linalg.norm(np.nan_to_num(values).astype(np.float64))
        assert clip_grad_norm_(parameter, 1.0).item() == pytest.approx(norm, rel=1e-6)
        np.testing.assert_allclose(parameter.grad.array, np.nan_to_num(layout) / norm, rtol=1e-5)


def test_what_is_largest_in_padding_alone_leads_nowhere() -> None:
    rows = gradloom.ones(1, 1, 2, 2).requires_grad_()
    # Between the two values of a dilated window lies the whole row.
    largest = F.max_pool2d(rows, (1, 2), stride=1, padding=(0, 1), dilation=(1, 3))
    assert largest.tolist() == [[[[-math.inf], [-math.inf]]]]
    largest.sum().backward()
    assert rows.grad.tolist() == [[[[0.0, 0.0], [0.0, 0.0]]]]


def test_means_of_volumes_ask_for_windows_within_them() -> None:
    with pytest.raises(RuntimeError, match=r"image \(T: 4 H: 2 W: 5\) smaller than kernel size \(kT: 1 kH"):
        F.avg_pool3d(gradloom.zeros(1, 1, 4, 2, 5), (1, 3, 1), padding=(0, 1, 0))


@pytest.mark.oracle
@pytest.mark.parametrize(("shape", "outputs"), [((2, 3, 0), 4), ((2, 0, 3), 4), ((2, 3, 4), 0), ((0,), 4)])
def test_an_affine_map_of_nothing_is_pytorchs(shape: tuple[int, ...], outputs: int, agree: Any) -> None:
    torch = pytest.importorskip("torch")
    results = []
    for engine in (gradloom, torch):
        given = [engine.ones(*size).requires_grad_() for size in (shape, (outputs, shape[-1]), (outputs,))]
        out = engine.nn.functional.linear(*given)
        out.sum().backward()
        results.append([out, *[each.grad for each in given]])
    for one, other in zip(*results, strict=True):
        agree(one, other)
