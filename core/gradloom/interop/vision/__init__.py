"""The parts of torchvision that training scripts use: data sets on disk, transforms of pictures, grids."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {"gradloom.interop.version": "__version__=vision_version"},
    "datasets transforms functional pictures",
)
