"""Initial values for parameters. Each function fills its tensor in place and returns it.

The scales follow Glorot and Bengio (2010, xavier) and He et al. (2015, kaiming); with the same seed the
values are PyTorch's.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from gradloom import random
from gradloom.autograd.grad_mode import no_grad
from gradloom.creation import empty
from gradloom.dtypes import Array
from gradloom.tensor import Tensor, wrap

FanMode = Literal["fan_in", "fan_out"]


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which weights in front of a nonlinearity must be larger to keep the variance.

    Raises:
        ValueError: the nonlinearity is not known.
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    gains = {
        **dict.fromkeys(("linear", "sigmoid", "conv1d", "conv2d", "conv3d"), 1.0),
        **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), 1.0),
        "tanh": 5.0 / 3,
        "relu": math.sqrt(2.0),
        "selu": 3.0 / 4,
    }
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return gains[nonlinearity]


def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: random.Generator | None = None
) -> Tensor:
    """Uniform numbers in [a, b)."""
    with no_grad():
        return random.uniform_(tensor, a, b, generator=generator)


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: random.Generator | None = None
) -> Tensor:
    """Normally distributed numbers."""
    with no_grad():
        return random.normal_(tensor, mean, std, generator=generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One number everywhere."""
    with no_grad():
        return tensor.fill_(val)


def zeros_(tensor: Tensor) -> Tensor:
    """Zeros."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Ones."""
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix. ValueError unless there are two dimensions."""
    _check_matrix(tensor)
    return _filled(tensor, np.eye(*tensor.shape))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Weights of a convolution that passes its input channels on, within each of `groups`.

    ValueError unless there are 3, 4 or 5 dimensions and the groups divide the first.
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    outputs, inputs, *window = tensor.shape
    if outputs % groups:
        raise ValueError("dim 0 must be divisible by groups")
    share = outputs // groups
    values = np.zeros(tensor.shape)
    centre = tuple(size // 2 for size in window)
    for group in range(groups):
        for channel in range(min(share, inputs)):
            values[(group * share + channel, channel, *centre)] = 1
    return _filled(tensor, values)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: random.Generator | None = None,
) -> Tensor:
    """Normally distributed numbers, drawn again where they lie outside [a, b].

    Where [a, b] holds little of the distribution, uniform numbers in it are accepted by their density.
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be "
            "incorrect.",
            stacklevel=2,
        )
    inside = _normal_share((b - mean) / std) - _normal_share((a - mean) / std)
    draw = _redrawn if inside > 0.3 else _accepted
    return _filled(tensor, draw(tensor, mean, std, a, b, generator))


def _normal_share(x: float) -> float:
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def _redrawn(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: random.Generator | None
) -> Array:
    def draw() -> Array:
        return normal_(_like(tensor), mean, std, generator).array

    values = draw()
    low, high = values.dtype.type(a), values.dtype.type(b)
    while (outside := (values < low) | (values > high)).any():
        values = np.where(outside, draw(), values)
    return values


def _accepted(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: random.Generator | None
) -> Array:
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    values = np.empty(tensor.shape, tensor.array.dtype)
    pending = np.ones(tensor.shape, bool)
    while pending.any():
        drawn = uniform_(_like(tensor), a, b, generator).array
        values = np.where(pending, drawn, values)
        density = ((drawn - mean) / std) ** 2 * -0.5 - peak
        with np.errstate(divide="ignore"):
            pending &= np.log(uniform_(_like(tensor), generator=generator).array) > density
    return values


def orthogonal_(tensor: Tensor, gain: float = 1, generator: random.Generator | None = None) -> Tensor:
    """A matrix whose rows or columns, whichever are fewer, are orthogonal and have the length `gain`.

    Further dimensions count as columns (Saxe et al., 2014). ValueError if there is one dimension.
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if not tensor.numel():
        return tensor
    rows = tensor.shape[0]
    flat = normal_(_like(tensor), generator=generator).array.reshape(rows, -1)
    wide = rows < flat.shape[1]
    q, r = np.linalg.qr(flat.T if wide else flat)
    # Without the signs Q would not be uniform (Mezzadri, 2007).
    q *= np.sign(np.diagonal(r))
    return _filled(tensor, (q.T if wide else q).reshape(tensor.shape) * q.dtype.type(gain))


def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: random.Generator | None = None
) -> Tensor:
    """Normally distributed numbers, a share `sparsity` of each column zero (Martens, 2010).

    ValueError unless there are two dimensions.
    """
    _check_matrix(tensor)
    rows, columns = tensor.shape
    values = normal_(_like(tensor), 0, std, generator).array
    for column in range(columns):
        values[random.randperm(rows).array[: math.ceil(sparsity * rows)], column] = 0
    return _filled(tensor, values)


def _like(tensor: Tensor) -> Tensor:
    return empty(tensor.shape, dtype=tensor.dtype)


def _filled(tensor: Tensor, values: Array) -> Tensor:
    with no_grad():
        return tensor.copy_(wrap(values.astype(tensor.array.dtype, copy=False)))


def _check_matrix(tensor: Tensor) -> None:
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: random.Generator | None = None) -> Tensor:
    """Uniform in [-a, a) with a = gain * sqrt(6 / (fan_in + fan_out))."""
    bound = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: random.Generator | None = None) -> Tensor:
    """Normal with std = gain * sqrt(2 / (fan_in + fan_out))."""
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: FanMode = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: random.Generator | None = None,
) -> Tensor:
    """Uniform in [-b, b) with b = gain * sqrt(3 / fan); `a` is the slope of a leaky_relu."""
    if _is_empty(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: FanMode = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: random.Generator | None = None,
) -> Tensor:
    """Normal with std = gain / sqrt(fan); `a` is the slope of a leaky_relu."""
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def _xavier_std(tensor: Tensor, gain: float) -> float:
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return gain * math.sqrt(2.0 / float(fan_in + fan_out))


def _kaiming_std(tensor: Tensor, a: float, mode: FanMode, nonlinearity: str) -> float:
    return calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))


def _is_empty(tensor: Tensor) -> bool:
    if 0 not in tensor.shape:
        return False
    warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
    return True


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs each output sums, and how many outputs each input reaches."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    receptive = math.prod(tensor.shape[2:])
    return tensor.shape[1] * receptive, tensor.shape[0] * receptive


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return fan_in if mode.lower() == "fan_in" else fan_out


# Names without the underscore, from before PyTorch 0.4


def _deprecated(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    name = function.__name__

    def warned(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(
            f"`nn.init.{name[:-1]}` is now deprecated in favor of `nn.init.{name}`.",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    warned.__name__ = name[:-1]
    warned.__doc__ = f"`{name}` under its old name."
    return warned


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)
