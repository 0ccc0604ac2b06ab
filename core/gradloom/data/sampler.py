"""Samplers: in which order a loader visits a dataset. Orders equal PyTorch's for the same seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import cycle, islice
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from gradloom import dtypes, random
from gradloom.creation import as_tensor, empty
from gradloom.tensor import Tensor

Indices: TypeAlias = npt.NDArray[np.int64]

Index = TypeVar("Index", covariant=True)

_DRAWS_AT_ONCE = 32  # with replacement PyTorch draws in blocks of 32, which fixes the stream


def draw_seed(generator: random.Generator | None = None) -> int:
    """A seed for another stream: one 63-bit number from `generator`, or from the global stream."""
    return int(random.random_(empty((), dtype=dtypes.int64), generator=generator).item())


class Sampler(Generic[Index]):
    """An iterable of indices. Subclasses define `__iter__`, and `__len__` where the number is known."""

    def __iter__(self) -> Iterator[Index]:
        raise NotImplementedError("Subclasses of Sampler should implement __iter__.")


class SequentialSampler(Sampler[int]):
    """Every index once, in order."""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def passes(self) -> Iterator[Indices]:
        """The indices in arrays, as many as come at once."""
        yield np.arange(len(self.data_source))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """Indices in random order.

    Without a generator each pass is seeded by one draw from the global stream, as in PyTorch.

    Args:
        data_source: what is sampled; only its length is used.
        replacement: draw each index independently, so that some repeat.
        num_samples: how many indices one pass yields; by default the length of `data_source`.
        generator: source of randomness.
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: random.Generator | None = None,
    ) -> None:
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(
                f"num_samples should be a positive integer value, but got num_samples={self.num_samples}"
            )

    @property
    def num_samples(self) -> int:
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        for indices in self.passes():
            yield from indices.tolist()

    def passes(self) -> Iterator[Indices]:
        """The indices in arrays, as many as are drawn at once; each is drawn when it is asked for."""
        generator = self.generator or random.Generator().manual_seed(draw_seed())
        size = len(self.data_source)
        if self.replacement:
            yield from self._with_replacement(size, generator)
            return
        passes, rest = divmod(self.num_samples, size)
        for _ in range(passes):
            yield random.randperm(size, generator=generator).array
        # PyTorch draws this last permutation even when nothing of it is used, as a given stream shows.
        if rest or self.generator is not None:
            yield random.randperm(size, generator=generator).array[:rest]

    def _with_replacement(self, size: int, generator: random.Generator) -> Iterator[Indices]:
        for _ in range(self.num_samples // _DRAWS_AT_ONCE):
            yield random.randint(0, size, (_DRAWS_AT_ONCE,), generator=generator).array
        rest = self.num_samples % _DRAWS_AT_ONCE
        yield random.randint(0, size, (rest,), generator=generator).array

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """The given indices in random order, each once."""

    def __init__(self, indices: Sequence[int], generator: random.Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in random.randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices drawn with probabilities in proportion to `weights`.

    Args:
        weights: a weight for each index, >= 0, not necessarily with sum 1.
        num_samples: how many indices one pass yields, > 0.
        replacement: draw each index independently, so that some repeat.
        generator: source of randomness.
    """

    def __init__(
        self,
        weights: Sequence[float] | Tensor,
        num_samples: int,
        replacement: bool = True,
        generator: random.Generator | None = None,
    ) -> None:
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples <= 0:
            raise ValueError(
                f"num_samples should be a positive integer value, but got num_samples={num_samples}"
            )
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = as_tensor(weights, dtype=dtypes.float64)
        if self.weights.ndim != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        drawn = random.multinomial(self.weights, self.num_samples, self.replacement, generator=self.generator)
        yield from drawn.tolist()

    def __len__(self) -> int:
        return self.num_samples


class DistributedSampler(Sampler[int]):
    """One process's share of a dataset, of which every process gets as many samples as the others.

    Call `set_epoch` before each epoch, or each has the same order.

    Args:
        dataset: what is shared; only its length is used.
        num_replicas: how many processes share, > 0.
        rank: which of them this is, >= 0.
        shuffle: share in a random order, which `seed` and the epoch fix.
        seed: the same number in every process.
        drop_last: leave out what cannot be shared equally; otherwise some samples are given twice.
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise RuntimeError("Requires distributed package to be available")
        if rank >= num_replicas or rank < 0:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        self.shuffle = shuffle
        self.seed = seed
        whole, rest = divmod(len(dataset), num_replicas)
        self.num_samples = whole if drop_last or not rest else whole + 1
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        size = len(self.dataset)
        order = list(range(size))
        if self.shuffle:
            generator = random.Generator().manual_seed(self.seed + self.epoch)
            order = random.randperm(size, generator=generator).tolist()
        shared = islice(cycle(order), self.total_size)
        return islice(shared, self.rank, None, self.num_replicas)

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Let the next pass have the order of this epoch."""
        self.epoch = epoch


class BatchSampler(Sampler[list[int]]):
    """Lists of `batch_size` indices taken from another sampler.

    Args:
        sampler: where the single indices come from.
        batch_size: indices in a batch, > 0.
        drop_last: leave out the last batch if it is not full.
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(
                f"batch_size should be a positive integer value, but got batch_size={batch_size}"
            )
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(islice(indices, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield batch

    def has_arrays(self) -> bool:
        """Whether `arrays` may stand in for iterating: not where a subclass says what is iterated."""
        return type(self) is BatchSampler and type(self.sampler) in (SequentialSampler, RandomSampler)

    def arrays(self) -> Iterator[Indices]:
        """The batches as arrays, without a Python number for each index; draws as iterating does."""
        passes: Iterator[Indices] = self.sampler.passes()  # type: ignore[attr-defined]
        left = np.empty(0, np.int64)
        for indices in passes:
            joined = np.concatenate([left, indices]) if len(left) else indices
            whole = len(joined) // self.batch_size * self.batch_size
            for start in range(0, whole, self.batch_size):
                yield joined[start : start + self.batch_size]
            left = joined[whole:]
        if len(left) and not self.drop_last:
            yield left

    def __len__(self) -> int:
        samples = len(self.sampler)  # type: ignore[arg-type]
        return samples // self.batch_size if self.drop_last else -(-samples // self.batch_size)
