"""`torch.nn.modules.*`: bases of layers under PyTorch's names, which scripts ask `isinstance` about."""

from __future__ import annotations

import copy

from gradloom.nn.batch_normalization import _Tracking as _NormBase
from gradloom.nn.containers import ModuleList
from gradloom.nn.convolution import _Transposed as _ConvTransposeNd
from gradloom.nn.loss import _Loss, _WeightedLoss
from gradloom.nn.module import Module
from gradloom.nn.pooling import _AvgPool as _AvgPoolNd
from gradloom.nn.pooling import _MaxPool as _MaxPoolNd

__all__ = [
    "_AvgPoolNd",
    "_ConvTransposeNd",
    "_Loss",
    "_MaxPoolNd",
    "_NormBase",
    "_WeightedLoss",
    "_get_clones",
]


def _get_clones(module: Module, N: int) -> ModuleList:
    """N copies of a module, each with parameters of its own."""
    return ModuleList([copy.deepcopy(module) for _ in range(N)])
