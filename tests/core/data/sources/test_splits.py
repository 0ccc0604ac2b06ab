"""A split uses every row once, keeps the classes' shares, and depends on nothing but its seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.data import sources


def labelled(labels: list[int], held_out: np.ndarray | None = None) -> sources.Samples:
    """Samples whose x is their own row number."""
    x = np.arange(len(labels), dtype=np.float32)[:, None]
    classes = tuple(str(label) for label in range(max(labels, default=0) + 1))
    return sources.Samples({"x": x}, np.array(labels, np.int64), "classification", classes, held_out)


def numbered(count: int) -> sources.Samples:
    x = np.arange(count, dtype=np.float32)[:, None]
    return sources.Samples({"x": x}, x.copy(), "regression")


def rows(samples: sources.Samples) -> list[float]:
    return samples.x[:, 0].tolist()


@settings(max_examples=40, deadline=None)
@given(
    labels=st.lists(st.integers(0, 4), min_size=12, max_size=80),
    share=st.floats(0.15, 0.85),
    seed=st.integers(0, 2**32 - 1),
)
def test_parts_are_disjoint_whole_stratified_and_repeatable(
    labels: list[int], share: float, seed: int
) -> None:
    samples = labelled(labels)
    parts = sources.split(samples, share, seed)
    assert sorted(rows(parts.train) + rows(parts.validation)) == list(range(len(labels)))
    for label, count in enumerate(samples.class_counts):
        taken = parts.validation.class_counts[label]
        assert abs(taken - share * count) <= 1
        assert taken < max(count, 1)
    assert len(parts.validation) <= round(share * len(labels))
    again = sources.split(samples, share, seed)
    assert rows(parts.validation) == rows(again.validation)


@settings(max_examples=25, deadline=None)
@given(count=st.integers(4, 60), share=st.floats(0.25, 0.75), seed=st.integers(0, 100))
def test_a_regression_is_split_by_share_alone(count: int, share: float, seed: int) -> None:
    parts = sources.split(numbered(count), share, seed)
    assert sorted(rows(parts.train) + rows(parts.validation)) == list(range(count))
    assert len(parts.validation) == round(share * count)


def test_another_seed_gives_other_rows() -> None:
    samples = labelled([0, 1] * 50)
    assert rows(sources.split(samples, 0.3, 0).validation) != rows(sources.split(samples, 0.3, 1).validation)


def test_none_takes_the_rows_that_the_data_set_holds_out() -> None:
    parts = sources.split(labelled([0, 1] * 5, held_out=np.array([2, 3])), None, seed=7)
    assert rows(parts.validation) == [2, 3]


def test_none_takes_a_fifth_where_nothing_is_held_out() -> None:
    parts = sources.split(labelled([0] * 10 + [1] * 20), None)
    assert parts.validation.class_counts == (2, 4)


def test_a_share_draws_from_all_rows_even_where_some_are_held_out() -> None:
    parts = sources.split(labelled([0, 1] * 5, held_out=np.array([2, 3])), 0.4)
    assert len(parts.validation) == 4


def test_many_small_classes_still_give_the_whole_share() -> None:
    parts = sources.split(labelled(list(range(30)) * 2), 0.2)
    assert len(parts.validation) == 12
    assert max(parts.validation.class_counts) == 1


def test_a_handful_of_rows_can_be_split() -> None:
    assert len(sources.split(labelled([0, 1, 0, 1]), 0.1).validation) == 1
    assert len(sources.split(numbered(2), 0.9).validation) == 1


def test_a_class_with_one_sample_is_for_training() -> None:
    parts = sources.split(labelled([0] * 20 + [1]), 0.9)
    assert parts.train.class_counts[1] == 1


@pytest.mark.parametrize("share", [0.0, 1.0, -0.2, 1.5, float("nan")])
def test_a_share_outside_its_range_is_refused(share: float) -> None:
    with pytest.raises(sources.DataError, match="must lie between 0 and 1"):
        sources.split(labelled([0, 1] * 10), share)


@pytest.mark.parametrize("samples", [labelled([0, 1]), numbered(1), labelled([])])
def test_an_empty_part_is_refused(samples: sources.Samples) -> None:
    with pytest.raises(sources.DataError, match="both parts need at least one"):
        sources.split(samples, 0.3)
