"""vmap: a function of one sample as a function of a batch. It runs sample by sample."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from gradloom.func.tree import flatten, spread, unzip
from gradloom.ops.movement.joining import stack
from gradloom.ops.movement.slicing import select
from gradloom.ops.movement.views import movedim
from gradloom.random import default_generator
from gradloom.tensor import Tensor

InDims = int | tuple[Any, ...]


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that maps `func` over a dim of its arguments and stacks what it returns.

    The samples are computed one after the other, so results are exact and gradients flow; it saves writing a
    loop, not time.

    Args:
        func: takes tensors without the batch dim; returns tensors, also nested.
        in_dims: the dim of each argument that is mapped over, None for arguments that every sample gets
            whole; nested as the arguments are.
        out_dims: where the batch dim goes in each result.
        randomness: "different" or "same" random numbers for each sample; "error", the default, does not
            watch for them and draws different ones.
        chunk_size: accepted; samples are never computed together.

    ValueError if no argument is mapped over or the sizes differ.
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}"
        )

    @functools.wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        leaves, build = flatten(args)
        dims = _dims(in_dims, args, func)
        named, build_named = flatten(kwargs)
        named_dims = [0 if isinstance(each, Tensor) else None for each in named]
        size = _batch_size([*leaves, *named], [*dims, *named_dims])
        state = default_generator.get_state() if randomness == "same" else None
        results = []
        for at in range(size):
            if state is not None:
                default_generator.set_state(state)
            arguments = build(_taken(leaves, dims, at))
            results.append(func(*arguments, **build_named(_taken(named, named_dims, at))))
        return _stacked(results, out_dims)

    return mapped


def _dims(in_dims: Any, args: tuple[Any, ...], func: Callable[..., Any]) -> list[Any]:
    if isinstance(in_dims, list):
        in_dims = tuple(in_dims)
    if isinstance(in_dims, tuple) and len(in_dims) != len(args):
        name = getattr(func, "__name__", "function")
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the structure "
            f"of `inputs`. in_dims has {len(in_dims)} parts but inputs has {len(args)}."
        )
    dims = spread(in_dims, args)
    leaves, _ = flatten(args)
    return [dim if isinstance(leaf, Tensor) else None for dim, leaf in zip(dims, leaves, strict=True)]


def _batch_size(leaves: list[Any], dims: list[Any]) -> int:
    sizes = [leaf.shape[dim] for leaf, dim in zip(leaves, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: no argument is mapped over; one at least has to be a Tensor with an in_dim")
    if len(set(sizes)) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return int(sizes[0])


def _taken(leaves: list[Any], dims: list[Any], at: int) -> list[Any]:
    return [leaf if dim is None else select(leaf, dim, at) for leaf, dim in zip(leaves, dims, strict=True)]


def _stacked(results: list[Any], out_dims: Any) -> Any:
    if not results:
        raise ValueError("vmap: the mapped dimension is empty, so there is nothing to stack")
    columns, build = unzip(results)
    places = spread(out_dims, results[0])
    joined = []
    for column, place in zip(columns, places, strict=True):
        if not isinstance(column[0], Tensor):
            raise ValueError(f"vmap: the function must only return Tensors, got type {type(column[0])}.")
        whole = stack(column)
        joined.append(whole if place == 0 else movedim(whole, 0, place))
    return build(joined)
