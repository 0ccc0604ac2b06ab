"""Differences and sums of areas along dims: numerical derivatives and integrals."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.ops.elementwise.logic import logical_xor
from gradloom.ops.movement.joining import cat
from gradloom.ops.movement.slicing import narrow, select
from gradloom.ops.movement.views import reshape, unsqueeze
from gradloom.ops.op import Value, composite, raw
from gradloom.ops.operand import Operand
from gradloom.ops.reduction.reduce import sum  # noqa: A004
from gradloom.ops.reduction.scan import cumsum
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import listed_dims, no_such_call, one_dim


@composite(samples=[sample(floats(2, 5)), sample(floats(2, 5), 2, 0), sample(floats(4), append=floats(2))])
def diff(input: Value, n: int = 1, dim: int = -1, prepend: Value = None, append: Value = None) -> Value:
    """The differences of neighbours along a dim, taken `n` times; of bools whether they differ."""
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    for each in (prepend, append):
        if each is not None and each.ndim != input.ndim:
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    at = one_dim(dim, input.ndim)
    if not n:
        return input.clone()
    parts = [each for each in (prepend, input, append) if each is not None]
    result = cat(parts, at) if len(parts) > 1 else input
    between = logical_xor if raw(input).dtype.kind == "b" else _difference
    for _ in range(min(n, result.shape[at])):
        size = result.shape[at] - 1
        result = between(narrow(result, at, 1, size), narrow(result, at, 0, size))
    return result


def _difference(after: Value, before: Value) -> Value:
    return after - before


def _areas(y: Value, x: Value, dx: Any, dim: int, name: str) -> Value:
    """Twice the areas below the lines between neighbours."""
    if not y.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    if raw(y).dtype.kind == "b":
        raise RuntimeError(f"{name}: received a bool input for `y`, but bool is not supported")
    at = one_dim(dim, y.ndim)
    size = y.shape[at]
    heights = narrow(y, at, 1, max(size - 1, 0)) + narrow(y, at, 0, max(size - 1, 0)) if size else y
    if x is None:
        return heights * dx
    places = x if x.ndim > 1 or y.ndim == 1 else reshape(x, (-1,) + (1,) * (y.ndim - at - 1))
    along = at - y.ndim if x.ndim > 1 or y.ndim == 1 else 0
    if along < -places.ndim or places.shape[along] != size:
        raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
    if raw(x).dtype.kind == "b":
        raise RuntimeError(f"{name}: received a bool input for `x`, but bool is not supported")
    return heights * diff(places, dim=along)


def _spacing(name: str, given: tuple[Any, ...], x: Value, dx: Any) -> tuple[Value, Any]:
    """The places and the step of a call that gives one of them."""
    if given:
        place = given[0]
        x, dx = (place, dx) if isinstance(place, (Operand, np.ndarray)) else (x, place)
    if x is not None and dx is not None:
        raise no_such_call(name, x, dx)
    return x, 1 if dx is None else dx


_LINES = [sample(floats(2, 4)), sample(floats(2, 4), floats(4)), sample(floats(4, 2), dx=0.5, dim=0)]


@composite(samples=_LINES, method=False)
def trapezoid(y: Value, *spacing: Any, x: Value = None, dx: Any = None, dim: int = -1) -> Value:
    """The integral along a dim by the trapezoidal rule, at the places `x` or at steps of `dx`."""
    places, step = _spacing("trapezoid", spacing, x, dx)
    return sum(_areas(y, places, step, dim, "trapezoid"), dim) / 2


@composite(samples=_LINES, method=False)
def cumulative_trapezoid(y: Value, *spacing: Any, x: Value = None, dx: Any = None, dim: int = -1) -> Value:
    """The integral up to each place after the first along a dim, by the trapezoidal rule."""
    places, step = _spacing("cumulative_trapezoid", spacing, x, dx)
    return cumsum(_areas(y, places, step, dim, "cumulative_trapezoid"), dim) / 2


@composite(
    samples=[
        sample(floats(3, 4)),
        sample(floats(5), spacing=2.0, edge_order=2),
        sample(floats(3, 4), dim=1, spacing=0.5),
    ],
    method=False,
)
def gradient(input: Value, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Value, ...]:
    """For each dim the derivative by second-order central differences, one-sided at both ends.

    Args:
        spacing: the step, one for each dim, or for each dim the places as a vector.
        dim: the dims, all of them if None.
        edge_order: 1 or 2, the order of the differences at the ends.
    """
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    dims = (
        range(input.ndim) if dim is None else listed_dims([dim] if isinstance(dim, int) else dim, input.ndim)
    )
    spacing = 1.0 if spacing is None else spacing
    steps = list(spacing) if isinstance(spacing, (tuple, list)) else [spacing] * len(dims)
    if len(steps) != len(dims):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to "
            f"'self.dim() = {input.ndim}', since dim argument was not given, but got a list of length "
            f"{len(steps)}"
            if dim is None
            else "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim "
            f"arguments to have the same length, but got a spacing argument of length {len(steps)} and a dim "
            f"argument of length {len(dims)}."
        )
    if any(input.shape[at] < edge_order + 1 for at in dims):
        raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    return tuple([_derivative(input, at, step, edge_order) for at, step in zip(dims, steps, strict=True)])


def _derivative(input: Value, at: int, step: Any, edge_order: int) -> Value:
    """The derivative along one dim, at steps of one width or between places."""
    if isinstance(step, (Operand, np.ndarray)) and raw(step).ndim:
        return _derivative_at(input, at, diff(step), edge_order)
    width = step.item() if hasattr(step, "item") else step
    size = input.shape[at]
    inner = (narrow(input, at, 2, size - 2) - narrow(input, at, 0, size - 2)) / (2 * width)
    factors = (-1.0, 1.0) if edge_order == 1 else (-1.5, 2.0, -0.5)
    edges = [_edge(input, at, [factor / (way * width) for factor in factors], way) for way in (1, -1)]
    return cat([edges[0], inner, edges[1]], at)


def _derivative_at(input: Value, at: int, widths: Value, edge_order: int) -> Value:
    """The derivative along a dim whose elements lie `widths` apart."""
    size, tail = input.shape[at], (1,) * (input.ndim - at - 1)
    left, right = (reshape(narrow(widths, 0, start, size - 2), (-1, *tail)) for start in (0, 1))
    before, here, after = (narrow(input, at, start, size - 2) for start in (0, 1, 2))
    inner = (
        after * (left / (right * (left + right)))
        + here * ((right - left) / (left * right))
        - before * (right / (left * (left + right)))
    )
    edges = [_edge(input, at, _edge_factors(widths, edge_order, way), way) for way in (1, -1)]
    return cat([edges[0], inner, edges[1]], at)


def _edge_factors(widths: Value, order: int, way: int) -> list[Value]:
    """What the elements from one end on count for in the derivative there."""
    first = 0 if way == 1 else -1
    near = select(widths, 0, first) * way
    if order == 1:
        return [-1 / near, 1 / near]
    far = select(widths, 0, first + way) * way
    both = near + far
    return [-(near + both) / (near * both), both / (near * far), -near / (far * both)]


def _edge(input: Value, at: int, factors: Any, way: int) -> Value:
    """The one-sided derivative at the first element (`way` 1) or at the last (-1)."""
    first = 0 if way == 1 else -1
    slope = 0
    for step, factor in enumerate(factors):
        slope = slope + select(input, at, first + way * step) * factor
    return unsqueeze(slope, at)
