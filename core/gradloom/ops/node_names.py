"""What PyTorch calls the nodes of its graph, which `print(loss)` shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Shapes = Sequence[tuple[tuple[int, ...], Any]]

RENAMED = {
    "adaptive_average_pooling": "AdaptiveAvgPool2DBackward0", "advanced_index": "IndexBackward0",
    "batch_normalization": "NativeBatchNormBackward0",
    "cast": "ToCopyBackward0", "clamp": "ClampBackward1", "constant_pad": "ConstantPadNdBackward0",
    "convolution_input": "ConvolutionBackward0", "copy": "CopyBackwards",
    "floor_divide": "torch::autograd::NotImplemented", "logsigmoid": "LogSigmoidBackward0",
    "mean_pooling": "AvgPool2DBackward0", "contract": "ViewBackward0", "rsub": "RsubBackward1",
    "soft_cross_entropy": "DivBackward1", "sloped_relu": "PreluKernelBackward0",
    "unfold_windows": "Im2ColBackward0", "cross_entropy": "NllLossBackward0",
    "group_norm": "NativeGroupNormBackward0", "l1_loss": "MeanBackward0",
    "layer_norm": "NativeLayerNormBackward0", "log1p": "Log1PBackward0", "max_along": "MaxBackward0",
    "max_all": "MaxBackward1", "min_all": "MinBackward1", "nanmedian_along": "NanmedianBackward1",
    "restrided": "AsStridedBackward0", "vector_norm": "LinalgVectorNormBackward0",
    "scattered": "ScatterBackward0", "windows": "UnfoldBackward0", "written_at": "IndexPutBackward0",
    "max_pooling": "MaxPool2DWithIndicesBackward0", "median_all": "MedianBackward0",
    "median_along": "MedianBackward1", "nanmedian_all": "NanmedianBackward0",
    "min_along": "MinBackward0", "square": "PowBackward0",
    "reshape": "ViewBackward0", "sum_pooling": "AvgPool2DBackward0", "true_divide": "DivBackward0",
    "scale_and_shift": "NativeBatchNormBackward0", "write_view": "CopySlices",
}  # fmt: skip
"""By op."""


def _reduction(name: str) -> Callable[[Shapes, Mapping[str, Any]], str]:
    def named(results: Shapes, kept: Mapping[str, Any]) -> str:
        over_dims = bool(results[0][0]) or kept.get("dim") is not None
        return f"{name}Backward{int(over_dims)}"

    return named


def _product(results: Shapes, kept: Mapping[str, Any]) -> str:
    names = ("DotBackward0", "MvBackward0", "MmBackward0", "UnsafeViewBackward0")
    return names[min(len(results[0][0]), 3)]


def _linear(results: Shapes, kept: Mapping[str, Any]) -> str:
    matrix = len(results[0][0]) == 2
    if "bias" in kept:
        return "AddmmBackward0" if matrix else "ViewBackward0"
    return "MmBackward0" if matrix else "UnsafeViewBackward0"


def _power(results: Shapes, kept: Mapping[str, Any]) -> str:
    """PyTorch numbers powers of and by Python's numbers apart."""
    if isinstance(kept.get("input"), (int, float, complex)):
        return "PowBackward2"
    return f"PowBackward{int(not isinstance(kept.get('exponent', 0), (int, float, complex)))}"


def _index(results: Shapes, kept: Mapping[str, Any]) -> str:
    """PyTorch takes one step for each part of a key; the last one gives the name."""
    for part in reversed(kept.get("key", ())):
        if part is None:
            return "UnsqueezeBackward0"
        if isinstance(part, int):
            return "SelectBackward0"
        if part != slice(None):
            return "SliceBackward0"
    return "AliasBackward0"


BY_USE: dict[str, Callable[[Shapes, Mapping[str, Any]], str]] = {
    "basic_index": _index,
    "linear": _linear,
    "matmul": _product,
    "mean": _reduction("Mean"),
    "pow": _power,
    "prod": _reduction("Prod"),
    "sum": _reduction("Sum"),
}
"""By op, where the shapes of the results, or what was kept, decide."""


def node_name(op: str, results: Shapes, kept: Mapping[str, Any]) -> str:
    """What PyTorch would call the node of this op: "MulBackward0" for `mul`."""
    if op in BY_USE:
        return BY_USE[op](results, kept)
    return RENAMED.get(op) or "".join(part.capitalize() for part in op.split("_")) + "Backward0"
