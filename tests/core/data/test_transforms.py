"""Transforms change what they say, keep the rest, and follow the seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import gradloom
from gradloom.data.transforms import (
    GaussianNoise,
    RandomAffine,
    RandomErasing,
    RandomHorizontalFlip,
    RandomShift,
)
from gradloom.tensor import Tensor

ALL = [GaussianNoise(), RandomHorizontalFlip(), RandomShift(), RandomAffine(), RandomErasing()]


@pytest.fixture
def images() -> Tensor:
    return gradloom.arange(20 * 2 * 5 * 6, dtype=gradloom.float32).reshape(20, 2, 5, 6)


@pytest.mark.parametrize("transform", ALL, ids=lambda transform: type(transform).__name__)
def test_shape_dtype_input_and_seed(transform: Callable[[Tensor], Tensor], images: Tensor) -> None:
    before = images.numpy().copy()
    results = []
    for seed in (1, 1, 2):
        gradloom.manual_seed(seed)
        results.append(transform(images))
    first, again, other = (result.numpy() for result in results)
    assert np.array_equal(images.numpy(), before)
    assert (first.shape, first.dtype) == (before.shape, before.dtype)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_noise_has_the_deviation_that_was_asked_for() -> None:
    gradloom.manual_seed(0)
    assert GaussianNoise(sigma=0.5)(gradloom.zeros(4000)).numpy().std() == pytest.approx(0.5, rel=0.05)


def test_a_flip_mirrors_an_image_whole_or_leaves_it(images: Tensor) -> None:
    gradloom.manual_seed(0)
    pairs = list(zip(images.numpy(), RandomHorizontalFlip()(images).numpy(), strict=True))
    mirrored = [np.array_equal(new, old[..., ::-1]) for old, new in pairs]
    left = [np.array_equal(new, old) for old, new in pairs]
    assert all(one != other for one, other in zip(mirrored, left, strict=True))
    assert any(mirrored)
    assert any(left)
    assert np.array_equal(RandomHorizontalFlip(p=0)(images).numpy(), images.numpy())


def test_a_shift_moves_an_image_as_one_and_repeats_the_edge(images: Tensor) -> None:
    gradloom.manual_seed(0)
    moved = RandomShift(pixels=1)(images).numpy()
    for old, new in zip(images.numpy(), moved, strict=True):
        padded = np.pad(old, ((0, 0), (1, 1), (1, 1)), mode="edge")
        windows = [padded[:, y : y + 5, x : x + 6] for y in range(3) for x in range(3)]
        assert any(np.array_equal(new, window) for window in windows)


def test_a_quarter_turn_moves_every_pixel_to_its_place() -> None:
    squares = gradloom.rand(3, 2, 5, 5)
    transform = RandomAffine(degrees=90, scale=0, shift=0)
    gradloom.manual_seed(0)
    turn = 90 * (2 * gradloom.rand(4, 3, 1, 1).numpy()[0, :, 0, 0] - 1)
    gradloom.manual_seed(0)
    turned = transform(squares).numpy()
    for old, new, degrees in zip(squares.numpy(), turned, turn, strict=True):
        centre = np.array([2.0, 2.0])
        for y, x in ((2, 2), (1, 2), (2, 3)):
            radians = np.radians(degrees)
            spin = np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]])
            row, column = spin @ (np.array([y, x]) - centre) + centre
            top, left = int(row), int(column)
            down, right = row - top, column - left
            expected = (
                (1 - down) * (1 - right) * old[:, top, left]
                + (1 - down) * right * old[:, top, left + 1]
                + down * (1 - right) * old[:, top + 1, left]
                + down * right * old[:, top + 1, left + 1]
            )
            np.testing.assert_allclose(new[:, y, x], expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 3, 1, 1), (1, 1, 1, 7), (4, 1, 6, 2)])
def test_an_affine_map_that_does_nothing_leaves_images(shape: tuple[int, ...]) -> None:
    images = gradloom.rand(*shape)
    np.testing.assert_allclose(RandomAffine(0, 0, 0)(images).numpy(), images.numpy(), atol=1e-6)
    far = RandomAffine(45, 0.5, 1)(images).numpy()
    assert far.min() >= images.numpy().min()
    assert far.max() <= images.numpy().max()


def test_erasing_takes_one_square() -> None:
    images = gradloom.ones(50, 2, 8, 6)
    gone = RandomErasing(p=1, size=0.5)(images).numpy() == 0
    assert (gone.sum(axis=(1, 2, 3)) == 2 * 3 * 3).all()
    assert (
        (gone.any(axis=(1, 3)).sum(axis=1), gone.any(axis=(1, 2)).sum(axis=1)) == (3 * np.ones((2, 50)))
    ).all()
    assert np.array_equal(RandomErasing(p=0)(images).numpy(), images.numpy())


@pytest.mark.parametrize("transform", ALL[1:], ids=lambda transform: type(transform).__name__)
@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 0, 4)])
def test_what_is_no_image_is_refused(transform: Callable[[Tensor], Tensor], shape: tuple[int, ...]) -> None:
    words = rf"changes images \(N, C, H, W\), but this input has the shape \({', '.join(map(str, shape))}\)"
    with pytest.raises(ValueError, match=words):
        transform(gradloom.zeros(shape))


@pytest.mark.parametrize("transform", [GaussianNoise(), RandomAffine()])
def test_whole_numbers_are_refused_where_fractions_come_of_them(
    transform: Callable[[Tensor], Tensor],
) -> None:
    with pytest.raises(ValueError, match=r"makes fractions, but this input is of type gradloom\.uint8"):
        transform(gradloom.zeros(2, 1, 4, 4, dtype=gradloom.uint8))
