"""Dropout layers: noise while training, nothing while evaluating (Srivastava et al., 2014)."""

from __future__ import annotations

from gradloom.nn import functional as F
from gradloom.nn.module import Module
from gradloom.tensor import Tensor


class _DropoutNd(Module):
    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Sets values to zero at random while training, so that no value is relied on alone.

    Args:
        p: share of values set to zero, in [0, 1].
        inplace: whether to overwrite the input, which saves memory.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """Sets whole channels of sequences to zero at random while training.

    Args:
        p: share of channels set to zero, in [0, 1].
        inplace: whether to overwrite the input, which saves memory.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """Sets whole channels of images to zero at random while training.

    Args:
        p: share of channels set to zero, in [0, 1].
        inplace: whether to overwrite the input, which saves memory.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """Sets whole channels of volumes to zero at random while training.

    Args:
        p: share of channels set to zero, in [0, 1].
        inplace: whether to overwrite the input, which saves memory.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Dropout for networks with SELU: keeps mean 0 and variance 1 (Klambauer et al., 2017).

    Args:
        p: share of values dropped, in [0, 1].
        inplace: whether to overwrite the input, which saves memory.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_DropoutNd):
    """AlphaDropout of whole channels.

    Args:
        p: share of channels dropped, in [0, 1].
        inplace: whether to overwrite the input, which saves memory.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
