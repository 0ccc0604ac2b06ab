"""Where PyTorch's scripts look for data: `gradloom.utils.data` is `gradloom.data`."""

from gradloom.utils import checkpoint, data

__all__ = ["checkpoint", "data"]
