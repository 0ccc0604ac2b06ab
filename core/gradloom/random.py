"""Random numbers, from PyTorch's CPU stream: the same seed gives the same tensors."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.autograd.grad_mode import recording
from gradloom.autograd.inplace import check_writable
from gradloom.creation import creator, empty, shape_of
from gradloom.device import checked
from gradloom.device import device as Device
from gradloom.dtypes import Array
from gradloom.dtypes import dtype as DType
from gradloom.kernels.random_stream import Stream
from gradloom.ops.copying import copy
from gradloom.ops.shapes import explain_broadcast
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


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, device_type: str = "cuda") -> Iterator[None]:
    """A block after which the default generator stands where it stood before."""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)


def _stream(generator: Generator | None) -> Stream:
    return (generator or _default()).stream


def default_stream(generator: Generator | None = None) -> Stream:
    """The stream behind `generator`, or behind the default one."""
    return _stream(generator)


def _floating(dtype: DType | None, kernel: str) -> Any:
    """The NumPy dtype of random numbers; NotImplementedError if it is not one with fractions."""
    kind = dtype or dtypes.get_default_dtype()
    if kind.category < 2:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtypes.legacy_name(kind.numpy)}'")
    return kind.numpy


def _uniform(stream: Stream, shape: tuple[int, ...], kind: Any, low: float = 0.0, high: float = 1.0) -> Array:
    """Uniform numbers; of complex ones real and imaginary part apart."""
    if kind.kind == "c":
        parts: Array = stream.uniform((*shape, 2), _part(kind), low, high).view(kind)
        return parts[..., 0]
    drawn = stream.uniform(shape, kind, low, high)
    if kind.itemsize == 2:
        # Rounding may reach the end that the interval does not have.
        drawn[drawn == drawn.dtype.type(high)] = low
    return drawn


def _normal(stream: Stream, shape: tuple[int, ...], kind: Any, mean: float = 0.0, std: float = 1.0) -> Array:
    """Normally distributed numbers; of complex ones each part has the mean and half the variance."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    if kind.kind == "c":
        pairs: Array = stream.normal((*shape, 2), _part(kind), mean, std * math.sqrt(0.5)).view(kind)
        return pairs[..., 0]
    return stream.normal(shape, kind, mean, std)


def _part(kind: Any) -> Any:
    return np.dtype(np.float64 if kind == np.complex128 else np.float32)


@creator
def rand(
    *sizes: Any,
    size: Sequence[int] | None = None,
    generator: Generator | None = None,
    dtype: DType | None = None,
) -> Array:
    """Uniform numbers in [0, 1) of this size."""
    shape = shape_of(sizes if size is None else (size,), "rand")
    return _uniform(_stream(generator), shape, _floating(dtype, "check_uniform_bounds"))


@creator
def randn(
    *sizes: Any,
    size: Sequence[int] | None = None,
    generator: Generator | None = None,
    dtype: DType | None = None,
) -> Array:
    """Normally distributed numbers of mean 0 and variance 1 of this size."""
    shape = shape_of(sizes if size is None else (size,), "randn")
    return _normal(_stream(generator), shape, _floating(dtype, "normal_kernel_cpu"))


def _bounded(stream: Stream, low: int, high: int, shape: tuple[int, ...], kind: Any) -> Array:
    """Integers in [low, high) in a dtype that holds them."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        for name, value in (("from", low), ("to - 1", high - 1)):
            if not limits.min <= value <= limits.max:
                raise RuntimeError(f"{name} is out of bounds for {_C_NAMES[kind.name]}")
    return stream.integers(low, high, shape).astype(kind, copy=False)


_C_NAMES = {
    "uint8": "unsigned char", "int8": "signed char", "int16": "short", "int32": "int", "int64": "long",
    "uint16": "unsigned short", "uint32": "unsigned int", "uint64": "unsigned long",
}  # fmt: skip


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
    return _bounded(_stream(generator), int(first), int(last), shape, (dtype or dtypes.int64).numpy)


@creator
def randperm(n: int, *, generator: Generator | None = None, dtype: DType | None = None) -> Array:
    """The numbers 0 to n - 1 in random order."""
    shape_of((n,), "randperm")
    return _stream(generator).permutation(n).astype((dtype or dtypes.int64).numpy, copy=False)


def _as_it_lies(input: Tensor, draw: Callable[[tuple[int, ...]], Tensor]) -> Tensor:
    """What `draw` gives for the shape of `input`, element after element as they lie in its memory."""
    array = input.array
    order = sorted(range(array.ndim), key=lambda dim: -array.strides[dim])
    if array.flags.c_contiguous or not array.transpose(order).flags.c_contiguous:
        return draw(array.shape)
    drawn = draw(tuple(array.shape[dim] for dim in order))
    drawn.array = drawn.array.transpose([order.index(dim) for dim in range(array.ndim)])
    return drawn


def rand_like(input: Tensor, *, dtype: DType | None = None, **kwargs: Any) -> Tensor:
    """Uniform numbers in [0, 1), in the shape and dtype of `input`."""
    return _as_it_lies(input, lambda size: rand(size=size, dtype=dtype or input.dtype, **kwargs))


def randn_like(input: Tensor, *, dtype: DType | None = None, **kwargs: Any) -> Tensor:
    """Normally distributed numbers, in the shape and dtype of `input`."""
    kind = dtype or input.dtype

    def draw(size: tuple[int, ...]) -> Tensor:
        if input.array.flags.c_contiguous:
            return randn(size=size, dtype=kind, **kwargs)
        # PyTorch draws in blocks only where memory is row-major.
        stream = _stream(kwargs.pop("generator", None))
        drawn = np.array([stream.normal_one() for _ in range(input.array.size)], kind.numpy)
        made: Tensor = empty(size=size, dtype=kind, **kwargs)
        np.copyto(made.array, drawn.reshape(size))
        return made

    return _as_it_lies(input, draw)


def randint_like(
    input: Tensor, low: int = 0, high: int | None = None, *, dtype: DType | None = None, **kwargs: Any
) -> Tensor:
    """Integers in [low, high), or below `low` if it stands alone, in the shape and dtype of `input`."""
    first, last = (0, low) if high is None else (low, high)
    return randint(first, last, tuple(input.array.shape), dtype=dtype or input.dtype, **kwargs)


def _drawn_for(input: Tensor, values: Array) -> Tensor:
    """`values` as what was made of `input`, to which no more than zeros flow back."""
    result: Tensor = Tensor.apply(copy, (input, values, False))
    return result


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
    drawn = (_normal(_stream(generator), shape, kind) * spread + middle).astype(kind)
    given = mean if isinstance(mean, Tensor) else std
    made = _drawn_for(given.expand(shape), drawn) if isinstance(given, Tensor) else wrap(drawn)
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
    return _normal(_stream(generator), shape, _floating(dtype, "normal_kernel_cpu"), mean, std)


def _check_chances(p: Any, name: str) -> None:
    if not 0 <= p <= 1:
        raise RuntimeError(f"{name} expects p to be in [0, 1], but got p={p:g}")


def bernoulli(
    input: Tensor, p: float | None = None, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor:
    """One or zero: one with the probability that `input` gives for each element, or with that of `p`."""
    chances = input.array
    if p is not None:
        _check_chances(p, "bernoulli_")
        drawn = _stream(generator).bernoulli(chances.shape, p)
    elif chances.dtype.kind not in "fV":
        kind = dtypes.legacy_name(chances.dtype)
        raise NotImplementedError(f"\"bernoulli_tensor_cpu_p_\" not implemented for '{kind}'")
    elif chances.size and not (chances.min() >= 0 and chances.max() <= 1):
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be "
            "improved?  If so, please report an enhancement request to PyTorch.)"
        )
    else:
        drawn = _stream(generator).uniform(chances.shape, chances.dtype) < chances
    made = _drawn_for(input, drawn.astype(chances.dtype))
    return made if out is None else out.receive(made, "bernoulli")


def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Indices drawn with the weights in each row of `input`, as int64."""
    made = wrap(_drawn_by_weight(input.array, num_samples, replacement, _stream(generator)))
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
    if np.any(weights < 0) or not np.all(np.isfinite(weights)):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if np.any(weights.sum(axis=-1) <= 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


def _drawn_by_weight(weights: Array, num_samples: int, replacement: bool, stream: Stream) -> Array:
    _check_weights(weights, num_samples, replacement)
    if not replacement or num_samples == 1:
        order = np.argsort(
            -(weights / stream.exponential(weights.shape, weights.dtype)), axis=-1, kind="stable"
        )
        return np.ascontiguousarray(order[..., :num_samples], dtype=np.int64)
    rows = weights.reshape(-1, weights.shape[-1])
    drawn = stream.uniform_doubles(len(rows) * num_samples).reshape(len(rows), num_samples)
    sums = np.cumsum(rows, axis=1, dtype=rows.dtype)
    sums /= sums[:, -1:]
    picked = np.stack([np.searchsorted(each, at) for each, at in zip(sums, drawn, strict=True)])
    return picked.reshape((*weights.shape[:-1], num_samples)).astype(np.int64)


def _overwrite(tensor: Tensor, values: Array) -> Tensor:
    if recording.enabled and tensor.requires_grad:
        check_writable(tensor)
        tensor.fill_(0)
    np.copyto(tensor.array, values, casting="unsafe")
    tensor._counter[0] += 1
    return tensor


def _kind_of(tensor: Tensor, kernel: str) -> Any:
    return _floating(tensor.dtype, kernel)


def uniform_(
    self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None, **bounds: float
) -> Tensor:
    """Fill with uniform numbers in [from_, to); `from`, PyTorch's name, can be given in a dictionary."""
    low = bounds.get("from", from_)
    kind = _kind_of(self, "check_uniform_bounds")
    if low > to:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={to:g}"
        )
    return _overwrite(self, _uniform(_stream(generator), self.array.shape, kind, low, to))


def normal_(
    self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with normally distributed numbers."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    kind = _kind_of(self, "normal_kernel_cpu")
    return _overwrite(self, _normal(_stream(generator), self.array.shape, kind, mean, std))


def log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with numbers whose logarithms are normally distributed."""
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    _kind_of(self, "log_normal_cpu")
    drawn = [_stream(generator).normal_one() for _ in range(self.array.size)]
    return _overwrite(self, np.exp(np.reshape(drawn, self.array.shape) * std + mean))


def cauchy_(
    self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with Cauchy distributed numbers: median + sigma * tan(pi * (u - 1/2))."""
    if sigma <= 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    if self.array.dtype.kind not in "fV":
        raise RuntimeError(
            "Cauchy distribution is a continuous probability distribution. dtype must be a floating point "
            f"but you specified {dtypes.legacy_name(self.array.dtype)}"
        )
    unit = _stream(generator).uniform_doubles(self.array.size).reshape(self.array.shape)
    return _overwrite(self, median + sigma * np.tan(np.pi * (unit - 0.5)))


def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill with how many trials of probability `p` it took to succeed: ceil(log(u) / log(1 - p))."""
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    unit = _stream(generator).uniform_doubles(self.array.size).reshape(self.array.shape)
    return _overwrite(self, np.ceil(np.log(unit) / math.log1p(-p)))


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with exponentially distributed numbers of the rate `lambd`."""
    if self.array.dtype.kind not in "fV":
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating "
            f"point but you specified {dtypes.legacy_name(self.array.dtype)}"
        )
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    return _overwrite(self, _stream(generator).exponential(self.array.shape, self.array.dtype, lambd))


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill with ones of probability `p`, a number or a tensor of them, and zeros."""
    if isinstance(p, Tensor):
        return _overwrite(self, bernoulli(p.detach(), generator=generator).array)
    _check_chances(p, "bernoulli_")
    return _overwrite(self, _stream(generator).bernoulli(self.array.shape, p))


def random_(
    self: Tensor, from_: int = 0, to: int | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Fill with integers in [from_, to); of a wide dtype, any that it represents exactly."""
    stream = _stream(generator)
    if to is None and from_:
        from_, to = 0, from_
    if to is not None:
        return _overwrite(self, _bounded(stream, int(from_), int(to), self.array.shape, self.array.dtype))
    if self.array.dtype.itemsize == 8 and self.array.dtype.kind == "i":
        drawn = stream.words64(self.array.size) % np.uint64(2**63)
    else:
        limit = _EXACT_LIMIT[self.array.dtype.name]
        wide = limit > 2**32
        drawn = (stream.words64 if wide else stream.words)(self.array.size) % np.uint64(limit)
    return _overwrite(self, drawn.reshape(self.array.shape))


_EXACT_LIMIT = {
    "bool": 2, "uint8": 2**8, "int8": 2**7, "int16": 2**15, "int32": 2**31,
    "float16": 2**11 + 1, "bfloat16": 2**8 + 1, "float32": 2**24 + 1, "float64": 2**53 + 1,
}  # fmt: skip

for _method in (
    uniform_, normal_, log_normal_, cauchy_, geometric_, exponential_, bernoulli_, random_, multinomial,
    bernoulli,
):  # fmt: skip
    Tensor.bind(_method.__name__, _method)
