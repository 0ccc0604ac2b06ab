"""Values, gradients and dtypes of every op, beside PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

import gradloom
from gradloom.ops.families import load_all
from gradloom.tensor import Tensor

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

REGISTRY, COMPOSITES = load_all()
OPS = {**REGISTRY, **{name: each.function for name, each in COMPOSITES.items()}}


def by_keyword(name: str) -> Callable[..., Any]:
    """PyTorch's function called by our parameters' names, for those whose order has legacies in it."""

    def call(*args: Any, **kwargs: Any) -> Any:
        function = getattr(torch.nn.functional, name)
        return function(**dict(zip(REGISTRY[name].parameters, args, strict=False)), **kwargs)

    return call


LOSSES = (
    "mse_loss",
    "l1_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "nll_loss",
    "cross_entropy",
)
RENAMED: dict[str, Callable[..., Any]] = {
    **{name: by_keyword(name) for name in (*LOSSES, "gelu")},
    "cast": lambda x, dtype: x.to(dtype),
    "elu": torch._C._nn.elu,
    "embedding": lambda x, weight, padding_idx=-1: torch.nn.functional.embedding(
        x, weight, None if padding_idx < 0 else padding_idx
    ),
    "floor_divide": lambda x, other: torch.floor_divide(x.detach(), other),
    "constant_pad": lambda x, padding, value=0.0: torch.nn.functional.pad(x, padding, value=value),
    "copy": lambda x, src: x.clone().copy_(src),
    "fill": lambda x, value: x.clone().fill_(value),
    "zero": lambda x: torch.zeros_like(x) + x * 0,
    "clamp": lambda x, low=None, high=None: torch.clamp(x, low, high),
    "max_along": torch.max,
    "min_along": torch.min,
    "median_along": torch.median,
    "take": lambda x, index: torch.take(x, index),
    "var": lambda x, dim=None, unbiased=True, keepdim=False: torch.var(
        x, dim, correction=int(unbiased), keepdim=keepdim
    ),
    "std": lambda x, dim=None, unbiased=True, keepdim=False: torch.std(
        x, dim, correction=int(unbiased), keepdim=keepdim
    ),
    "where": lambda condition, x, other: torch.where(condition, x, other),
    "mean": lambda x, dim=None, keepdim=False: torch.mean(x, dim, keepdim=keepdim),
    "amax": lambda x, dim=(), keepdim=False: torch.amax(x, dim, keepdim),
    "amin": lambda x, dim=(), keepdim=False: torch.amin(x, dim, keepdim),
    "bincount": lambda x, weights=None, minlength=0: torch.bincount(
        x, None if weights is None else weights.detach(), minlength
    ),
    "histogram": lambda x, *args, **kwargs: torch.histogram(x.detach(), *args, **kwargs),
    "histogramdd": lambda x, *args, **kwargs: torch.histogramdd(x.detach(), *args, **kwargs),
    "vander": lambda x, *args: torch.vander(x.detach(), *args),
    "windows": torch.Tensor.unfold,
    "sum": lambda x, dim=None, keepdim=False: torch.sum(x, dim, keepdim=keepdim),
}


# Steps of others that have the names of something else in PyTorch.
INNER = {"batch_normalization", "convolution", "index_put"}
# PyTorch passes a gradient through to what was replaced, which finite differences contradict.
INNER |= {"as_strided_scatter"}
# PyTorch wants int32 pivots, or has no gradient.
INNER |= {"geqrf", "linalg_lstsq", "linalg_lu_solve", "lu", "lu_solve", "lu_unpack"}


def theirs(name: str) -> Callable[..., Any]:
    if name in RENAMED:
        return RENAMED[name]
    if name.startswith("linalg_"):
        linalg: Callable[..., Any] = getattr(torch.linalg, name.removeprefix("linalg_"))
        return linalg
    for room in (torch, torch.nn.functional, torch.fft, torch.special):
        found: Any = getattr(room, name, None)
        if callable(found):
            return cast("Callable[..., Any]", found)
    method: Callable[..., Any] = getattr(torch.Tensor, name)
    return method


def is_inner(name: str) -> bool:
    """Whether an op is a step of others, which are compared in its place: PyTorch has none of that name."""
    rooms = (torch, torch.nn.functional, torch.Tensor)
    known = name in RENAMED or name.startswith("linalg_") or any(hasattr(room, name) for room in rooms)
    return name in INNER or not known


CASES = [
    pytest.param(name, sample, dtype, id=f"{name}-{at}-{dtype}")
    for table in (REGISTRY, COMPOSITES)
    for name, each in table.items()
    if not is_inner(name)
    for at, sample in enumerate(each.samples)
    for dtype in ("float32", "float64")
]
# PyTorch has these, or their gradients, in less than double precision.
ROUGH = {"hardsigmoid", "digamma", "igamma", "igammac", "polygamma"}
# PyTorch knows no derivatives of these.
UNDIFFERENTIATED = {
    "bessel_j0",
    "bessel_j1",
    "bessel_y0",
    "bessel_y1",
    "modified_bessel_k0",
    "modified_bessel_k1",
    "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1",
    "spherical_bessel_j0",
    "view_as_complex_copy",
}
# PyTorch is given these without their gradients, which it refuses, or has another idea of.
DETACHED = {"floor_divide", "vander"}
TOLERANCE = {"float32": {"rtol": 2e-5, "atol": 2e-6}, "float64": {"rtol": 1e-10, "atol": 1e-12}}


def flat(result: Any) -> list[Any]:
    several = isinstance(result, (tuple, list))
    return [value for each in result for value in flat(each)] if several else [result]


def their_constants(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, gradloom.dtype):
        return getattr(torch, value.name)
    return value


@pytest.mark.filterwarnings(
    "ignore:index_reduce", "ignore:Using a target size", "ignore:torch.meshgrid", "ignore:.*deprecated"
)
@pytest.mark.parametrize(("name", "sample", "dtype"), CASES)
def test_op(name: str, sample: Any, dtype: str, call: Any, make_leaf: Any) -> None:
    tolerance = TOLERANCE["float32" if name in ROUGH else dtype]
    drawn = call(sample, dtype=np.dtype(dtype))
    our_leaves, args, kwargs = drawn.on(make_leaf)
    constant = name in UNDIFFERENTIATED or (name in REGISTRY and not REGISTRY[name].rules)
    their_leaves, their_args, their_kwargs = drawn.on(
        lambda array: torch.from_numpy(array).requires_grad_(array.dtype.kind in "fc" and not constant)
    )
    ours = flat(OPS[name](*args, **kwargs))
    settings = {key: their_constants(value) for key, value in their_kwargs.items()}
    expected = flat(theirs(name)(*map(their_constants, their_args), **settings))
    assert len(ours) == len(expected)
    for one, other in zip(ours, expected, strict=True):
        if not isinstance(one, Tensor):
            assert one == other
            continue
        assert repr(one.dtype).removeprefix("gradloom.") == repr(other.dtype).removeprefix("torch.")
        np.testing.assert_allclose(
            one.detach().numpy(), other.detach().resolve_conj().numpy(), strict=True, **tolerance
        )
        assert constant or name in DETACHED or one.requires_grad == other.requires_grad
    pairs = [
        (one, other)
        for one, other in zip(ours, expected, strict=True)
        if isinstance(one, Tensor) and other.requires_grad
    ]
    if not pairs:
        return
    seeds = [
        np.linspace(0.5, 1.5, one.numel()).reshape(one.shape).astype(one.dtype.numpy) for one, _ in pairs
    ]
    gradloom.autograd.backward([one for one, _ in pairs], [gradloom.from_numpy(seed) for seed in seeds])
    torch.autograd.backward([other for _, other in pairs], [torch.from_numpy(seed) for seed in seeds])
    for one, other in zip(our_leaves, their_leaves, strict=True):
        assert (one.grad is None) == (other.grad is None)
        if other.grad is not None:
            np.testing.assert_allclose(
                one.grad.numpy(), other.grad.resolve_conj().numpy(force=True), strict=True, **tolerance
            )
