"""The convolution kernel against its definition, and its bits against threads and machines."""

from __future__ import annotations

import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.kernels import parallel
from gradloom.kernels.convolution import convolve, input_gradient, weight_gradient
from gradloom.kernels.windows import Geometry, interior, padded_like

Array = np.ndarray

sizes = st.integers(1, 4)
pairs = st.tuples(sizes, sizes)
geometries = st.builds(
    Geometry,
    kernel=pairs,
    stride=pairs,
    padding=st.tuples(
        st.tuples(st.integers(0, 2), st.integers(0, 2)), st.tuples(st.integers(0, 2), st.integers(0, 2))
    ),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
)


def by_definition(images: Array, weight: Array, geometry: Geometry, groups: int) -> Array:
    """One output at a time, from the formula."""
    padded = padded_like(images, len(images), geometry)
    interior(padded, geometry)[...] = images
    outputs, channels = weight.shape[0], weight.shape[1]
    rows, columns = geometry.output_size((images.shape[2], images.shape[3]))
    (down, across), (below, beside) = geometry.stride, geometry.dilation
    result = np.zeros((len(images), outputs, rows, columns))
    for o, y, x in np.ndindex(outputs, rows, columns):
        first = o // (outputs // groups) * channels
        window = padded[
            :,
            first : first + channels,
            y * down : y * down + geometry.extent[0] : below,
            x * across : x * across + geometry.extent[1] : beside,
        ]
        result[:, o, y, x] = (window * weight[o]).sum((1, 2, 3))
    return result


@given(geometry=geometries, groups=st.integers(1, 2), outputs=st.integers(1, 3), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_convolution_and_its_transposes(geometry: Geometry, groups: int, outputs: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = rng.standard_normal((2, 2 * groups, 7, 8))
    weight = rng.standard_normal((outputs * groups, 2, *geometry.kernel))
    expected = by_definition(images, weight, geometry, groups)
    bias = rng.standard_normal(len(weight))
    np.testing.assert_allclose(
        convolve(images, weight, bias, geometry, groups), expected + bias[:, None, None], atol=1e-12
    )
    # Both gradients are transposes: <A x, g> = <x, A' g>.
    gradient = rng.standard_normal(expected.shape)
    product = np.vdot(expected, gradient)
    back = input_gradient(gradient, weight, None, (7, 8), geometry, groups)
    assert np.vdot(images, back) == pytest.approx(product, abs=1e-9)
    shares = weight_gradient(images, gradient, geometry, groups)
    assert np.vdot(weight, shares) == pytest.approx(product, abs=1e-9)


@pytest.fixture
def large() -> tuple[Array, Array, Geometry]:
    rng = np.random.default_rng(0)
    images = rng.standard_normal((31, 16, 20, 20), dtype=np.float32)
    weight = rng.standard_normal((32, 16, 3, 3), dtype=np.float32)
    return images, weight, Geometry((3, 3), padding=((1, 1), (1, 1)))


def all_three(images: Array, weight: Array, geometry: Geometry) -> list[bytes]:
    out = convolve(images, weight, None, geometry)
    return [
        out.tobytes(),
        weight_gradient(images, out, geometry).tobytes(),
        input_gradient(out, weight, None, (20, 20), geometry).tobytes(),
    ]


def test_bits_do_not_hang_on_threads_or_cores(
    large: tuple[Array, Array, Geometry], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(parallel.in_parts(lambda *part: part, len(large[0]), large[0].size * 32 * 9)) > 1
    bits = all_three(*large)
    elsewhere: list[list[bytes]] = []
    threads = [threading.Thread(target=lambda: elsewhere.append(all_three(*large))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert elsewhere == [bits, bits]
    monkeypatch.setattr(parallel, "cores", lambda: 1)
    parallel._helpers.cache_clear()
    assert all_three(*large) == bits


def test_images_may_be_views(large: tuple[Array, Array, Geometry]) -> None:
    images, weight, geometry = large
    turned = images.transpose(0, 1, 3, 2)
    np.testing.assert_array_equal(
        convolve(turned, weight, None, geometry), convolve(turned.copy(), weight, None, geometry)
    )


@pytest.mark.parametrize("groups", [1, 4])
def test_an_image_that_no_window_sees_gets_no_gradient(groups: int) -> None:
    beside = Geometry((2, 3), (3, 1), ((2, 2), (1, 1)))
    weight = np.ones((4, 4 // groups, 2, 3), np.float32)
    gradient = np.ones((2, 4, *beside.output_size((1, 7))), np.float32)
    assert not input_gradient(gradient, weight, None, (1, 7), beside, groups).any()


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (4, 2)])
def test_errors_stay_near_those_of_plain_sums(kernel: int, stride: int) -> None:
    rng = np.random.default_rng(0)
    images = np.maximum(rng.standard_normal((4, 64, 18, 18), dtype=np.float32), 0)
    weight = rng.standard_normal((32, 64, kernel, kernel), dtype=np.float32)
    geometry = Geometry((kernel, kernel), (stride, stride), ((1, 1), (1, 1)))
    exact = convolve(images.astype(float), weight.astype(float), None, geometry)
    gradient = rng.standard_normal(exact.shape, dtype=np.float32)
    back = input_gradient(gradient.astype(float), weight.astype(float), None, (18, 18), geometry)
    for made, expected in (
        (convolve(images, weight, None, geometry), exact),
        (input_gradient(gradient, weight, None, (18, 18), geometry), back),
    ):
        error = np.sqrt(np.mean((made - expected) ** 2) / np.mean(expected**2))
        assert error < 8e-7  # PyTorch's sums have 2e-7


@pytest.mark.parametrize("huge", [1e30, np.inf])
def test_a_huge_value_disturbs_only_what_sees_it(huge: float) -> None:
    rng = np.random.default_rng(0)
    images = rng.standard_normal((2, 16, 12, 12), dtype=np.float32)
    weight = rng.standard_normal((16, 16, 3, 3), dtype=np.float32)
    geometry = Geometry((3, 3), padding=((1, 1), (1, 1)))
    disturbed = images.copy()
    disturbed[1, 3, 5, 6] = huge
    seen = np.zeros((2, 16, 12, 12), np.bool_)
    seen[1, :, 4:7, 5:8] = True
    channel = np.zeros(weight.shape, np.bool_)
    channel[:, 3] = True
    for apart, made, expected in (
        (seen, *[convolve(each, weight, None, geometry) for each in (disturbed, images)]),
        (seen, *[input_gradient(each, weight, None, (12, 12), geometry) for each in (disturbed, images)]),
        (channel, *[weight_gradient(each, images, geometry) for each in (disturbed, images)]),
    ):
        assert not np.isnan(made).any()
        assert (np.abs(made[apart]) > 1e20).any()
        np.testing.assert_allclose(made[~apart], expected[~apart], rtol=1e-5, atol=1e-4)


def test_large_images_leave_no_tables_behind() -> None:
    weight = np.ones((9, 1, 3, 3), np.float32)
    geometry = Geometry((3, 3))

    def there_and_back(side: int) -> None:
        images = np.ones((1, 1, side, side), np.float32)
        out = convolve(images, weight, None, geometry)
        weight_gradient(images, out, geometry)
        input_gradient(out, weight, None, (side, side), geometry)

    there_and_back(10)
    tracemalloc.start()
    try:
        there_and_back(400)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 400 * 400  # bytes
