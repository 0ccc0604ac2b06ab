"""torch.fft's frequencies, and the sentences of its refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import gradloom
from gradloom import fft

WRONG: list[tuple[Callable[[Any], Any], str]] = [
    (lambda x: fft.fft(x, 0), r"Invalid number of data points \(0\) specified"),
    (lambda x: fft.fft(x, norm="sideways"), 'Invalid normalization mode: "sideways"'),
    (lambda x: fft.rfft(x * 1j), "rfft expects a real input tensor, but got ComplexFloat"),
    (lambda x: fft.rfftn(x * 1j), "rfftn expects a real-valued input tensor, but got ComplexFloat"),
    (lambda x: fft.fftn(x, dim=(0, -2)), "FFT dims must be unique"),
    (lambda x: fft.fftn(x, (1, 2), (0,)), "dim and shape arguments must have the same length"),
    (lambda x: fft.fftn(x, (1, 2, 3)), "Got shape with 3 values but input tensor only has 2 dimensions"),
    (lambda x: fft.irfftn(x, dim=()), "irfftn must transform at least one axis"),
]


@pytest.mark.parametrize(("call", "sentence"), WRONG)
def test_wrong_calls_are_refused_in_pytorchs_words(call: Callable[[Any], Any], sentence: str) -> None:
    with pytest.raises(RuntimeError, match=sentence):
        call(gradloom.ones(3, 4))


@pytest.mark.parametrize("n", [1, 4, 5])
def test_frequencies_are_those_of_the_elements(n: int) -> None:
    times = gradloom.arange(n, dtype=gradloom.float64) * 0.5
    for at, frequency in enumerate(fft.fftfreq(n, 0.5, dtype=gradloom.float64)):
        wave = gradloom.exp(2j * gradloom.pi * frequency * times)
        assert fft.fft(wave).abs().argmax().item() == at
    assert fft.rfftfreq(n, 0.5).abs().tolist() == fft.fftfreq(n, 0.5)[: n // 2 + 1].abs().tolist()


def test_the_dtype_is_the_default_one_unless_given() -> None:
    assert fft.fftfreq(3).dtype is gradloom.float32
    assert fft.rfftfreq(3, dtype=gradloom.float64, requires_grad=True).requires_grad
    assert fft.fft(gradloom.ones(4)).dtype is gradloom.complex64
