"""Metrics: the value of the whole data set, however it comes in batches."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gradloom.metrics import MAE, R2, RMSE, Accuracy, Metric
from gradloom.tensor import Tensor, wrap

finite = st.floats(-100, 100, width=32)


def tensor(values: object, dtype: type = np.float32) -> Tensor:
    return wrap(np.asarray(values, dtype))


def whole(metric: Metric, output: Tensor, target: Tensor, cuts: list[int]) -> float:
    """The metric over batches cut at `cuts`."""
    metric.reset()
    bounds = [0, *sorted(cut % len(target) for cut in cuts), len(target)]
    for start, stop in pairwise(bounds):
        if start < stop:
            metric.update(wrap(output.array[start:stop]), wrap(target.array[start:stop]))
    return metric.compute()


pairs = st.integers(2, 30).flatmap(
    lambda rows: st.tuples(
        hnp.arrays(np.float32, (rows, 2), elements=finite), hnp.arrays(np.float32, (rows, 2), elements=finite)
    )
)
cuts = st.lists(st.integers(0, 1000), max_size=4)


@settings(max_examples=40, deadline=None)
@given(pair=pairs, cuts=cuts)
def test_errors_equal_their_definition_whatever_the_batches(
    pair: tuple[np.ndarray, np.ndarray], cuts: list[int]
) -> None:
    output, target = (array.astype(np.float64) for array in pair)
    given = (wrap(pair[0]), wrap(pair[1]), cuts)
    assert whole(MAE(), *given) == pytest.approx(np.abs(output - target).mean(), rel=1e-5)
    assert whole(RMSE(), *given) == pytest.approx(np.sqrt(np.square(output - target).mean()), rel=1e-5)
    total = np.square(target - target.mean(axis=0)).sum(axis=0)
    if (total > 1e-3).all():
        expected = (1 - np.square(output - target).sum(axis=0) / total).mean()
        assert whole(R2(), *given) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(scores=hnp.arrays(np.float32, st.tuples(st.integers(1, 30), st.just(4)), elements=finite), cuts=cuts)
def test_accuracy_counts_right_classes(scores: np.ndarray, cuts: list[int]) -> None:
    labels = np.arange(len(scores)) % 4
    value = whole(Accuracy(), wrap(scores), wrap(labels), cuts)
    assert value == pytest.approx((scores.argmax(axis=1) == labels).mean())


def test_accuracy_of_two_classes_by_one_logit() -> None:
    accuracy = Accuracy()
    accuracy.update(tensor([[2.0], [-1.0], [0.5], [-3.0]]), tensor([1, 0, 0, 1], np.int64))
    accuracy.update(tensor([1.0, -1.0]), tensor([[1.0], [0.0]]))
    assert accuracy.compute() == 4 / 6


def test_accuracy_of_each_position_and_of_one_hot_targets() -> None:
    accuracy = Accuracy()
    accuracy.update(tensor(np.eye(3)[None]), tensor([[0, 1, 0]], np.int64))
    assert accuracy.compute() == pytest.approx(2 / 3)
    accuracy.reset()
    accuracy.update(tensor([[0.1, 0.9], [0.8, 0.2]]), tensor([[0, 1], [0, 1]]))
    assert accuracy.compute() == 0.5


def test_r2_of_known_fits() -> None:
    target = tensor([[1.0], [2.0], [3.0]])
    r2 = R2()
    r2.update(target, target)
    assert r2.compute() == 1.0
    r2.reset()
    r2.update(tensor([[2.0], [2.0], [2.0]]), target)
    assert r2.compute() == 0.0


def test_r2_of_a_constant_target_is_one_or_nothing() -> None:
    constant = tensor([[5.0], [5.0]])
    r2 = R2()
    r2.update(constant, constant)
    assert r2.compute() == 1.0
    r2.update(tensor([[5.0], [6.0]]), constant)
    assert r2.compute() == 0.0


def test_r2_keeps_its_digits_far_from_zero() -> None:
    target = (np.arange(100, dtype=np.float64) % 7 + 1e7).reshape(-1, 1)
    output = target + 0.5
    r2 = R2()
    for start in range(0, 100, 9):
        r2.update(wrap(output[start : start + 9]), wrap(target[start : start + 9]))
    expected = 1 - 25 / np.square(target - target.mean()).sum()
    assert r2.compute() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("metric", [Accuracy, MAE, RMSE, R2])
def test_nothing_seen_is_no_number_and_shapes_must_agree(metric: type[Metric]) -> None:
    fresh = metric()
    assert math.isnan(fresh.compute())
    with pytest.raises(ValueError, match="the network must give one"):
        fresh.update(tensor(np.zeros((4, 3, 2))), tensor(np.zeros(4)))
    fresh.reset()
    assert math.isnan(fresh.compute())


@pytest.mark.parametrize("metric", [MAE, RMSE, R2])
def test_a_column_and_a_vector_are_the_same_values(metric: type[Metric]) -> None:
    one, other = metric(), metric()
    one.update(tensor([[1.0], [2.0], [4.0]]), tensor([1.0, 2.0, 3.0]))
    other.update(tensor([1.0, 2.0, 4.0]), tensor([1.0, 2.0, 3.0]))
    assert one.compute() == other.compute()
