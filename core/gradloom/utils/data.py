"""`gradloom.data` under PyTorch's longer name."""

from gradloom.data import *  # noqa: F403
from gradloom.data import __all__  # noqa: F401
