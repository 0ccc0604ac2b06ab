"""New random tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.autograd.grad_mode import whole
from gradloom.creation import creator, empty, shape_of
from gradloom.dtypes import Array
from gradloom.dtypes import dtype as DType
from gradloom.ops.copying import copy
from gradloom.ops.shapes import explain_broadcast
from gradloom.random import draws
from gradloom.random.draws import bounded, floating, uniform
from gradloom.random.generator import Generator, default_stream
from gradloom.tensor import Tensor, wrap


@creator
def rand(
    *sizes: Any,
    size: Sequence[int] | None = None,
    generator: Generator | None = None,
    dtype: DType | None = None,
) -> Array:
    """Uniform numbers in [0, 1) of this size."""
    shape = shape_of(sizes if size is None else (size,), "rand")
    return uniform(default_stream(generator), shape, floating(dtype, "check_uniform_bounds"))


@creator
def randn(
    *sizes: Any,
    size: Sequence[int] | None = None,
    generator: Generator | None = None,
    dtype: DType | None = None,
) -> Array:
    """Normally distributed numbers of mean 0 and variance 1 of this size."""
    shape = shape_of(sizes if size is None else (size,), "randn")
    return draws.normal(default_stream(generator), shape, floating(dtype, "normal_kernel_cpu"))


@creator
def randint(
    low: Any = 0,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
) -> Array:
    """Integers in [low, high), or in [0, high) as `randint(high, size)`; RuntimeError if there is none."""
    alone = not isinstance(high, (int, np.integer, Tensor))
    first, last = (0, low) if alone else (low, high)
    sizes = high if alone and high is not None else size
    if sizes is None:
        raise TypeError("randint() missing required argument 'size'")
    shape = shape_of((tuple(sizes),), "randint")
    return bounded(default_stream(generator), int(first), int(last), shape, (dtype or dtypes.int64).numpy)


@creator
def randperm(n: int, *, generator: Generator | None = None, dtype: DType | None = None) -> Array:
    """The numbers 0 to n - 1 in random order."""
    shape_of((n,), "randperm")
    return default_stream(generator).permutation(n).astype((dtype or dtypes.int64).numpy, copy=False)


def _as_it_lies(input: Tensor, draw: Callable[[tuple[int, ...]], Tensor]) -> Tensor:
    """What `draw` gives for the shape of `input`, element after element as they lie in its memory."""
    array = input.array
    order = sorted(range(array.ndim), key=lambda dim: -array.strides[dim])
    if array.flags.c_contiguous or not array.transpose(order).flags.c_contiguous:
        return draw(array.shape)
    drawn = draw(tuple(array.shape[dim] for dim in order))
    drawn.array = drawn.array.transpose([order.index(dim) for dim in range(array.ndim)])
    return drawn


@whole
def rand_like(input: Tensor, *, dtype: DType | None = None, **kwargs: Any) -> Tensor:
    """Uniform numbers in [0, 1), in the shape and dtype of `input`."""
    return _as_it_lies(input, lambda size: rand(size=size, dtype=dtype or input.dtype, **kwargs))


@whole
def randn_like(input: Tensor, *, dtype: DType | None = None, **kwargs: Any) -> Tensor:
    """Normally distributed numbers, in the shape and dtype of `input`."""
    kind = dtype or input.dtype

    def draw(size: tuple[int, ...]) -> Tensor:
        if input.array.flags.c_contiguous:
            return randn(size=size, dtype=kind, **kwargs)
        # PyTorch draws in blocks only where memory is row-major.
        stream = default_stream(kwargs.pop("generator", None))
        drawn = stream.normal_doubles(input.array.size)
        made: Tensor = empty(size=size, dtype=kind, **kwargs)
        np.copyto(made.array, drawn.reshape(size), casting="same_kind")
        return made

    return _as_it_lies(input, draw)


@whole
def randint_like(
    input: Tensor, low: int = 0, high: int | None = None, *, dtype: DType | None = None, **kwargs: Any
) -> Tensor:
    """Integers in [low, high), or below `low` if it stands alone, in the shape and dtype of `input`."""
    first, last = (0, low) if high is None else (low, high)
    return _as_it_lies(input, lambda size: randint(first, last, size, dtype=dtype or input.dtype, **kwargs))


def drawn_for(input: Tensor, values: Array) -> Tensor:
    """`values` as what was made of `input`, to which no more than zeros flow back."""
    result: Tensor = Tensor.apply(copy, (input, values, False))
    return result


@whole
def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    out: Tensor | None = None,
    **kwargs: Any,
) -> Tensor:
    """Normally distributed numbers; where `mean` or `std` are tensors, each element by its own."""
    if size is not None:
        made = _normal_of(size, mean, std, generator=generator, dtype=dtype, **kwargs)
        return made if out is None else out.receive(made, "normal")
    middle, spread = (each.array if isinstance(each, Tensor) else each for each in (mean, std))
    sentence = explain_broadcast([middle, spread])
    if sentence is not None:
        raise RuntimeError(sentence)
    if isinstance(spread, np.ndarray) and (spread < 0).any():
        raise RuntimeError("normal expects all elements of std >= 0.0")
    shape = np.broadcast_shapes(np.shape(middle), np.shape(spread))
    kind = dtypes.of_operands([middle, spread]).numpy
    drawn = (draws.normal(default_stream(generator), shape, kind) * spread + middle).astype(kind)
    given = mean if isinstance(mean, Tensor) else std
    made = drawn_for(given.expand(shape), drawn) if isinstance(given, Tensor) else wrap(drawn)
    return made if out is None else out.receive(made, "normal")


@creator
def _normal_of(
    size: Sequence[int],
    mean: float,
    std: float,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
) -> Array:
    shape = shape_of((tuple(size),), "normal")
    return draws.normal(default_stream(generator), shape, floating(dtype, "normal_kernel_cpu"), mean, std)
