"""Limits on gradients, against steps that are too large."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from gradloom.tensor import Tensor, wrap


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    """Scale all gradients together, in place, so that their joint norm is at most `max_norm`.

    Returns the norm before. `norm_type` may be `math.inf`.

    Raises:
        RuntimeError: the norm is not finite, if `error_if_nonfinite`.
    """
    grads = _grads(parameters)
    norms = [np.linalg.norm(grad.array.reshape(-1), norm_type) for grad in grads]
    total = np.linalg.norm(np.asarray(norms), norm_type) if norms else np.float32(0)
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it "
            "cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, "
            "set `error_if_nonfinite=False`"
        )
    factor = min(max_norm / (float(total) + 1e-6), 1.0) if not math.isnan(total) else math.nan
    for grad in grads:
        grad.mul_(factor)
    return wrap(np.asarray(total))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Limit each element of all gradients, in place, to [-clip_value, clip_value]."""
    for grad in _grads(parameters):
        np.clip(grad.array, -clip_value, clip_value, out=grad.array)


def _grads(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    given = [parameters] if isinstance(parameters, Tensor) else parameters
    return [parameter.grad for parameter in given if parameter.grad is not None]
