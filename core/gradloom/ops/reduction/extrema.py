"""The largest and the smallest, of all elements or along a dim, and where they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.ops.elementwise.bounds import maximum, minimum
from gradloom.ops.movement.picking import Find, picked_along, put_back
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.operand import Operand
from gradloom.ops.reduction.reduce import fold, spread_back
from gradloom.ops.results import result_type
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.shapes import Dims, Shape, all_dims, no_such_call

_DISTINCT = floats(3, 4, distinct=True)
_ALL = [sample(_DISTINCT), sample(floats(2, 3, 4, distinct=True), (0, 2)), sample(_DISTINCT, 1, True)]
_ALONG = [sample(_DISTINCT, 1), sample(_DISTINCT, 0, True)]
_WHERE = [sample(_DISTINCT), sample(_DISTINCT, 1), sample(integers(3, 4), 0, True)]


def _something(input: Array, dim: Dims, name: str) -> tuple[int, ...]:
    """The dims to reduce; an error in the name of the function called `name` where nothing is in them."""
    axes = all_dims(dim, input.ndim)
    if not input.size:
        if dim is None or dim == ():
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                "reduction dim with the 'dim' argument."
            )
        for at in axes:
            if not input.shape[at]:
                raise IndexError(f"{name}(): Expected reduction dim {at} to have non-zero size.")
    return axes


def _shares(reached: Array, dim: Dims, dtype: Any) -> Array:
    """For each element 0, or 1 divided by the number of those that are as extreme."""
    count = np.add.reduce(reached, axis=all_dims(dim, reached.ndim), keepdims=True)
    shares: Array = (reached / count).astype(dtype)
    return shares


def _over_dims(name: str, function: np.ufunc, word: str) -> Any:
    """`amax` or `amin`."""

    def forward(input: Value, dim: Dims = None, keepdim: bool = False) -> Value:
        if input.dtype.kind == "c":
            kernel = f"{'max' if name == 'amax' else 'min'}_values_cpu"
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{legacy_name(input.dtype)}'")
        return fold(function, input, _something(input, dim, name), keepdim)

    def rule(grad: Value, input: Value, out: Value, dim: Dims) -> Value:
        values = raw(input)
        reached = values == spread_back(raw(out), dim, values.shape)
        return spread_back(grad, dim, values.shape) * _shares(reached, dim, values.dtype)

    forward.__name__ = name
    forward.__doc__ = f"The {word} element of all, or over `dim`. Equal ones share the gradient."
    made = op(samples=_ALL, meeting="as_is")(forward)
    made.gradient("input")(rule)
    return made


def _of_all(name: str, function: np.ufunc, word: str) -> Any:
    """`max` or `min` of all elements, which unlike `amax` finds a nan again."""

    def forward(input: Value) -> Value:
        return fold(function, input, _something(input, None, name.removesuffix("_all")))

    def rule(grad: Value, input: Value, out: Value) -> Value:
        values, found = raw(input), raw(out)
        reached = np.isnan(values) if np.isnan(found) else values == found
        return grad * _shares(reached, None, values.dtype)

    forward.__name__ = name
    forward.__doc__ = f"The {word} element. Equal ones share the gradient."
    made = op(samples=[sample(_DISTINCT)], meeting="as_is", method=False)(forward)
    made.gradient("input")(rule)
    return made


def _along(name: str, find: Find, word: str) -> Any:
    """`max` or `min` along a dim."""

    def forward(input: Value, dim: int, keepdim: bool = False) -> Value:
        _no_complex(input, name)
        return picked_along(input, dim, keepdim, find, name.removesuffix("_along"))

    def rule(grad: Value, input_shape: Shape, dim: int, keepdim: bool, indices: Value) -> Value:
        return put_back(grad, input_shape, dim, keepdim, indices)

    forward.__name__ = name
    forward.__doc__ = f"The {word} element along a dim, and where it is."
    made = op(samples=_ALONG, meeting="as_is", returns=("values", "indices"), method=False)(forward)
    made.gradient("input")(rule)
    return made


def _no_complex(input: Array, name: str) -> None:
    if input.dtype.kind == "c":
        raise RuntimeError(f"{name.removesuffix('_along')}(): does not support complex input")


amax = _over_dims("amax", np.maximum, "largest")
amin = _over_dims("amin", np.minimum, "smallest")
max_all = _of_all("max_all", np.maximum, "largest")
min_all = _of_all("min_all", np.minimum, "smallest")
max_along = _along("max_along", np.argmax, "largest")
min_along = _along("min_along", np.argmin, "smallest")

_EITHER = [sample(_DISTINCT), *_ALONG, sample(_DISTINCT, floats(3, 4))]


def _chosen(name: str, input: Value, dim: Any, keepdim: bool, other: Value) -> Any:
    """Which of the three functions of that name a call means, carried out."""
    whole, along, pair = _MEANINGS[name]
    if not isinstance(input, (Operand, np.ndarray)):
        raise no_such_call(name, input, dim)
    if other is None and not isinstance(dim, (int, np.integer, type(None))):
        other = dim
    if other is not None:
        if not isinstance(other, (Operand, np.ndarray)):
            raise no_such_call(name, input, other)
        return pair(input, other)
    if dim is None:
        if raw(input).dtype.kind == "c":
            kind = legacy_name(raw(input).dtype)
            raise NotImplementedError(f"\"{name}_all\" not implemented for '{kind}'")
        return whole(input)
    return along(input, dim, keepdim)


_MEANINGS = {"max": (max_all, max_along, maximum), "min": (min_all, min_along, minimum)}


@composite(samples=_EITHER)
def max(input: Value, dim: Any = None, keepdim: bool = False, other: Value = None) -> Any:  # noqa: A001
    """The largest; with a dim, (values, indices) along it; with a tensor, the larger of each pair."""
    return _chosen("max", input, dim, keepdim, other)


@composite(samples=_EITHER)
def min(input: Value, dim: Any = None, keepdim: bool = False, other: Value = None) -> Any:  # noqa: A001
    """The smallest; with a dim, (values, indices) along it; with a tensor, the smaller of each pair."""
    return _chosen("min", input, dim, keepdim, other)


_Extremes = result_type("aminmax", ("min", "max"))


@composite(samples=[sample(_DISTINCT), sample(_DISTINCT, dim=1, keepdim=True)])
def aminmax(input: Value, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element, of all or along a dim."""
    if not raw(input).size and dim is None:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    if dim is not None:
        _something(raw(input), dim, "aminmax")
    return _Extremes(amin(input, dim, keepdim), amax(input, dim, keepdim))


def _position(input: Array, dim: int | None, keepdim: bool, find: Any, name: str) -> Array:
    _no_complex(input, name)
    if input.dtype.kind == "b":
        raise RuntimeError(f"{name}(): does not support bool input")
    if dim is not None:
        return picked_along(input, dim, keepdim, find, name)[1]
    if not input.size:
        raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
    found = np.asarray(find(input))
    return found.reshape((1,) * input.ndim) if keepdim else found


@op(samples=_WHERE, meeting="as_is")
def argmax(input: Value, dim: int | None = None, keepdim: bool = False) -> Value:
    """Where the largest element is, of all or along a dim; the first if there are several."""
    return _position(input, dim, keepdim, np.argmax, "argmax")


@op(samples=_WHERE, meeting="as_is")
def argmin(input: Value, dim: int | None = None, keepdim: bool = False) -> Value:
    """Where the smallest element is, of all or along a dim; the first if there are several."""
    return _position(input, dim, keepdim, np.argmin, "argmin")
