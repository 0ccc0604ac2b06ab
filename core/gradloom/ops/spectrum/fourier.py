"""The three kinds of discrete Fourier transforms that all others are made of.

All are linear, so each one's gradient is its adjoint: the transform back with the same scale. Sign and scale
are NumPy's: `norm` says which direction is divided by the number of points, "ortho" both by its root.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.elementwise.complex import real
from gradloom.ops.movement.joining import constant_pad
from gradloom.ops.op import Value, op
from gradloom.ops.sample import complexes, floats, sample
from gradloom.ops.shapes import Shape

Norm = Literal["backward", "ortho", "forward"]
ADJOINT: dict[Norm, Norm] = {"backward": "forward", "forward": "backward", "ortho": "ortho"}
"""The norm that gives the transform back the scale of this norm in this direction."""

Dims = tuple[int, ...]


@op(
    samples=[
        sample(complexes(4), (0,), "backward", False),
        sample(floats(2, 3), (0, 1), "ortho", True),
        sample(complexes(3, 2), (1, 0), "forward", True),
    ],
    meeting="float",
    method=False,
)
def fft_c2c(input: Value, dims: Dims, norm: Norm, inverse: bool) -> Value:
    """Complex to complex: sum over n of x_n e^(-2 pi i k n / N) along each of `dims`, +2 if `inverse`."""
    whole = input.astype(np.result_type(input, np.complex64), copy=False)
    return (np.fft.ifftn if inverse else np.fft.fftn)(whole, axes=dims, norm=norm)


@fft_c2c.gradient("input")
def _(grad: Value, dims: Dims, norm: Norm, inverse: bool) -> Value:
    return fft_c2c(grad, dims, ADJOINT[norm], not inverse)


@op(
    samples=[sample(floats(5), (0,), "backward"), sample(floats(3, 4), (0, 1), "ortho")],
    meeting="float",
    method=False,
)
def fft_r2c(input: Value, dims: Dims, norm: Norm) -> Value:
    """Real to complex: of the last of `dims` only the first half, of which the rest is the mirror image."""
    return np.fft.rfftn(input, axes=dims, norm=norm)


@fft_r2c.gradient("input")
def _(grad: Value, input_shape: Shape, dims: Dims, norm: Norm) -> Value:
    whole = resized(grad, dims[-1:], [input_shape[dims[-1]]])
    return real(fft_c2c(whole, dims, ADJOINT[norm], True))


@op(
    samples=[
        sample(complexes(3), (0,), 5, "backward"),
        sample(complexes(3), (0,), 4, "forward"),
        sample(complexes(3, 3), (0, 1), 4, "ortho"),
    ],
    meeting="float",
    method=False,
)
def fft_c2r(input: Value, dims: Dims, size: int, norm: Norm) -> Value:
    """Complex to real, back from `fft_r2c`, whose last dim had `size` elements."""
    sizes = [*(input.shape[dim] for dim in dims[:-1]), size]
    return np.fft.irfftn(input, s=sizes, axes=dims, norm=norm)


@fft_c2r.gradient("input")
def _(grad: Value, dims: Dims, size: int, norm: Norm) -> Value:
    half = fft_r2c(grad, dims, ADJOINT[norm])
    return half * _counts(half.shape, dims[-1], size)


def _counts(shape: Sequence[int], dim: int, size: int) -> Array:
    """How often each element of a half counts in the whole: what has a mirror image, twice."""
    counts = np.ones(shape[dim], np.float64)
    counts[1 : 1 + size - shape[dim]] = 2
    return counts.reshape([-1 if at == dim else 1 for at in range(len(shape))])


def resized(input: Value, dims: Sequence[int], sizes: Sequence[int]) -> Value:
    """`input` cut, or filled up with zeros, at the end of each of `dims`."""
    missing = {dim: size - input.shape[dim] for dim, size in zip(dims, sizes, strict=True)}
    if not any(missing.values()):
        return input
    ends = [(0, missing.get(dim, 0)) for dim in reversed(range(input.ndim))]
    return constant_pad(input, [each for pair in ends for each in pair])
