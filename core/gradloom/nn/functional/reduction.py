"""How losses become one number: by their mean, by their sum, or not at all."""

from __future__ import annotations

import warnings
from typing import Literal, TypeAlias

Reduction: TypeAlias = Literal["mean", "sum", "none"]


def chosen(reduction: str, size_average: bool | None = None, reduce: bool | None = None) -> str:
    """The reduction by its name, or by the two switches that came before it.

    ValueError for a word that is none. `size_average` and `reduce` still decide, with a warning, if given.
    """
    if size_average is not None or reduce is not None:
        averaged, brought_together = size_average is not False, reduce is not False
        reduction = ("mean" if averaged else "sum") if brought_together else "none"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            stacklevel=3,
        )
    if reduction == "elementwise_mean":
        warnings.warn(
            "reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.", stacklevel=3
        )
        return "mean"
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction
