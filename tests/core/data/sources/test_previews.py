"""A preview shows some of everything and says what the data are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.data import sources
from gradloom.data.sources import previews


def labelled(labels: list[int]) -> sources.Samples:
    x = np.arange(len(labels), dtype=np.float32)[:, None]
    classes = tuple(str(label) for label in range(max(labels) + 1))
    return sources.Samples({"x": x}, np.array(labels, np.int64), "classification", classes)


@settings(max_examples=40, deadline=None)
@given(labels=st.lists(st.integers(0, 3), min_size=1, max_size=40), count=st.integers(1, 20))
def test_rows_are_spread_over_the_classes(labels: list[int], count: int) -> None:
    samples = labelled(labels)
    seen = sources.preview(samples, count)
    shown = np.bincount(seen.shown.target, minlength=4)
    assert len(set(seen.rows.tolist())) == min(count, len(labels))
    assert seen.shown.target.tolist() == sorted(seen.shown.target)
    # A class shows one row fewer than another only where it comes later or has no more.
    for label, number in enumerate(samples.class_counts):
        assert shown[label] == number or shown[label] >= shown.max() - 1


def test_a_preview_of_images() -> None:
    seen = sources.preview(sources.mnist5k(), count=20)
    assert (seen.samples, seen.held_out, seen.class_counts) == (5000, 1000, (500,) * 10)
    assert seen.fields[0] == sources.Field("x", (1, 28, 28), "uint8", 0, 255, has_nan=False)
    assert str(seen.fields[0]) == "x: 1 x 28 x 28 uint8, from 0 to 255"
    assert seen.pictures is not None
    assert seen.pictures.shape == (20, 28, 28)
    assert np.array_equal(seen.pictures[3], sources.mnist5k().x[seen.rows[3], 0])
    assert "CC BY-SA" in seen.notice


def test_float_images_are_drawn_over_their_whole_range() -> None:
    seen = sources.preview(sources.digits8x8())
    assert seen.pictures is not None
    assert seen.pictures.dtype == np.uint8
    assert (seen.pictures.min(), seen.pictures.max()) == (0, 255)


def test_color_images_are_drawn_with_their_channels_last() -> None:
    x = np.random.RandomState(0).randint(0, 256, (4, 3, 5, 6)).astype(np.uint8)
    samples = sources.Samples({"x": x}, np.zeros((4, 1), np.float32), "regression")
    pictures = sources.preview(samples).pictures
    assert pictures is not None
    assert np.array_equal(pictures, x.transpose(0, 2, 3, 1))


def test_a_preview_of_a_table() -> None:
    seen = sources.preview(sources.diabetes(), count=5)
    assert (seen.task, seen.classes, seen.class_counts, seen.pictures) == ("regression", (), (), None)
    assert (seen.target.low, seen.target.high) == (25, 346)
    assert [field.name for field in seen.fields][:2] == ["x", "age"]
    assert len(seen.rows) == 5


def test_one_seed_shows_the_same_rows() -> None:
    samples = sources.iris()
    assert np.array_equal(sources.preview(samples, seed=3).rows, sources.preview(samples, seed=3).rows)
    assert not np.array_equal(sources.preview(samples, seed=3).rows, sources.preview(samples, seed=4).rows)


def test_missing_values_are_told_and_do_not_hide_the_range() -> None:
    x = np.array([[1, np.nan], [3, 5]], np.float32)
    samples = sources.Samples({"x": x, "y": x[:, :1]}, np.zeros((2, 1), np.float32), "regression")
    seen = sources.preview(samples)
    assert seen.has_nan
    assert [(field.low, field.high, field.has_nan) for field in seen.fields] == [(1, 5, True), (1, 3, False)]
    assert str(seen.fields[0]) == "x: 2 float32, from 1 to 5, some missing"


def test_pictures_of_broken_numbers_can_still_be_drawn() -> None:
    x = np.array([np.nan, np.inf, -np.inf, 1], np.float32).reshape(1, 1, 2, 2)
    seen = sources.preview(sources.Samples({"x": x}, np.zeros((1, 1), np.float32), "regression"))
    assert seen.pictures is not None


def test_a_preview_of_nothing_is_refused() -> None:
    with pytest.raises(sources.DataError, match="1 sample or more, not 0"):
        sources.preview(sources.iris(), count=0)


def test_of_very_many_rows_some_are_drawn_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "MOST_DRAWN_FROM", 40)
    samples = sources.mnist5k()
    rows = previews.spread_rows(samples, 20, seed=1)
    assert len(np.unique(rows)) == 20
    assert len(np.unique(samples.target[rows])) > 5
    assert np.array_equal(rows, previews.spread_rows(samples, 20, seed=1))
