"""Scaling: what it promises of the training part, and that the validation part has no say in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gradloom.data import sources
from gradloom.data.sources.samples import table_fields

numbers = st.floats(-1e6, 1e6, width=32)


def parts(
    train: np.ndarray, validation: np.ndarray | None = None, names: tuple[str, ...] = ()
) -> sources.Split:
    def samples(x: np.ndarray) -> sources.Samples:
        target = np.zeros((len(x), 1), np.float32)
        return sources.Samples(table_fields(x, names), target, "regression", feature_names=names)

    return sources.Split(samples(train), samples(train if validation is None else validation))


@settings(max_examples=40, deadline=None)
@given(arrays(np.float32, (9, 3), elements=numbers))
def test_standard_gives_each_column_mean_0_and_deviation_1(table: np.ndarray) -> None:
    scaled, _ = sources.normalize(parts(table), "standard")
    spread = table.astype(np.float64).std(axis=0)
    for column in range(3):
        values = scaled.train.x[:, column].astype(np.float64)
        if np.ptp(table[:, column]) == 0:
            assert (values == 0).all()
        elif spread[column] > 1e-3:
            assert values.mean() == pytest.approx(0, abs=1e-4)
            assert values.std() == pytest.approx(1, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(arrays(np.float32, (7, 3), elements=numbers))
def test_unit_maps_each_column_onto_0_to_1(table: np.ndarray) -> None:
    scaled, _ = sources.normalize(parts(table), "unit")
    x = scaled.train.x
    varies = np.ptp(table, axis=0) > 0
    assert (x.min(axis=0) == 0).all()
    assert (x.max(axis=0)[varies] == 1).all()
    assert (x.max(axis=0)[~varies] == 0).all()


def test_rounding_in_the_mean_does_not_make_a_constant_column_vary() -> None:
    constant = np.full((7, 1), 0.1)
    assert constant.mean(axis=0) != constant[0]
    scaled, figures = sources.normalize(parts(constant), "standard")
    assert figures.scale["x"].tolist() == [1]
    assert np.allclose(scaled.train.x, 0)


def test_uint8_images_are_divided_by_255() -> None:
    images = np.arange(64, dtype=np.uint8).reshape(4, 1, 4, 4)
    scaled, _ = sources.normalize(parts(images), "unit")
    assert np.array_equal(scaled.train.x, images.astype(np.float32) / np.float32(255))


def test_float_images_are_scaled_by_the_range_of_the_whole_field() -> None:
    images = np.arange(1, 33, dtype=np.float32).reshape(2, 1, 4, 4)
    scaled, _ = sources.normalize(parts(images), "unit")
    assert np.allclose(scaled.train.x, (images - 1) / 31)


def test_standard_scales_images_by_channel() -> None:
    images = np.random.RandomState(0).randint(0, 256, (6, 3, 4, 4)).astype(np.uint8)
    images[:, 2] = 9
    scaled, figures = sources.normalize(parts(images), "standard")
    assert figures.shift["x"].shape == (3, 1, 1)
    assert np.allclose(scaled.train.x.mean(axis=(0, 2, 3)), 0, atol=1e-6)
    assert np.allclose(scaled.train.x.std(axis=(0, 2, 3)), [1, 1, 0], atol=1e-6)


def test_none_changes_the_dtype_only() -> None:
    images = np.full((2, 1, 2, 2), 200, np.uint8)
    scaled, _ = sources.normalize(parts(images), "none")
    assert scaled.train.x.dtype == np.float32
    assert (scaled.train.x == 200).all()


@pytest.mark.parametrize("how", ["unit", "standard"])
def test_figures_come_from_the_training_part_and_scale_new_data_alike(how: sources.Scaling) -> None:
    train = np.array([[0.0], [2.0]], np.float32)
    scaled, figures = sources.normalize(parts(train, np.array([[1e6]], np.float32)), how)
    expected = {"unit": [0, 1], "standard": [-1, 1]}[how]
    assert scaled.train.x[:, 0].tolist() == expected
    later = figures.apply(parts(np.array([[4.0]], np.float32)).train)
    assert later.x[0, 0] == {"unit": 2, "standard": 3}[how]


def test_a_column_is_scaled_as_it_is_within_the_table() -> None:
    table = np.random.RandomState(1).randn(20, 2).astype(np.float32) * [1, 50]
    scaled, _ = sources.normalize(parts(table.astype(np.float32), names=("a", "b")), "standard")
    assert np.array_equal(scaled.train.inputs["b"], scaled.train.x[:, 1:])


def test_the_widest_float32_range_does_not_overflow() -> None:
    top = np.finfo(np.float32).max
    for how in ("unit", "standard"):
        scaled, _ = sources.normalize(parts(np.array([[-top], [top]], np.float32)), how)  # type: ignore[arg-type]
        assert np.isfinite(scaled.train.x).all()


@pytest.mark.parametrize("shape", [(400_000, 1), (150_000, 3), (2_500, 200)])
def test_blocks_do_not_change_the_figures(shape: tuple[int, int]) -> None:
    table = np.random.RandomState(2).randn(*shape).astype(np.float32) + 1000
    exact = table.astype(np.float64)
    scaled, figures = sources.normalize(parts(table), "standard")
    assert figures.scale["x"] == pytest.approx(exact.std(axis=0), rel=1e-12)
    assert figures.shift["x"] == pytest.approx(exact.mean(axis=0), rel=1e-12)
    assert np.allclose(scaled.train.x, (exact - exact.mean(axis=0)) / figures.scale["x"], atol=1e-6)
    _, figures = sources.normalize(parts(table), "unit")
    assert np.array_equal(figures.shift["x"], exact.min(axis=0))
    assert np.array_equal(figures.scale["x"], np.ptp(exact, axis=0))


def test_what_does_not_fit_is_refused() -> None:
    _, figures = sources.normalize(parts(np.zeros((2, 3), np.float32)), "standard")
    with pytest.raises(sources.DataError, match=r"shape \(4,\).*normalization of shape \(3,\)"):
        figures.apply(parts(np.zeros((2, 4), np.float32)).train)
    with pytest.raises(sources.DataError, match="Input 'a' has no normalization"):
        figures.apply(parts(np.zeros((2, 3), np.float32), names=("a", "b", "c")).train)
    with pytest.raises(sources.DataError, match="'loud' is not known; choose one of none, unit, standard"):
        sources.normalize(parts(np.zeros((2, 3), np.float32)), "loud")  # type: ignore[arg-type]
