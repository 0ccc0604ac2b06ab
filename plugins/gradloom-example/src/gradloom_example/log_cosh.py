"""The logarithm of the hyperbolic cosine, a loss."""

from __future__ import annotations

import math

from gradloom import Tensor, nn
from gradloom.nn import functional


class LogCoshLoss(nn.Module):
    """Mean of log(cosh((input - target) / scale)): the square for small errors, the distance for large.

    Args:
        scale: error at which the one goes over into the other, > 0.
    """

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        error = (input - target) / self.scale
        # cosh itself overflows from 711 on; this form of its logarithm never does.
        return (error + functional.softplus(-2 * error) - math.log(2)).mean()
