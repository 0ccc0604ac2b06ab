"""Rectifiers: activations that pass on what is positive and damp the rest."""

from __future__ import annotations

import numpy as np

from gradloom.kernels import activations
from gradloom.kernels.pairing import chosen
from gradloom.ops.elementwise.exponential import exp
from gradloom.ops.movement.selection import where
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import explain_broadcast

_KINKED = [sample(floats(3, 4, avoid=(0.0,)))]
# Klambauer et al., 2017: with these, mean 0 and variance 1 stay from layer to layer.
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


@op(samples=_KINKED, inplace=True)
def relu(input: Value) -> Value:
    """max(input, 0). Its gradient at 0 is 0."""
    return activations.relu(input)


@relu.gradient("input")
def _(grad: Value, out: Value) -> Value:
    if type(grad) is np.ndarray:
        return activations.relu_backward(grad, out)
    # Not > 0, so that nan is passed on.
    return where(raw(out) != 0, grad, 0)


@op(samples=[*_KINKED, sample(floats(3, 4, avoid=(0.0,)), 0.2)], meeting="float", inplace=True, method=False)
def leaky_relu(input: Value, negative_slope: float = 0.01) -> Value:
    """input where it is positive, negative_slope * input elsewhere (Maas et al., 2013)."""
    return activations.leaky_relu(input, negative_slope)


@leaky_relu.gradient("input")
def _(grad: Value, input: Value, negative_slope: float) -> Value:
    if type(grad) is np.ndarray:
        return activations.leaky_relu_backward(grad, input, negative_slope)
    return where(raw(input) > 0, grad, grad * negative_slope)


@op(
    samples=[sample(floats(3, 4, avoid=(0.0,)), floats(4, low=0.1))],
    explain=explain_broadcast,
    inplace=True,
    method=False,
)
def sloped_relu(input: Value, slopes: Value) -> Value:
    """input where it is positive, slopes * input elsewhere."""
    if slopes.size == 1 and slopes.ndim <= input.ndim:
        return activations.leaky_relu(input, slopes.item())
    return chosen(input > 0, input, input * slopes)


@sloped_relu.gradient("input")
def _(grad: Value, input: Value, slopes: Value) -> Value:
    return where(raw(input) > 0, grad, grad * slopes)


@sloped_relu.gradient("slopes")
def _(grad: Value, input: Value) -> Value:
    return where(raw(input) > 0, 0, grad * input)


@composite(
    samples=[
        sample(floats(3, 4, avoid=(0.0,)), floats(4, low=0.1)),
        sample(floats(2, 3, avoid=(0.0,)), floats(1, low=0.1)),
    ]
)
def prelu(input: Value, weight: Value) -> Value:
    """input where it is positive, weight * input elsewhere (He et al., 2015).

    `weight` has one element, or one for each of the channels in dim 1.
    """
    if weight.ndim > 1:
        raise RuntimeError(
            f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}"
        )
    if weight.ndim and weight.shape[0] != 1:
        if not input.ndim:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = input.shape[1] if input.ndim > 1 else 1
        if weight.shape[0] != channels:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{weight.shape[0]} and channel size = {channels}."
            )
    if weight.ndim:
        weight = weight.reshape([-1 if at == 1 else 1 for at in range(input.ndim)])
    return sloped_relu(input, weight)


@op(
    samples=[
        *_KINKED,
        sample(floats(3, 4, avoid=(0.0,)), 1.7),
        sample(floats(3, 4, avoid=(0.0,)), 1.7, 1.1, 0.6),
    ],
    meeting="float",
    inplace=True,
    method=False,
)
def elu(input: Value, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Value:
    """input where it is positive, alpha * (exp(input_scale * input) - 1) elsewhere, all times `scale`.

    With the defaults it is Clevert et al., 2016.
    """
    below = alpha * np.expm1(np.minimum(input, 0) * input_scale)
    bent = chosen(input > 0, input, below)
    return bent if scale == 1.0 else bent * scale


@elu.gradient("input")
def _(grad: Value, input: Value, alpha: float, scale: float, input_scale: float) -> Value:
    below = raw(input) <= 0
    slope = exp(where(below, input, 0.0) * input_scale) * (alpha * scale * input_scale)
    return grad * where(below, slope, scale)


@composite(samples=_KINKED, inplace=True, method=False)
def selu(input: Value) -> Value:
    """`elu` with the scales that keep mean and variance from layer to layer (Klambauer et al., 2017)."""
    return elu(input, _SELU_ALPHA, _SELU_SCALE)


@composite(samples=[*_KINKED, sample(floats(3, 4, avoid=(0.0,)), 2.0)], inplace=True, method=False)
def celu(input: Value, alpha: float = 1.0) -> Value:
    """max(0, input) + min(0, alpha * (exp(input / alpha) - 1)) (Barron, 2017)."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return elu(input, alpha, 1.0, 1 / alpha)


@op(samples=[sample(floats(3, 4, avoid=(0.5,)), 0.5, -1.0)], inplace=True, method=False)
def threshold(input: Value, threshold: float, value: float) -> Value:
    """input where it is above `threshold`, `value` elsewhere."""
    return chosen(input <= threshold, input.dtype.type(value), input)


@threshold.gradient("input")
def _(grad: Value, input: Value, threshold: float) -> Value:
    return where(raw(input) <= threshold, 0, grad)
