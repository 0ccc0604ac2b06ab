"""Random numbers, from PyTorch's CPU stream: the same seed gives the same tensors."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Unpack

import numpy as np

from gradloom import dtypes
from gradloom.autograd.grad_mode import recording
from gradloom.autograd.inplace import check_writable
from gradloom.creation import Place, Where, finish, shape_of
from gradloom.device import checked
from gradloom.device import device as Device
from gradloom.dtypes import Array
from gradloom.dtypes import dtype as DType
from gradloom.kernels.random_stream import Stream
from gradloom.tensor import Tensor, wrap


class Generator:
    """A random stream of its own: `Generator().manual_seed(7)`."""

    __slots__ = ("stream",)

    def __init__(self, device: str | Device = "cpu") -> None:
        checked(device)
        self.stream = Stream()

    @property
    def device(self) -> Device:
        """Where it draws: always the CPU."""
        return Device("cpu")

    def manual_seed(self, seed: int) -> Generator:
        """Begin anew from `seed`."""
        self.stream.reseed(int(seed))
        return self

    def initial_seed(self) -> int:
        """The seed that the stream began with."""
        return self.stream.seed

    def seed(self) -> int:
        """Begin anew from a seed that nobody chose, and return it."""
        self.stream = Stream(None)
        return self.stream.seed

    def get_state(self) -> Tensor:
        """Where the stream stands, as bytes."""
        return wrap(self.stream.state().view(np.uint8))

    def set_state(self, new_state: Tensor) -> Generator:
        """Go on from where `get_state` was called."""
        self.stream.restore(np.ascontiguousarray(new_state.array).view(np.uint64))
        return self


default_generator = Generator()
default_generator.seed()


class _InUse(threading.local):
    generator: Generator | None = None


_in_use = _InUse()


@contextmanager
def use_generator(generator: Generator) -> Iterator[Generator]:
    """Within the block `generator` is this thread's default one; other threads cannot disturb it."""
    before, _in_use.generator = _in_use.generator, generator
    try:
        yield generator
    finally:
        _in_use.generator = before


def _default() -> Generator:
    return _in_use.generator or default_generator


def manual_seed(seed: int) -> Generator:
    """Seed the default generator; one seed gives PyTorch's numbers."""
    return _default().manual_seed(seed)


def seed() -> int:
    """Seed the default generator with a number that nobody chose, and return it."""
    return _default().seed()


def initial_seed() -> int:
    """The seed of the default generator."""
    return _default().initial_seed()


def get_rng_state() -> Tensor:
    """Where the default generator stands, as bytes."""
    return _default().get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Go on from where `get_rng_state` was called."""
    _default().set_state(new_state)


def _stream(generator: Generator | None) -> Stream:
    return (generator or _default()).stream


def default_stream(generator: Generator | None = None) -> Stream:
    """The stream behind `generator`, or behind the default one."""
    return _stream(generator)


def _kind(dtype: DType | None) -> Any:
    kind = dtype or dtypes.get_default_dtype()
    if not kind.is_floating_point:
        raise RuntimeError(f"random floating-point numbers cannot be stored as {kind!r}")
    return kind.numpy


def rand(
    *sizes: Any,
    size: Sequence[int] | None = None,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Uniform numbers in [0, 1) of this size."""
    return finish(
        _stream(generator).uniform(shape_of(sizes if size is None else (size,)), _kind(dtype)),
        requires_grad,
        device,
        **place,
    )


