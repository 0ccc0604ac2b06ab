"""Choices at random: of one or zero, and of categories."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.autograd.grad_mode import whole
from gradloom.dtypes import Array
from gradloom.kernels.random_stream import Stream
from gradloom.random.creation import drawn_for
from gradloom.random.draws import in_memory_order
from gradloom.random.generator import Generator, default_stream
from gradloom.tensor import Tensor, wrap


def check_chances(p: Any, name: str) -> None:
    if not 0 <= p <= 1:
        raise RuntimeError(f"{name} expects p to be in [0, 1], but got p={p:g}")


def check_each_chance(chances: Array) -> None:
    if chances.dtype.kind not in "fV":
        kind = dtypes.legacy_name(chances.dtype)
        raise NotImplementedError(f"\"bernoulli_tensor_cpu_p_\" not implemented for '{kind}'")
    if chances.size and not (chances.min() >= 0 and chances.max() <= 1):
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be "
            "improved?  If so, please report an enhancement request to PyTorch.)"
        )


@whole
def bernoulli(
    input: Tensor, p: float | None = None, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor:
    """One or zero: one with the probability that `input` gives for each element, or with that of `p`."""
    chances, stream = input.array, default_stream(generator)
    if p is not None:
        check_chances(p, "bernoulli_")
        drawn = stream.bernoulli(chances.shape, p)
    else:
        check_each_chance(chances)
        drawn = stream.uniform(chances.shape, chances.dtype) < chances
    made = drawn_for(input, drawn.astype(chances.dtype, copy=False))
    return made if out is None else out.receive(made, "bernoulli")


@whole
def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Indices drawn with the weights in each row of `input`, as int64."""
    made = wrap(_drawn_by_weight(input.array, num_samples, replacement, default_stream(generator)))
    return made if out is None else out.receive(made, "multinomial")


def _check_weights(weights: Array, num_samples: int, replacement: bool) -> None:
    if not 1 <= weights.ndim <= 2:
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if weights.dtype.kind not in "fV":
        raise RuntimeError(
            "multinomial only supports floating-point dtypes for input, got: "
            f"{dtypes.legacy_name(weights.dtype)}"
        )
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if replacement and num_samples > 1:
        if not np.all(weights >= 0):
            raise RuntimeError("invalid multinomial distribution (encountering probability entry < 0)")
        if not np.all(np.isfinite(weights)):
            raise RuntimeError(
                "invalid multinomial distribution (encountering probability entry = infinity or NaN)"
            )
    elif not np.all(np.isfinite(weights)) or np.any(weights < 0):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if np.any(weights.sum(axis=-1) <= 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


def _drawn_by_weight(weights: Array, num_samples: int, replacement: bool, stream: Stream) -> Array:
    _check_weights(weights, num_samples, replacement)
    if not replacement or num_samples == 1:
        waits = in_memory_order(weights, lambda shape: stream.exponential(shape, weights.dtype))
        order = np.argsort(-(weights / waits), axis=-1, kind="stable")
        return np.ascontiguousarray(order[..., :num_samples], dtype=np.int64)
    rows = weights.reshape(-1, weights.shape[-1])
    drawn = stream.uniform_doubles(len(rows) * num_samples).reshape(len(rows), num_samples)
    sums = np.cumsum(rows, axis=1, dtype=rows.dtype)
    sums /= sums[:, -1:]
    picked = np.stack([np.searchsorted(each, at) for each, at in zip(sums, drawn, strict=True)])
    return picked.reshape((*weights.shape[:-1], num_samples)).astype(np.int64)


for _method in (bernoulli, multinomial):
    Tensor.bind(_method.__name__, _method)
