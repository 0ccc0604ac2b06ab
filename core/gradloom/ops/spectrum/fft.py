"""Discrete Fourier transforms along one, two or several dims, under the names of `torch.fft`.

`n` and `s` are the sizes to cut or fill up to before; `norm` is "backward", the default, "forward" or
"ortho", as in NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradloom.dtypes import legacy_name
from gradloom.ops.elementwise.complex import conj
from gradloom.ops.movement.repeating import roll
from gradloom.ops.op import Value, composite, raw
from gradloom.ops.sample import complexes, floats, sample
from gradloom.ops.shapes import one_dim
from gradloom.ops.spectrum.fourier import ADJOINT, Norm, fft_c2c, fft_c2r, fft_r2c, resized

Sizes = Sequence[int] | None
Where = int | Sequence[int] | None
AnyNorm = str | None

_COMPLEX_1D = [sample(complexes(5)), sample(floats(3, 4), 6, 0), sample(complexes(3, 4), 3, norm="ortho")]
_REAL_1D = [sample(floats(5)), sample(floats(3, 4), 6, 0), sample(floats(3, 4), 3, norm="ortho")]
_HALF_1D = [sample(complexes(4)), sample(complexes(3, 4), 5, 0), sample(complexes(3, 4), 4, norm="ortho")]
_COMPLEX_ND = [sample(complexes(3, 4)), sample(floats(3, 4), (2, 5), norm="forward")]
_REAL_ND = [sample(floats(3, 4)), sample(floats(3, 4), (2, 5), norm="forward")]
_HALF_ND = [sample(complexes(3, 3)), sample(complexes(3, 3), (2, 5), norm="forward")]


# What a call asks for


def _norm(norm: AnyNorm) -> Norm:
    if norm is None:
        return "backward"
    for known in ADJOINT:
        if norm == known:
            return known
    raise RuntimeError(f'Invalid normalization mode: "{norm}"')


def _one(input: Value, n: int | None, dim: int, half: bool = False) -> tuple[tuple[int], list[int]]:
    """The dim of a transform and its number of points; `half` if the input is the half of a spectrum."""
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    at = one_dim(dim, input.ndim)
    return (at,), _checked([_points(input, at, half) if n is None else n])


def _several(
    input: Value, s: Sizes, dim: Where, half: bool = False, least: str | None = None
) -> tuple[tuple[int, ...], list[int]]:
    """The dims of a transform and their numbers of points.

    Args:
        input: what is to be transformed.
        s: sizes, -1 for those to leave.
        dim: dims; without them the last ones, as many as there are sizes, or all.
        half: whether the input is the half of a spectrum.
        least: the name of a function that needs a dim.
    """
    dims = (dim,) if isinstance(dim, int) else dim
    if dims is not None and not input.ndim and dims:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    if s is not None and dims is not None and len(s) != len(dims):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    if s is not None and len(s) > input.ndim:
        raise RuntimeError(
            f"Got shape with {len(s)} values but input tensor only has {input.ndim} dimensions."
        )
    if dims is None:
        dims = range(input.ndim - (input.ndim if s is None else len(s)), input.ndim)
    places = tuple(one_dim(each, input.ndim) for each in dims)
    if len(set(places)) != len(places):
        raise RuntimeError("FFT dims must be unique")
    if not places and least is not None:
        raise RuntimeError(f"{least} must transform at least one axis")
    sizes = [
        _points(input, at, half and at == places[-1]) if size == -1 else size
        for at, size in zip(places, [-1] * len(places) if s is None else s, strict=True)
    ]
    return places, _checked(sizes)


def _points(input: Value, dim: int, half: bool) -> int:
    size: int = input.shape[dim]
    return 2 * (size - 1) if half else size


def _checked(sizes: list[int]) -> list[int]:
    for size in sizes:
        if size < 1:
            raise RuntimeError(f"Invalid number of data points ({size}) specified")
    return sizes


def _refuse_complex(name: str, input: Value, real: str = "real") -> None:
    if raw(input).dtype.kind == "c":
        found = legacy_name(raw(input).dtype)
        raise RuntimeError(f"{name} expects a {real} input tensor, but got {found}")


Asked = tuple[tuple[int, ...], list[int]]


def _to_complex(input: Value, asked: Asked, norm: Norm, inverse: bool = False) -> Value:
    return fft_c2c(resized(input, *asked), asked[0], norm, inverse)


def _to_half(input: Value, asked: Asked, norm: Norm) -> Value:
    return fft_r2c(resized(input, *asked), asked[0], norm)


def _from_half(input: Value, asked: Asked, norm: Norm) -> Value:
    dims, sizes = asked
    return fft_c2r(resized(input, dims, [*sizes[:-1], sizes[-1] // 2 + 1]), dims, sizes[-1], norm)


# One dim


@composite(samples=_COMPLEX_1D, method=False)
def fft(input: Value, n: int | None = None, dim: int = -1, norm: AnyNorm = None) -> Value:
    """The Fourier transform along `dim`: X_k = sum over j of x_j e^(-2 pi i j k / n)."""
    return _to_complex(input, _one(input, n, dim), _norm(norm))


@composite(samples=_COMPLEX_1D, method=False)
def ifft(input: Value, n: int | None = None, dim: int = -1, norm: AnyNorm = None) -> Value:
    """Back from `fft`."""
    return _to_complex(input, _one(input, n, dim), _norm(norm), inverse=True)


@composite(samples=_REAL_1D, method=False)
def rfft(input: Value, n: int | None = None, dim: int = -1, norm: AnyNorm = None) -> Value:
    """The first n // 2 + 1 elements of the `fft` of a real signal, of which the rest follow."""
    _refuse_complex("rfft", input)
    return _to_half(input, _one(input, n, dim), _norm(norm))


@composite(samples=_HALF_1D, method=False)
def irfft(input: Value, n: int | None = None, dim: int = -1, norm: AnyNorm = None) -> Value:
    """Back from `rfft` to a real signal of `n` elements, by default an even number."""
    return _from_half(input, _one(input, n, dim, half=True), _norm(norm))


@composite(samples=_HALF_1D, method=False)
def hfft(input: Value, n: int | None = None, dim: int = -1, norm: AnyNorm = None) -> Value:
    """The real `fft` of a signal with Hermitian symmetry, of which `input` is the first half."""
    return _from_half(conj(input), _one(input, n, dim, half=True), ADJOINT[_norm(norm)])


@composite(samples=_REAL_1D, method=False)
def ihfft(input: Value, n: int | None = None, dim: int = -1, norm: AnyNorm = None) -> Value:
    """Back from `hfft`: the first half of the Hermitian signal."""
    _refuse_complex("ihfft", input)
    return conj(_to_half(input, _one(input, n, dim), ADJOINT[_norm(norm)]))


# Several dims


@composite(samples=_COMPLEX_ND, method=False)
def fftn(input: Value, s: Sizes = None, dim: Where = None, norm: AnyNorm = None) -> Value:
    """`fft` along each of several dims, by default all."""
    return _to_complex(input, _several(input, s, dim), _norm(norm))


@composite(samples=_COMPLEX_ND, method=False)
def ifftn(input: Value, s: Sizes = None, dim: Where = None, norm: AnyNorm = None) -> Value:
    """Back from `fftn`."""
    return _to_complex(input, _several(input, s, dim), _norm(norm), inverse=True)


@composite(samples=_REAL_ND, method=False)
def rfftn(input: Value, s: Sizes = None, dim: Where = None, norm: AnyNorm = None) -> Value:
    """The `fftn` of a real signal, of the last dim the first half."""
    _refuse_complex("rfftn", input, "real-valued")
    return _to_half(input, _several(input, s, dim, least="rfftn"), _norm(norm))


@composite(samples=_HALF_ND, method=False)
def irfftn(input: Value, s: Sizes = None, dim: Where = None, norm: AnyNorm = None) -> Value:
    """Back from `rfftn`."""
    return _from_half(input, _several(input, s, dim, half=True, least="irfftn"), _norm(norm))


@composite(samples=_HALF_ND, method=False)
def hfftn(input: Value, s: Sizes = None, dim: Where = None, norm: AnyNorm = None) -> Value:
    """The real `fftn` of a signal with Hermitian symmetry, of which `input` is half along the last dim."""
    asked = _several(input, s, dim, half=True, least="hfftn")
    return _from_half(conj(input), asked, ADJOINT[_norm(norm)])


@composite(samples=_REAL_ND, method=False)
def ihfftn(input: Value, s: Sizes = None, dim: Where = None, norm: AnyNorm = None) -> Value:
    """Back from `hfftn`."""
    if raw(input).dtype.kind == "c":
        found = legacy_name(raw(input).dtype)
        raise RuntimeError(f"Only supports floating-point dtypes, but found: {found}")
    return conj(_to_half(input, _several(input, s, dim, least="ihfftn"), ADJOINT[_norm(norm)]))


# Two dims


@composite(samples=_COMPLEX_ND, method=False)
def fft2(input: Value, s: Sizes = None, dim: Where = (-2, -1), norm: AnyNorm = None) -> Value:
    """`fftn` along two dims, by default the last."""
    return fftn(input, s, dim, norm)


@composite(samples=_COMPLEX_ND, method=False)
def ifft2(input: Value, s: Sizes = None, dim: Where = (-2, -1), norm: AnyNorm = None) -> Value:
    """Back from `fft2`."""
    return ifftn(input, s, dim, norm)


@composite(samples=_REAL_ND, method=False)
def rfft2(input: Value, s: Sizes = None, dim: Where = (-2, -1), norm: AnyNorm = None) -> Value:
    """`rfftn` along two dims, by default the last."""
    return rfftn(input, s, dim, norm)


@composite(samples=_HALF_ND, method=False)
def irfft2(input: Value, s: Sizes = None, dim: Where = (-2, -1), norm: AnyNorm = None) -> Value:
    """Back from `rfft2`."""
    return irfftn(input, s, dim, norm)


@composite(samples=_HALF_ND, method=False)
def hfft2(input: Value, s: Sizes = None, dim: Where = (-2, -1), norm: AnyNorm = None) -> Value:
    """`hfftn` along two dims, by default the last."""
    return hfftn(input, s, dim, norm)


@composite(samples=_REAL_ND, method=False)
def ihfft2(input: Value, s: Sizes = None, dim: Where = (-2, -1), norm: AnyNorm = None) -> Value:
    """Back from `hfft2`."""
    return ihfftn(input, s, dim, norm)


# The order of frequencies


def _middle(input: Value, dim: Where) -> tuple[list[int], tuple[int, ...]]:
    dims = (dim,) if isinstance(dim, int) else tuple(range(input.ndim)) if dim is None else tuple(dim)
    return [input.shape[each] // 2 for each in dims], dims


@composite(samples=[sample(floats(5)), sample(complexes(3, 4)), sample(floats(3, 4), 1)], method=False)
def fftshift(input: Value, dim: Any = None) -> Value:
    """Frequency 0 moved from the front to the middle."""
    return roll(input, *_middle(input, dim))


@composite(samples=[sample(floats(5)), sample(complexes(3, 4)), sample(floats(3, 4), 1)], method=False)
def ifftshift(input: Value, dim: Any = None) -> Value:
    """Back from `fftshift`."""
    steps, dims = _middle(input, dim)
    return roll(input, [-each for each in steps], dims)
