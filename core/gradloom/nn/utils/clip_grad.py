"""Limits on gradients, against steps that are too large."""

from __future__ import annotations

import math
import warnings
from collections.abc import Generator, Iterable
from typing import Any

import numpy as np

from gradloom.autograd.grad_mode import whole
from gradloom.kernels.limiting import Array, limit, scale, sum_of_squares
from gradloom.tensor import Tensor, wrap

Tensors = Tensor | Iterable[Tensor]


def get_total_norm(
    tensors: Tensors,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all values of all tensors together. `norm_type` may be `math.inf`.

    Raises:
        RuntimeError: the norm is not finite, if `error_if_nonfinite`.
    """
    order = float(norm_type)
    arrays = [each.array for each in _several(tensors)]
    with np.errstate(all="ignore"):
        total = _norm(arrays, order)
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {order} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return wrap(total)


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale all gradients together, in place, so that their joint norm, as given, is at most `max_norm`."""
    total = total_norm.array
    factor = np.minimum(total.dtype.type(max_norm) / (total + total.dtype.type(1e-6)), 1.0)
    with np.errstate(all="ignore"):
        for grad in _grads(parameters):
            scale(grad.array, factor)
            grad._counter[0] += 1


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients together, in place, so that their joint norm is at most `max_norm`.

    Returns the norm before. `norm_type` may be `math.inf`.

    Raises:
        RuntimeError: the norm is not finite, if `error_if_nonfinite`.
    """
    given = _several(parameters)
    if not given and isinstance(parameters, Generator):
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2)
    return _clip(given, max_norm, norm_type, error_if_nonfinite)


@whole
def _clip(parameters: list[Tensor], max_norm: float, norm_type: float, error_if_nonfinite: bool) -> Tensor:
    total = get_total_norm(_grads(parameters), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(parameters, max_norm, total)
    return total


def clip_grad_norm(*args: Any, **kwargs: Any) -> Tensor:
    """`clip_grad_norm_` under its old name."""
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(*args, **kwargs)


def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Limit each element of all gradients, in place, to [-clip_value, clip_value]."""
    _limit(_several(parameters), clip_value)


@whole
def _limit(parameters: list[Tensor], value: float) -> None:
    for grad in _grads(parameters):
        if grad.array.dtype.kind == "f":
            limit(grad.array, -value, value)
            grad._counter[0] += 1
        else:
            grad.clamp_(-value, value)


def _norm(arrays: list[Array], order: float) -> Array:
    """The norm of the norms, which is the norm of all."""
    if not arrays:
        return np.asarray(np.float32(0))
    if order == 2 and all(array.dtype.kind in "fc" for array in arrays):
        return np.asarray(np.sqrt(np.add.reduce([sum_of_squares(array) for array in arrays])))
    norms = [np.linalg.norm(array.reshape(-1), order) for array in arrays]
    return np.asarray(np.linalg.norm(np.asarray(norms), order))


def _several(tensors: Tensors) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _grads(parameters: Tensors) -> list[Tensor]:
    return [parameter.grad for parameter in _several(parameters) if parameter.grad is not None]
