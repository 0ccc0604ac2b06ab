"""Discrete Fourier transforms, with gradients: torch.fft."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.frequencies": "fftfreq rfftfreq",
        "gradloom.ops.spectrum.fft": """
            fft fft2 fftn fftshift hfft hfft2 hfftn ifft ifft2 ifftn ifftshift ihfft ihfft2 ihfftn irfft
            irfft2 irfftn rfft rfft2 rfftn
        """,
    },
)
