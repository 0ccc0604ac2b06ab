"""Generated points: as many as asked, evenly shared, the same for one seed, and on the curve they claim."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.data import sources

GENERATORS = [sources.spirals, sources.moons, sources.circles, sources.noisy_sine]
Generator = Callable[..., sources.Samples]


@pytest.mark.parametrize("generator", GENERATORS)
@settings(max_examples=10, deadline=None)
@given(samples=st.integers(20, 300), seed=st.integers(0, 2**32 - 1))
def test_one_seed_gives_the_same_points(generator: Generator, samples: int, seed: int) -> None:
    first, second = generator(samples=samples, seed=seed), generator(samples=samples, seed=seed)
    assert len(first) == samples
    assert np.array_equal(first.x, second.x)
    assert np.array_equal(first.target, second.target)
    if first.class_counts:
        assert first.target.tolist() != sorted(first.target)
        assert max(first.class_counts) - min(first.class_counts) <= 1
    assert not np.array_equal(first.x, generator(samples=samples, seed=(seed + 1) % 2**32).x)


def test_circles_without_noise_lie_on_their_radii() -> None:
    samples = sources.circles(samples=50, noise=0, inner=0.3)
    radius = np.hypot(*samples.x.T)
    assert np.allclose(radius, np.where(samples.target == 0, 1.0, 0.3), atol=1e-6)


def test_moons_without_noise_lie_on_two_half_circles() -> None:
    samples = sources.moons(samples=50, noise=0)
    centre = np.where(samples.target[:, None] == 0, [0.0, 0.0], [1.0, 0.5])
    offset = samples.x - centre
    assert np.allclose(np.hypot(*offset.T), 1, atol=1e-6)
    assert ((offset[:, 1] >= -1e-6) == (samples.target == 0)).all()


def test_spiral_arms_without_noise_turn_with_the_radius() -> None:
    samples = sources.spirals(samples=60, classes=4, turns=1.5, noise=0)
    radius, angle = np.hypot(*samples.x.T), np.arctan2(samples.x[:, 1], samples.x[:, 0])
    arms = 2 * np.pi * (1.5 * radius + samples.target / 4)
    assert np.allclose(np.exp(1j * angle), np.exp(1j * arms), atol=1e-4)
    assert samples.classes == ("arm 1", "arm 2", "arm 3", "arm 4")


def test_sine_without_noise_is_a_sine() -> None:
    samples = sources.noisy_sine(samples=40, noise=0)
    assert samples.task == "regression"
    assert np.allclose(samples.target, np.sin(samples.x), atol=1e-6)


@pytest.mark.parametrize(
    ("generator", "arguments", "words"),
    [
        (sources.moons, {"samples": 1}, "2 to 1,000,000 samples, not 1"),
        (sources.moons, {"samples": 10**9}, "2 to 1,000,000 samples"),
        (sources.spirals, {"samples": 3, "classes": 4}, "4 to 1,000,000 samples, not 3"),
        (sources.spirals, {"classes": 1}, "2 to 20 classes, not 1"),
        (sources.spirals, {"turns": 0}, "not 0"),
        (sources.circles, {"inner": 1.0}, "between 0 and 1, not 1.0"),
        (sources.circles, {"noise": -0.1}, "Noise lies between 0 and 100, not -0.1"),
        (sources.noisy_sine, {"noise": float("nan")}, "not nan"),
        (sources.noisy_sine, {"seed": -1}, "not -1"),
    ],
)
def test_senseless_settings_are_refused(generator: Generator, arguments: dict, words: str) -> None:
    with pytest.raises(sources.DataError, match=words):
        generator(**arguments)
