"""How optimizers move a weight: each formula once, for numbers, arrays and tensors.

A formula takes the value, its gradient, what the optimizer remembers of it, and coefficients.
It returns the new value and memory, which it may have changed in place; the gradient stays as it is. `mover`
applies it to arrays: operation by operation in NumPy, or compiled in one pass. On tensors it is recorded. The
coefficients come from the classes in `gradloom.optim`, which also say where the formulas are from; a rate is
negative where it descends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.counterpart import compiled, floats

Array: TypeAlias = npt.NDArray[Any]
Value: TypeAlias = Any
Formula: TypeAlias = Callable[..., tuple[Value, ...]]
Move: TypeAlias = Callable[[Sequence[Array], Array], None]
"""Of a gradient for each weight, and coefficients."""

_NUMPY = (np.ndarray, np.generic)


def _fit(formula: Formula, coefficients: int, weights: Sequence[Sequence[Array]]) -> bool:
    return all(floats(*each) and all(one.shape == each[0].shape for one in each) for each in weights)


@compiled(when=_fit)
def mover(formula: Formula, coefficients: int, weights: Sequence[Sequence[Array]]) -> Move:
    """What applies the formula to weights, each the values and the memory of each, in place, step after step.

    `coefficients` says how many the formula has. All that can be known of the arrays is found out here: they
    are often small and many.
    """

    def move(gradients: Sequence[Array], factors: Array) -> None:
        plain = factors.tolist()  # numbers, which leave an array its dtype
        for (values, *memory), gradient in zip(weights, gradients, strict=True):
            moved = formula(values, gradient, *memory, plain)
            for old, new in zip((values, *memory), moved, strict=True):
                if new is not old:
                    old[...] = new

    return move


# What differs between numbers, arrays and tensors


def sqrt(x: Value) -> Value:
    """The square root."""
    return np.sqrt(x) if isinstance(x, _NUMPY) else x.sqrt()


def maximum(x: Value, y: Value) -> Value:
    """The larger of the two, NaN if one is."""
    return np.maximum(x, y) if isinstance(x, _NUMPY) else x.maximum(y)


def sign(x: Value) -> Value:
    """-1, 0 or 1."""
    return np.sign(x) if isinstance(x, _NUMPY) else x.sign()


def clamp(x: Value, low: float, high: float) -> Value:
    """The value within [low, high]."""
    return x.clip(low, high)


def choose(condition: Value, x: Value, y: Value) -> Value:
    """`x` where the condition holds, elsewhere `y`."""
    return np.where(condition, x, y) if isinstance(y, _NUMPY) else x.where(condition, y)


def cleared(x: Value, condition: Value) -> Value:
    """Zero where the condition holds, elsewhere `x`."""
    return np.where(condition, x.dtype.type(0), x) if isinstance(x, _NUMPY) else x.masked_fill(condition, 0.0)


def constant(x: Value) -> Value:
    """The value, without its history."""
    return x if isinstance(x, _NUMPY) else x.detach()


def decayed(gradient: Value, value: Value, decay: float) -> Value:
    """The gradient plus the pull of the value towards zero."""
    return gradient + value * decay if decay != 0 else gradient


def shrunk(value: Value, factor: float) -> Value:
    """The value a little nearer to zero."""
    if factor != 1:
        value *= factor
    return value


def mixed(mean: Value, latest: Value, share: float) -> Value:
    """A running mean with its latest sample."""
    mean += (latest - mean) * share
    return mean


def mixed_square(mean: Value, latest: Value, kept: float, share: float) -> Value:
    """A running mean of squares with its latest sample."""
    mean *= kept
    mean += latest * latest * share
    return mean


# Steps along the gradient


def sgd(value: Value, gradient: Value, coefficients: Any) -> tuple[Value]:
    decay, rate = coefficients
    value += decayed(gradient, value, decay) * rate
    return (value,)


def first_momentum(value: Value, gradient: Value, buffer: Value, coefficients: Any) -> tuple[Value, Value]:
    decay, _, _, ahead, rate = coefficients
    gradient = decayed(gradient, value, decay)
    buffer = constant(gradient)
    value += (gradient + buffer * ahead if ahead != 0 else buffer) * rate
    return value, buffer


def momentum(value: Value, gradient: Value, buffer: Value, coefficients: Any) -> tuple[Value, Value]:
    decay, kept, share, ahead, rate = coefficients
    gradient = decayed(gradient, value, decay)
    buffer *= kept
    buffer += gradient * share
    value += (gradient + buffer * ahead if ahead != 0 else buffer) * rate
    return value, buffer


def asgd(value: Value, gradient: Value, average: Value, coefficients: Any) -> tuple[Value, Value]:
    decay, factor, rate, share = coefficients
    gradient = decayed(gradient, value, decay)
    value *= factor
    value += gradient * rate
    return value, mixed(average, value, share) if share != 1 else value


# Steps divided by the size of the gradient


def adam(
    value: Value, gradient: Value, mean: Value, square: Value, coefficients: Any
) -> tuple[Value, Value, Value]:
    factor, decay, share, kept_square, share_square, eps, rate = coefficients
    value = shrunk(value, factor)
    gradient = decayed(gradient, value, decay)
    mean = mixed(mean, gradient, share)
    square = mixed_square(square, gradient, kept_square, share_square)
    value += mean * rate / (sqrt(square) + eps)
    return value, mean, square


def amsgrad(
    value: Value, gradient: Value, mean: Value, square: Value, largest: Value, coefficients: Any
) -> tuple[Value, Value, Value, Value]:
    factor, decay, share, kept_square, share_square, eps, rate = coefficients
    value = shrunk(value, factor)
    gradient = decayed(gradient, value, decay)
    mean = mixed(mean, gradient, share)
    square = mixed_square(square, gradient, kept_square, share_square)
    largest = maximum(largest, square)
    value += mean * rate / (sqrt(largest) + eps)
    return value, mean, square, largest


def nadam(
    value: Value, gradient: Value, mean: Value, square: Value, coefficients: Any
) -> tuple[Value, Value, Value]:
    factor, decay, share, kept_square, share_square, eps, rate, rate_of_mean = coefficients
    value = shrunk(value, factor)
    gradient = decayed(gradient, value, decay)
    mean = mixed(mean, gradient, share)
    square = mixed_square(square, gradient, kept_square, share_square)
    root = sqrt(square) + eps
    value += gradient * rate / root
    value += mean * rate_of_mean / root
    return value, mean, square


def unrectified(
    value: Value, gradient: Value, mean: Value, square: Value, coefficients: Any
) -> tuple[Value, Value, Value]:
    factor, decay, share, kept_square, share_square, _, rate = coefficients
    value = shrunk(value, factor)
    gradient = decayed(gradient, value, decay)
    mean = mixed(mean, gradient, share)
    value += mean * rate
    return value, mean, mixed_square(square, gradient, kept_square, share_square)


def adamax(
    value: Value, gradient: Value, mean: Value, largest: Value, coefficients: Any
) -> tuple[Value, Value, Value]:
    decay, share, kept, eps, rate = coefficients
    gradient = decayed(gradient, value, decay)
    mean = mixed(mean, gradient, share)
    largest = maximum(largest * kept, abs(gradient) + eps)
    value += mean * rate / largest
    return value, mean, largest


def adagrad(value: Value, gradient: Value, total: Value, coefficients: Any) -> tuple[Value, Value]:
    decay, eps, rate = coefficients
    gradient = decayed(gradient, value, decay)
    total += gradient * gradient
    value += gradient * rate / (sqrt(total) + eps)
    return value, total


def adadelta(
    value: Value, gradient: Value, square: Value, steps: Value, coefficients: Any
) -> tuple[Value, Value, Value]:
    decay, kept, share, eps, rate = coefficients
    gradient = decayed(gradient, value, decay)
    square = mixed_square(square, gradient, kept, share)
    delta = sqrt((steps + eps) / (square + eps)) * gradient
    value += delta * rate
    return value, square, mixed_square(steps, delta, kept, share)


def rmsprop(value: Value, gradient: Value, square: Value, coefficients: Any) -> tuple[Value, Value]:
    decay, kept, share, eps, _, rate = coefficients
    gradient = decayed(gradient, value, decay)
    square = mixed_square(square, gradient, kept, share)
    value += gradient * rate / (sqrt(square) + eps)
    return value, square


def rmsprop_momentum(
    value: Value, gradient: Value, square: Value, buffer: Value, coefficients: Any
) -> tuple[Value, Value, Value]:
    decay, kept, share, eps, kept_buffer, rate = coefficients
    gradient = decayed(gradient, value, decay)
    square = mixed_square(square, gradient, kept, share)
    buffer *= kept_buffer
    buffer += gradient / (sqrt(square) + eps)
    value += buffer * rate
    return value, square, buffer


def rmsprop_centered(
    value: Value, gradient: Value, square: Value, mean: Value, coefficients: Any
) -> tuple[Value, Value, Value]:
    decay, kept, share, eps, _, rate = coefficients
    gradient = decayed(gradient, value, decay)
    square = mixed_square(square, gradient, kept, share)
    mean = mixed(mean, gradient, share)
    value += gradient * rate / (sqrt(square - mean * mean) + eps)
    return value, square, mean


def rmsprop_centered_momentum(
    value: Value, gradient: Value, square: Value, buffer: Value, mean: Value, coefficients: Any
) -> tuple[Value, Value, Value, Value]:
    decay, kept, share, eps, kept_buffer, rate = coefficients
    gradient = decayed(gradient, value, decay)
    square = mixed_square(square, gradient, kept, share)
    mean = mixed(mean, gradient, share)
    buffer *= kept_buffer
    buffer += gradient / (sqrt(square - mean * mean) + eps)
    value += buffer * rate
    return value, square, buffer, mean


# Steps by the sign


def rprop(
    value: Value, gradient: Value, previous: Value, length: Value, coefficients: Any
) -> tuple[Value, Value, Value]:
    shorter, longer, least, most = coefficients
    agreement = gradient * previous
    stretched = choose(agreement > 0, length * longer, length)
    length = clamp(choose(agreement < 0, length * shorter, stretched), least, most)
    gradient = cleared(gradient, agreement < 0)
    value -= sign(gradient) * length
    return value, gradient, length
