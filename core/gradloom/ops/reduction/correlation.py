"""Covariances and correlations of variables in rows, observations in columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.ops.elementwise.bounds import clamp
from gradloom.ops.elementwise.complex import complex as complex_of
from gradloom.ops.elementwise.complex import conjugate, imag, real
from gradloom.ops.elementwise.exponential import sqrt
from gradloom.ops.matrix.matmul import matmul
from gradloom.ops.movement.diagonals import diagonal
from gradloom.ops.movement.views import reshape, transpose, unsqueeze
from gradloom.ops.op import Value, composite, raw
from gradloom.ops.reduction.reduce import mean, sum  # noqa: A004
from gradloom.ops.sample import complexes, floats, sample

_VARIABLES = [sample(floats(3, 5)), sample(floats(4)), sample(complexes(2, 4))]


def _check(input: Value, name: str) -> None:
    if input.ndim > 2:
        raise RuntimeError(
            f"{name}(): expected input to have two or fewer dimensions but got an input with {input.ndim} "
            "dimensions"
        )
    if raw(input).dtype.kind == "b":
        raise RuntimeError(f"{name}(): bool dtype is not supported for input")


@composite(samples=[*_VARIABLES, sample(floats(3, 4), correction=0, fweights=np.array([1, 2, 1, 3]))])
def cov(input: Value, *, correction: int = 1, fweights: Value = None, aweights: Value = None) -> Value:
    """The covariance matrix; `fweights` say how often an observation came, `aweights` how much it matters."""
    _check(input, "cov")
    rows = input if input.ndim == 2 else reshape(input, (1, -1))
    count = rows.shape[1]
    weights: Any = None
    if fweights is not None:
        _check_weights(raw(fweights), count, "fweights", "integral", "iu")
        weights = fweights
    if aweights is not None:
        _check_weights(raw(aweights), count, "aweights", "floating point", "f")
        weights = aweights if weights is None else weights * aweights
    total = count if weights is None else sum(weights)
    if weights is None:
        middle = mean(rows, 1, True) if raw(rows).dtype.kind in "fc" else sum(rows, 1, True) / count
    else:
        middle = sum(rows * weights, 1, True) / total
    if weights is None or aweights is None or not correction:
        free = total - correction
    else:
        free = total - correction * sum(weights * aweights) / total
    offsets = rows - middle
    weighted = offsets if weights is None else offsets * weights
    product = matmul(weighted, conjugate(transpose(offsets, 0, 1)))
    free = max(free, 0) if not hasattr(free, "dtype") else clamp(free, 0)
    result = product / (free if hasattr(free, "dtype") else np.asarray(free, raw(product).real.dtype))
    return result if rows.shape[0] != 1 else reshape(result, ())


def _check_weights(weights: Array, count: int, name: str, kind: str, kinds: str) -> None:
    if weights.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.ndim} "
            "dimensions"
        )
    if weights.dtype.kind not in kinds:
        raise RuntimeError(
            f"cov(): expected {name} to have {kind} dtype but got {name} with "
            f"{legacy_name(weights.dtype)} dtype"
        )
    if weights.size != count:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got "
            f"{weights.size} != {count}"
        )
    if (weights < 0).any():
        raise RuntimeError(f"cov(): {name} cannot be negative")


@composite(samples=_VARIABLES)
def corrcoef(input: Value) -> Value:
    """The correlation coefficients: covariances over the products of standard deviations, within [-1, 1]."""
    _check(input, "corrcoef")
    together = cov(input)
    if not together.ndim:
        return together / together
    variances = diagonal(together)
    spread = sqrt(real(variances) if raw(variances).dtype.kind == "c" else variances)
    result = together / unsqueeze(spread, -1) / unsqueeze(spread, -2)
    if raw(result).dtype.kind != "c":
        return clamp(result, -1, 1)
    return complex_of(clamp(real(result), -1, 1), clamp(imag(result), -1, 1))
