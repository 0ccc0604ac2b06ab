"""Transforms change what they say, keep the rest, and follow the seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import gradloom
from gradloom.data.transforms import GaussianNoise, RandomHorizontalFlip, RandomShift
from gradloom.tensor import Tensor

ALL = [GaussianNoise(), RandomHorizontalFlip(), RandomShift()]


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


@pytest.mark.parametrize("transform", ALL[1:], ids=lambda transform: type(transform).__name__)
def test_what_is_no_image_is_refused(transform: Callable[[Tensor], Tensor]) -> None:
    with pytest.raises(
        ValueError, match=r"changes images \(N, C, H, W\), but this input has the shape \(4, 3\)"
    ):
        transform(gradloom.zeros(4, 3))
