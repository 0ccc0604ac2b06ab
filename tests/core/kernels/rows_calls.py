"""Calls of what works on rows, on channels and on single elements: odd sizes, none, ends, and many."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from tests.core.kernels.compiled_calls import Call, normal, with_a_hole

Array = Any

_MATRICES = [(1, 1), (3, 5), (0, 4), (7, 65), (33, 100), (700, 1000)]
_IMAGES = [(1, 2, 1), (3, 4, 1), (2, 6, 9), (5, 4, 16), (3, 2, 100), (0, 2, 3), (300, 40, 1), (40, 20, 500)]


def _moments(rows: Array) -> tuple[Array, Array]:
    """Means and factors of rows, as a forward gives them."""
    return rows.mean(axis=1), (1 / np.sqrt(rows.var(axis=1) + 1e-5)).astype(np.float32)


def _softmax(rows: Array) -> Array:
    powers = np.exp(rows - rows.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _on_rows(arguments: Callable[..., Any], atol: float = 2e-5) -> list[Call]:
    """`arguments(rows, grad, weight)` for all shapes."""

    def make(shape: tuple[int, int]) -> Any:
        return arguments(normal(*shape), normal(*shape, seed=1), normal(shape[1], seed=2))

    return [Call(partial(make, shape), atol=atol) for shape in _MATRICES]


def _on_images(arguments: Callable[..., Any], atol: float = 1e-4) -> list[Call]:
    """`arguments(images, grad, weight)` for all shapes that are not empty."""

    def make(shape: tuple[int, int, int]) -> Any:
        return arguments(normal(*shape), normal(*shape, seed=1), normal(shape[1], seed=2))

    return [Call(partial(make, shape), 1e-4, atol) for shape in _IMAGES if shape[0]]


def _of_channels(images: Array) -> tuple[Array, Array]:
    return _moments(np.moveaxis(images, 1, 0).reshape(images.shape[1], -1))


def _of_groups(images: Array) -> tuple[Array, Array]:
    return _moments(images.reshape(len(images) * 2, -1))


def _repeated(n: int, channels: int, positions: int) -> Array:
    """A view that is neither in rows nor writable, as the gradient of a mean over positions."""
    return np.broadcast_to(normal(n, channels, 1, seed=1), (n, channels, positions))


def _with_ends(rows: Array) -> Array:
    """Rows of which one holds infinity, one minus infinity, one NaN."""
    rows[:3, 1] = np.inf, -np.inf, np.nan
    return rows


def _far(*shape: int) -> Array:
    """Numbers so far from zero that the difference of two large sums would tell nothing of their spread."""
    return normal(*shape) + np.float32(1000)


def _classes(rows: Array) -> Array:
    return np.arange(len(rows)) % rows.shape[1]


def _backward_of_cross_entropy(rows: Array) -> Any:
    largest = rows.max(axis=1)
    sums = np.exp(rows - largest[:, None]).sum(axis=1)
    return rows, _classes(rows), largest, sums, normal(len(rows), seed=3)


_ROWS = {
    "centred": [
        *_on_rows(lambda x, _, weight: (x, 1e-5, weight, weight)),
        Call(lambda: (normal(4, 20), 1e-5, None, None), atol=1e-5),
        Call(lambda: (_with_ends(normal(4, 20)), 1e-5, normal(20), None), atol=1e-5),
        Call(lambda: (_far(4, 90), 1e-5, None, None), 1e-3, 1e-3),
    ],
    "centred_backward": [
        *_on_rows(lambda x, grad, weight: (grad, x, *_moments(x), weight), 1e-3),
        Call(lambda: (normal(4, 20), normal(4, 20, seed=1), *_moments(normal(4, 20, seed=1)), None)),
    ],
    "scaled": [
        *_on_rows(lambda x, _, weight: (x, 1e-5, weight)),
        Call(lambda: (_with_ends(normal(4, 20)), 1e-5, None)),
    ],
    "scaled_backward": [
        *_on_rows(lambda x, grad, weight: (grad, x, _moments(x)[1], weight), 1e-3),
        Call(lambda: (normal(4, 20), normal(4, 20, seed=1), normal(4), None)),
    ],
    "softmax": [*_on_rows(lambda x, *_: (x,)), Call(lambda: (_with_ends(normal(4, 20, scale=50)),))],
    "softmax_backward": _on_rows(lambda x, grad, _: (grad, _softmax(x))),
    "log_softmax": [*_on_rows(lambda x, *_: (x,)), Call(lambda: (_with_ends(normal(4, 20, scale=50)),))],
    "log_softmax_backward": _on_rows(lambda x, grad, _: (grad, np.log(_softmax(x))), 1e-4),
    "cross_entropy": [
        *_on_rows(lambda x, *_: (x, _classes(x))),
        Call(lambda: (_with_ends(normal(4, 20, scale=50)), np.arange(4))),
    ],
    "cross_entropy_backward": _on_rows(lambda x, *_: _backward_of_cross_entropy(x)),
}


def _some_ignored(rows: Array) -> tuple[Array, Array, int]:
    """Scores and classes; every third row does not count."""
    return rows, np.where(np.arange(len(rows)) % 3 == 2, -100, _classes(rows)), -100


def _backward_of_the_mean(rows: Array) -> Any:
    _, _, largest, sums, _ = _backward_of_cross_entropy(rows)
    return *_some_ignored(rows), largest, sums, np.array(0.7, np.float32)


_MEANS = {
    "mean_cross_entropy": [
        *_on_rows(lambda x, *_: _some_ignored(x)),
        Call(lambda: (_with_ends(normal(4, 20, scale=50)), np.arange(4), 3)),
        Call(lambda: (normal(2, 3), np.array([1, 1]), 1)),
    ],
    "mean_cross_entropy_backward": _on_rows(lambda x, *_: _backward_of_the_mean(x)),
}

_CHANNELS = {
    "batch_norm": [
        *_on_images(lambda x, _, weight: (x, 1e-5, weight, weight)),
        Call(lambda: (normal(4, 3, 6), 1e-5, None, None), atol=1e-5),
        Call(lambda: (with_a_hole(normal(4, 3, 6), np.inf), 1e-5, None, normal(3)), atol=1e-5),
        Call(lambda: (_far(4, 3, 50), 1e-5, None, None), 1e-3, 1e-3),
        Call(lambda: (_far(90, 3, 1), 1e-5, None, None), 1e-3, 1e-3),
    ],
    "batch_norm_backward": [
        *_on_images(lambda x, grad, weight: (grad, x, *_of_channels(x), weight), 1e-3),
        Call(lambda: (_repeated(4, 3, 6), normal(4, 3, 6), normal(3), normal(3), None), atol=1e-5),
    ],
    "scale_and_shift": [
        *_on_images(lambda x, _, weight: (x, weight, weight + 1)),
        Call(lambda: (with_a_hole(normal(4, 3, 6), np.inf), normal(3), normal(3, seed=1))),
    ],
    "scale_and_shift_backward": [
        *_on_images(lambda x, grad, weight: (grad, x, weight), 1e-3),
        Call(lambda: (_repeated(4, 3, 6), normal(4, 3, 6), normal(3)), atol=1e-5),
    ],
    "group_norm": [
        *_on_images(lambda x, _, weight: (x, 2, 1e-5, weight, weight)),
        Call(lambda: (normal(4, 3, 6), 3, 1e-5, None, None), atol=1e-5),
        Call(lambda: (np.zeros((0, 2, 3), np.float32), 2, 1e-5, None, None)),
        Call(lambda: (_far(4, 6, 50), 2, 1e-5, None, None), 1e-3, 1e-3),
    ],
    "group_norm_backward": [
        *_on_images(lambda x, grad, weight: (grad, x, 2, *_of_groups(x), weight), 1e-3),
        Call(lambda: (normal(4, 2, 6), normal(4, 2, 6, seed=1), 2, normal(8), normal(8), None)),
        Call(lambda: (_repeated(4, 2, 6), normal(4, 2, 6, seed=1), 2, normal(8), normal(8), None)),
    ],
}


def _elements() -> list[Array]:
    """None, one, a few with ends and zeros, and so many that they are split."""
    ends = np.array([0, -0.0, np.inf, -np.inf, np.nan, 30, -30, 100, -100], np.float32)
    return [normal(0), normal(1), np.concatenate([normal(50), ends]), normal(1500, 1001, scale=3)]


def _on_elements(*settings: float | None, positive: bool = False) -> list[Call]:
    def make(at: int) -> Any:
        x = _elements()[at]
        return (np.abs(x) if positive else x, *settings)

    return [Call(partial(make, at)) for at in range(4)]


def _backwards(*settings: float, within: float = np.inf) -> list[Call]:
    def make(at: int) -> Any:
        x = _elements()[at]
        return (normal(*x.shape, seed=1), np.clip(x, -within, within), *settings)

    def repeated() -> Any:
        return _repeated(6, 5, 7), np.clip(normal(6, 5, 7), -within, within), *settings

    return [*[Call(partial(make, at), atol=5e-6) for at in range(4)], Call(repeated, atol=5e-6)]


def _differences(*before: Array) -> list[Call]:
    """Two arrays after what is given, one of them with some number in its middle."""
    shapes = [(1,), (3, 5), (7, 73, 1), (700, 1000)]
    calls = [partial(_two, shape, end, *before) for shape in shapes for end in (0.5, np.inf, np.nan)]
    return [Call(make, rtol=1e-5, atol=1e-6) for make in calls]


def _two(shape: tuple[int, ...], end: float, *before: Array) -> tuple[Array, ...]:
    return *before, with_a_hole(normal(*shape), end), normal(*shape, seed=1)


_ELEMENTS = {
    "activations.relu": _on_elements(),
    "activations.relu_backward": _backwards(),
    "activations.leaky_relu": _on_elements(0.1),
    "activations.leaky_relu_backward": _backwards(0.1),
    "activations.clamp": [
        *(*_on_elements(-0.5, 0.7), *_on_elements(0.5, -0.5), *_on_elements(None, 0.3)),
        *(*_on_elements(0, None), *_on_elements(np.nan, 1), *_on_elements(-1, np.nan)),
    ],
    "activations.sign": _on_elements(),
    "activations.sigmoid": _on_elements(),
    "activations.sigmoid_backward": _backwards(within=1),
    "activations.tanh": _on_elements(),
    "activations.tanh_backward": _backwards(within=1),
    "activations.silu": _on_elements(),
    "activations.silu_backward": _backwards(),
    "activations.softplus": [*_on_elements(1, 20), *_on_elements(2.5, 0.5)],
    "activations.softplus_backward": [*_backwards(1, 20), *_backwards(2.5, 0.5)],
    "activations.exp": _on_elements(),
    "activations.log": _on_elements(positive=True),
    "gelu.gelu": _on_elements(),
    "gelu.gelu_backward": _backwards(),
    "gelu.gelu_by_tanh": _on_elements(),
    "gelu.gelu_by_tanh_backward": _backwards(),
    "squared_error.mean_squared_error": _differences(),
    "squared_error.mean_squared_error_backward": _differences(np.array(0.3, np.float32)),
}

ROWS_CALLS: dict[str, list[Call]] = {
    **{f"rows.{name}": calls for name, calls in _ROWS.items()},
    **{f"cross_entropy.{name}": calls for name, calls in _MEANS.items()},
    **{f"channels.{name}": calls for name, calls in _CHANNELS.items()},
    **_ELEMENTS,
}
"""By "module.function"."""
