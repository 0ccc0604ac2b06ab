"""Windows, and the short-time Fourier transform that they are for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom

WINDOWS = [f"{name}_window" for name in ("bartlett", "blackman", "hamming", "hann", "kaiser")]


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_is_symmetric_and_a_periodic_one_is_its_beginning(name: str) -> None:
    window = getattr(gradloom, name)
    whole = window(9, periodic=False)
    np.testing.assert_allclose(whole.numpy(), whole.numpy()[::-1], atol=1e-7)
    np.testing.assert_allclose(window(8).numpy(), whole.numpy()[:8], atol=1e-7)
    assert whole[4].item() == pytest.approx(1)
    assert (window(0).tolist(), window(1).tolist()) == ([], [1.0])
    with pytest.raises(RuntimeError, match=f"{name} requires non-negative window_length, got"):
        window(-1)
    with pytest.raises(RuntimeError, match=f"{name} expects floating point dtypes"):
        window(3, dtype=gradloom.int64)


@pytest.mark.oracle
@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("name", WINDOWS)
def test_windows_are_pytorchs(name: str, periodic: bool) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (getattr(engine, name)(7, periodic, dtype=engine.float64) for engine in (gradloom, torch))
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-12)


@pytest.mark.parametrize("length", [None, 30])
def test_a_signal_comes_back_from_its_spectra(length: Any) -> None:
    signal = gradloom.arange(40, dtype=gradloom.float64).sin()
    window = gradloom.hann_window(8, dtype=gradloom.float64)
    spectra = signal.stft(8, 2, window=window, return_complex=True)
    assert tuple(spectra.shape) == (5, 21)
    back = spectra.istft(8, 2, window=window, length=length).numpy()
    np.testing.assert_allclose(back, signal.numpy()[:length], atol=1e-12)


def test_windows_that_leave_gaps_and_sizes_that_do_not_fit_are_refused() -> None:
    spectra = gradloom.ones(5, 4, dtype=gradloom.complex64)
    with pytest.raises(RuntimeError, match="window overlap add min: 1"):
        gradloom.istft(spectra, 8, 2, window=gradloom.zeros(8))
    with pytest.raises(RuntimeError, match="expected the frequency dimension"):
        gradloom.istft(spectra, 12)
    with pytest.raises(RuntimeError, match="stft requires the return_complex parameter"):
        gradloom.stft(gradloom.ones(20), 4)
    with pytest.raises(RuntimeError, match="expected hop_length > 0, but got hop_length=0"):
        gradloom.stft(gradloom.ones(20), 4, 0, return_complex=True)