def randn(
    *sizes: Any,
    size: Sequence[int] | None = None,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Normally distributed numbers of mean 0 and variance 1 of this size."""
    return finish(
        _stream(generator).normal(shape_of(sizes if size is None else (size,)), _kind(dtype)),
        requires_grad,
        device,
        **place,
    )


def randint(
    low: Any = 0,
    high: Any = None,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Integers in [low, high), or in [0, high) as `randint(high, size)`; RuntimeError if there is none."""
    if isinstance(high, (tuple, list)):
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    if size is None:
        raise TypeError("randint() missing required argument 'size'")
    drawn = _integers(int(low), int(high), shape_of((tuple(size),)), generator)
    return finish(drawn.astype((dtype or dtypes.int64).numpy, copy=False), requires_grad, device, **place)


def _integers(low: int, high: int, shape: tuple[int, ...], generator: Generator | None) -> Array:
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    return _stream(generator).integers(low, high, shape)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """The numbers 0 to n - 1 in random order."""
    order = _stream(generator).permutation(n)
    return finish(order.astype((dtype or dtypes.int64).numpy, copy=False), requires_grad, device, **place)


def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Uniform numbers in [0, 1), in the shape and dtype of `input`."""
    drawn = _stream(generator).uniform(input.array.shape, _kind(dtype or input.dtype))
    return finish(drawn, requires_grad, device, **place)


def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Normally distributed numbers, in the shape and dtype of `input`."""
    drawn = _stream(generator).normal(input.array.shape, _kind(dtype or input.dtype))
    return finish(drawn, requires_grad, device, **place)


def randint_like(
    input: Tensor,
    low: int = 0,
    high: int | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Integers in [low, high), or below `low` if it stands alone, in the shape and dtype of `input`."""
    first, last = (0, low) if high is None else (low, high)
    drawn = _integers(first, last, tuple(input.array.shape), generator)
    return finish(drawn.astype((dtype or input.dtype).numpy), requires_grad, device, **place)


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Normally distributed numbers; where `mean` or `std` are tensors, each element by its own."""
    stream = _stream(generator)
    if size is not None:
        return finish(
            stream.normal(shape_of((tuple(size),)), _kind(dtype), mean, std), requires_grad, device, **place
        )
    middle, spread = (each.array if isinstance(each, Tensor) else each for each in (mean, std))
    shape = np.broadcast_shapes(np.shape(middle), np.shape(spread))
    kind = dtypes.of_operands([middle, spread]).numpy
    return finish((stream.normal(shape, kind) * spread + middle).astype(kind), requires_grad, device, **place)


def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """One or zero, one with the probability that `input` gives for each element, or with `p` everywhere."""
    if p is not None:
        drawn = _stream(generator).bernoulli(input.array.shape, p)
        return wrap(drawn.astype(input.array.dtype))
    chances = input.array
    if chances.size and not (chances.min() >= 0 and chances.max() <= 1):
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    drawn = _stream(generator).uniform(chances.shape, chances.dtype) < chances
    return wrap(drawn.astype(chances.dtype))


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices drawn with the weights in each row of `input`, as int64."""
    weights = input.array
    if not 1 <= weights.ndim <= 2:
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if np.any(weights < 0) or not np.all(np.isfinite(weights)):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not replacement and num_samples > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    stream = _stream(generator)
    if not replacement or num_samples == 1:
        order = np.argsort(
            -(weights / stream.exponential(weights.shape, weights.dtype)), axis=-1, kind="stable"
        )
        return wrap(np.ascontiguousarray(order[..., :num_samples], dtype=np.int64))
    rows = weights.reshape(-1, weights.shape[-1])
    drawn = stream.uniform_doubles(len(rows) * num_samples).reshape(len(rows), num_samples)
    sums = np.cumsum(rows, axis=1, dtype=rows.dtype)
    sums /= sums[:, -1:]
    picked = np.stack([np.searchsorted(each, at) for each, at in zip(sums, drawn, strict=True)])
    return wrap(picked.reshape((*weights.shape[:-1], num_samples)).astype(np.int64))


def _overwrite(tensor: Tensor, values: Array) -> Tensor:
    if recording.enabled and tensor.requires_grad:
        check_writable(tensor)
        tensor.fill_(0)
    np.copyto(tensor.array, values, casting="unsafe")
    tensor._counter[0] += 1
    return tensor


def uniform_(
    self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with uniform numbers in [from_, to)."""
    return _overwrite(self, _stream(generator).uniform(self.array.shape, self.array.dtype, from_, to))


def normal_(
    self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with normally distributed numbers."""
    return _overwrite(self, _stream(generator).normal(self.array.shape, self.array.dtype, mean, std))


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with exponentially distributed numbers of the rate `lambd`."""
    return _overwrite(self, _stream(generator).exponential(self.array.shape, self.array.dtype, lambd))


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill with ones of probability `p`, and zeros."""
    if isinstance(p, Tensor):
        return _overwrite(self, bernoulli(p, generator=generator).array)
    return _overwrite(self, _stream(generator).bernoulli(self.array.shape, p))


def random_(
    self: Tensor, from_: int = 0, to: int | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Fill with integers in [from_, to); of a wide dtype, any that it represents exactly."""
    stream = _stream(generator)
    if to is None and from_:
        from_, to = 0, from_
    if to is not None:
        return _overwrite(self, stream.integers(from_, to, self.array.shape))
    if self.array.dtype.itemsize == 8 and self.array.dtype.kind == "i":
        drawn = stream.words64(self.array.size) % np.uint64(2**63)
    else:
        limit = _EXACT_LIMIT[self.array.dtype.name]
        wide = limit > 2**32
        drawn = (stream.words64 if wide else stream.words)(self.array.size) % np.uint64(limit)
    return _overwrite(self, drawn.reshape(self.array.shape))


def cauchy_(
    self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with Cauchy-distributed numbers around `median`, half of them within `sigma`."""
    drawn = _stream(generator).uniform_doubles(self.array.size).reshape(self.array.shape)
    return _overwrite(self, median + sigma * np.tan(np.pi * (drawn - 0.5)))


def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill with the number of the first trial that succeeds, each with the chance `p`."""
    drawn = _stream(generator).uniform_doubles(self.array.size).reshape(self.array.shape)
    return _overwrite(self, np.ceil(np.log(drawn) / np.log1p(-p)))


def log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with exp of normally distributed numbers of this mean and standard deviation."""
    stream = _stream(generator)
    drawn = [stream.normal_one() * std + mean for _ in range(self.array.size)]
    return _overwrite(self, np.exp(np.array(drawn)).reshape(self.array.shape))


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, device_type: str = "cuda") -> Iterator[None]:
    """A block after which the default generator stands where it stood before."""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)


_EXACT_LIMIT = {
    "bool": 2, "uint8": 2**8, "int8": 2**7, "int16": 2**15, "int32": 2**31,
    "float16": 2**11 + 1, "float32": 2**24 + 1, "float64": 2**53 + 1,
}  # fmt: skip

for _method in (
    uniform_, normal_, exponential_, bernoulli_, random_, cauchy_, geometric_, log_normal_, bernoulli,
    multinomial,
):  # fmt: skip
    Tensor.bind(_method.__name__, _method)
