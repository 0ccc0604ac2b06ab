"""Where PyTorch's scripts look for data: `gradloom.utils.data` is `gradloom.data`."""

from gradloom.utils import data

__all__ = ["data"]
