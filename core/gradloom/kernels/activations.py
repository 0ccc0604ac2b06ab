"""Activations and how gradients go back through them, element by element."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.counterpart import compiled, floats, floats_with_gradient

Array: TypeAlias = npt.NDArray[Any]


def _with_settings(values: Array, *settings: float) -> bool:
    return floats(values)


def _back_with_settings(grad: Array, values: Array, *settings: float) -> bool:
    return floats_with_gradient(grad, values)


# Rectifiers


@compiled()
def relu(x: Array) -> Array:
    """max(x, 0), and nan where x is that."""
    return np.maximum(x, 0)


@compiled(when=floats_with_gradient)
def relu_backward(grad: Array, out: Array) -> Array:
    """The gradient of x, given that of its `relu` `out`."""
    return np.where(out == 0, grad.dtype.type(0), grad)


@compiled(when=_with_settings)
def leaky_relu(x: Array, slope: float) -> Array:
    """x where it is positive, slope * x elsewhere."""
    return np.where(x > 0, x, x * slope)


@compiled(when=_back_with_settings)
def leaky_relu_backward(grad: Array, x: Array, slope: float) -> Array:
    """The gradient of x, given that of its `leaky_relu`."""
    return np.where(x > 0, grad, grad * slope)


# Sigmoids


@compiled()
def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x), through tanh: neither end overflows."""
    half = np.tanh(x * 0.5)
    half *= 0.5
    half += 0.5
    return half


@compiled(when=floats_with_gradient)
def sigmoid_backward(grad: Any, out: Any) -> Any:
    """The gradient of x, given that of its `sigmoid`; by arithmetic alone, which tensors know too."""
    return grad * (out * (1 - out)).conj()


@compiled()
def tanh(x: Array) -> Array:
    """The hyperbolic tangent."""
    return np.tanh(x)


@compiled(when=floats_with_gradient)
def tanh_backward(grad: Any, out: Any) -> Any:
    """The gradient of x, given that of its `tanh`; by arithmetic alone, which tensors know too."""
    return grad * (1 - out * out).conj()


@compiled()
def silu(x: Array) -> Array:
    """x times its sigmoid."""
    return x * sigmoid(x)


@compiled(when=floats_with_gradient)
def silu_backward(grad: Array, x: Array) -> Array:
    """The gradient of x, given that of its `silu`."""
    gate = sigmoid(x)
    slope = 1 - gate
    slope *= x
    slope += 1
    slope *= gate
    back: Array = grad * slope.conj()
    return back


# Bounds


_SOME = 4096  # elements; NumPy has bounded fewer before a compiled loop has begun


def _with_bounds(x: Any, low: Any, high: Any) -> bool:
    numbers = all(each is None or type(each) in (int, float) for each in (low, high))
    return numbers and floats(x) and x.size > _SOME


@compiled(when=_with_bounds)
def clamp(x: Array, low: Any, high: Any) -> Array:
    """Each element, but not below `low` and then not above `high`, where they are not None; NaN stays."""
    bounded = x if low is None else np.maximum(x, low)
    return np.asarray(bounded if high is None else np.minimum(bounded, high))


@compiled()
def sign(x: Array) -> Array:
    """-1, 0 or 1 as each element is below, at or above 0, and 0 for nan."""
    # nan is neither above nor below.
    return np.subtract(x > 0, x < 0, dtype=x.dtype)


# Soft rectifiers


@compiled(when=_with_settings)
def softplus(x: Array, beta: float, threshold: float) -> Array:
    """log(1 + exp(beta * x)) / beta, and just x where beta * x is above `threshold`."""
    scaled = x * beta
    smooth = (np.maximum(scaled, 0) + np.log1p(np.exp(-np.abs(scaled)))) / beta
    return np.where(scaled > threshold, x, smooth)


@compiled(when=_back_with_settings)
def softplus_backward(grad: Array, x: Array, beta: float, threshold: float) -> Array:
    """The gradient of x, given that of its `softplus`."""
    scaled = x * beta
    return np.where(scaled > threshold, grad, grad * sigmoid(scaled))


# Exponential and logarithm


@compiled()
def exp(x: Array) -> Array:
    """e to the power of each element."""
    return np.exp(x)


@compiled()
def log(x: Array) -> Array:
    """The natural logarithm of each element."""
    return np.log(x)
