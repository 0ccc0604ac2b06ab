"""The product of two inputs, weighed pair by pair."""

from __future__ import annotations

from gradloom.tensor import Tensor


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """For each output the sum of input1[i] * weight[o, i, j] * input2[j], plus a bias.

    Shapes: (..., i), (..., j), weight (o, i, j), bias (o); the result is (..., o). RuntimeError where they do
    not fit.
    """
    outputs, first, second = weight.shape
    _check(input1, input2, weight)
    # One matrix product over all pairs of output and j, then a small one for each sample.
    along = input1.reshape(-1, first) @ weight.permute(1, 0, 2).reshape(first, outputs * second)
    out = along.reshape(-1, outputs, second) @ input2.reshape(-1, second, 1)
    out = out.reshape(*input1.shape[:-1], outputs)
    return out if bias is None else out + bias


def _check(input1: Tensor, input2: Tensor, weight: Tensor) -> None:
    if input1.ndim != input2.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.ndim} and {input2.ndim}")
    for at, (one, other) in enumerate(zip(input1.shape[:-1], input2.shape[:-1], strict=True)):
        if one != other:
            raise RuntimeError(
                f"bilinear(): input batch dimensions do not match at dim {at}: got {one} and {other}"
            )
    for at, given in enumerate((input1, input2), 1):
        if given.shape[-1] != weight.shape[at]:
            raise RuntimeError(
                f"bilinear(): input{at} size does not match weight size: got {given.shape[-1]} but expected "
                f"{weight.shape[at]}"
            )
