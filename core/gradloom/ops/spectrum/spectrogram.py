"""The short-time Fourier transform and its inverse: spectra of overlapping frames of a signal."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import legacy_name
from gradloom.ops.elementwise.complex import view_as_real
from gradloom.ops.layers.padding import edge_pad
from gradloom.ops.movement.indexed_slices import index_add
from gradloom.ops.movement.joining import constant_pad
from gradloom.ops.movement.selection import index_select
from gradloom.ops.movement.slicing import narrow
from gradloom.ops.op import Value, composite, raw
from gradloom.ops.sample import complexes, floats, sample
from gradloom.ops.spectrum.fourier import fft_c2c, fft_c2r, fft_r2c

_WINDOW = np.hanning(7)[:6] + 0.1


def _refused(call: str, reason: str) -> RuntimeError:
    return RuntimeError(f"{call}: {reason}")


def _sizes(
    name: str, n_fft: int, hop_length: int | None, win_length: int | None, window: Any
) -> tuple[int, int]:
    """Steps between frames and length of the window; RuntimeError if they or the window do not fit."""
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    call = f"{name}(n_fft={n_fft}, hop_length={hop}, win_length={width})"
    if hop <= 0:
        raise _refused(call, f"expected hop_length > 0, but got hop_length={hop}")
    if not 0 < width <= n_fft:
        raise _refused(call, f"expected 0 < win_length <= n_fft, but got win_length={width}")
    if window is not None and tuple(window.shape) != (width,):
        raise _refused(
            call,
            f"expected a 1D window tensor of size equal to win_length={width}, but got window with size "
            f"{list(window.shape)}",
        )
    return hop, width


def _windowed(frames: Value, window: Value | None, n_fft: int, width: int) -> Value:
    """The frames weighted by the window, which stands in the middle of each."""
    left = (n_fft - width) // 2
    if window is None:
        if width == n_fft:
            return frames
        window = np.ones(width, raw(frames).real.dtype)
    return frames * constant_pad(window, (left, n_fft - width - left))


def _places(frames: int, n_fft: int, hop: int) -> Any:
    """Where in the signal the values of all frames, one after the other, are."""
    return (np.arange(frames)[:, None] * hop + np.arange(n_fft)).reshape(-1)


@composite(
    samples=[
        sample(floats(16), 6, 2, window=_WINDOW, return_complex=True),
        sample(floats(2, 12), 6, 3, 6, _WINDOW, center=False, normalized=True, return_complex=True),
        sample(complexes(12), 6, 2, window=_WINDOW),
    ]
)
def stft(
    input: Value,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Value | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
) -> Value:
    """The spectra of overlapping frames. Shapes: (..., length) -> (..., frequencies, frames).

    Args:
        input: one signal, or several in rows.
        n_fft: elements of a frame.
        hop_length: steps from one frame to the next, by default a quarter of a frame.
        win_length: elements of a frame that count, by default all.
        window: their weights, by default 1.
        center: whether the first frame has the first element in its middle; the signal is padded for it.
        pad_mode: how, as in `pad`.
        normalized: whether to divide by sqrt(n_fft).
        onesided: whether to leave out the frequencies that follow from others; by default if all is real.
        return_complex: whether to return complex numbers; must be said for real signals.
    """
    whole = raw(input).dtype.kind == "c" or (window is not None and raw(window).dtype.kind == "c")
    if return_complex is None and not whole:
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs, and will further require "
            "that return_complex=True in a future PyTorch release."
        )
    if onesided and whole:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    hop, width = _sizes("stft", n_fft, hop_length, win_length, window) if n_fft > 0 else (1, 1)
    rows = input.reshape(-1, input.shape[-1])
    if center:
        sides = ((n_fft // 2, n_fft // 2),)
        rows = constant_pad(rows, sides[0]) if pad_mode == "constant" else edge_pad(rows, sides, pad_mode)
    length = rows.shape[-1]
    if not 0 < n_fft <= length:
        raise _refused(f"stft(n_fft={n_fft})", f"expected 0 < n_fft < {length}, but got n_fft={n_fft}")
    count = 1 + (length - n_fft) // hop
    frames = index_select(rows, 1, _places(count, n_fft, hop)).reshape(len(rows), count, n_fft)
    frames = _windowed(frames, window, n_fft, width)
    norm: Any = "ortho" if normalized else "backward"
    half = not whole if onesided is None else onesided
    spectra = fft_r2c(frames, (2,), norm) if half else fft_c2c(frames, (2,), norm, False)
    found = spectra.transpose(1, 2).reshape(*input.shape[:-1], spectra.shape[2], count)
    return found if return_complex in (None, True) else view_as_real(found)


@composite(
    samples=[
        sample(complexes(4, 5), 6, 2, window=_WINDOW),
        sample(complexes(2, 4, 5), 6, 2, 6, _WINDOW, normalized=True, length=7),
        sample(complexes(6, 5), 6, 2, window=_WINDOW, onesided=False, return_complex=True),
    ]
)
def istft(
    input: Value,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Value | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Value:
    """Back from `stft`, by least squares (Griffin and Lim, 1984).

    Shapes: (..., frequencies, frames) -> (..., length). The frames are laid over each other and divided by
    what the windows there add up to; RuntimeError where that is 0. `length` cuts the signal or fills it up
    with zeros; the rest is as in `stft`.
    """
    if raw(input).dtype.kind != "c":
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with "
            f"return_complex=True, but got {legacy_name(raw(input).dtype)}."
        )
    hop, width = _sizes("istft", n_fft, hop_length, win_length, window)
    half = input.shape[-2] != n_fft if onesided is None else onesided
    if half and return_complex:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    _check_frequencies(input.shape, n_fft, half)
    count = input.shape[-1]
    spectra = input.reshape(-1, *input.shape[-2:]).transpose(1, 2)
    norm: Any = "ortho" if normalized else "backward"
    if return_complex:
        frames = fft_c2c(spectra, (2,), norm, True)
    else:
        frames = fft_c2r(narrow(spectra, 2, 0, n_fft // 2 + 1), (2,), n_fft, norm)
    frames = _windowed(frames, window, n_fft, width)
    weights = _windowed(np.ones((1, count, n_fft), raw(frames).real.dtype), window, n_fft, width)
    signal, total = _overlapped(frames, hop), _overlapped(weights * weights, hop)
    start, end = _kept(n_fft, signal.shape[1], center, length)
    signal, total = (narrow(each, 1, start, end - start) for each in (signal, total))
    if np.any(np.abs(raw(total)) < 1e-11):
        raise _refused(
            f"istft(n_fft={n_fft}, hop_length={hop}, win_length={width})", "window overlap add min: 1"
        )
    found = signal / total
    if length is not None and length > end - start:
        found = constant_pad(found, (0, length - (end - start)))
    return found.reshape(*input.shape[:-2], found.shape[1])


def _check_frequencies(shape: Any, n_fft: int, half: bool) -> None:
    if len(shape) not in (2, 3):
        raise _refused("istft()", f"expected a tensor with 3 or 4 dimensions, but got {len(shape) + 1}")
    if 0 in shape:
        raise _refused("istft()", "input tensor cannot be empty.")
    expected = n_fft // 2 + 1 if half else n_fft
    if shape[-2] != expected:
        what, side = ("n_fft / 2 + 1", "True") if half else ("n_fft", "False")
        raise _refused(
            f"istft(n_fft={n_fft})",
            f"expected the frequency dimension (3rd to the last) of the input tensor to match {what} when "
            f"onesided={side}, but got {shape[-2]}",
        )


def _overlapped(frames: Value, hop: int) -> Value:
    """The sum of frames laid over each other, `hop` apart. Shapes: (n, frames, n_fft) -> (n, length)."""
    rows, count, n_fft = frames.shape
    empty = np.zeros((rows, n_fft + hop * (count - 1)), raw(frames).dtype)
    return index_add(empty, 1, _places(count, n_fft, hop), frames.reshape(rows, count * n_fft))


def _kept(n_fft: int, length: int, center: bool, asked: int | None) -> tuple[int, int]:
    """Which elements of the overlapped frames are the signal."""
    start = n_fft // 2 if center else 0
    if asked is not None:
        return start, min(start + asked, length)
    return start, length - n_fft // 2 if center else length
