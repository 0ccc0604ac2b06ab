"""DataLoader: batches of a dataset, in PyTorch's order for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar, cast

from gradloom import random
from gradloom.data.collate import default_collate, default_convert
from gradloom.data.dataset import Dataset, IterableDataset, gathers_batches
from gradloom.data.sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed

Sample = TypeVar("Sample", covariant=True)
Collate = Callable[[list[Any]], Any]


class DataLoader(Generic[Sample]):
    """Iterates over a dataset batch by batch. Each `iter()` is one epoch with its own shuffle.

    A dataset with a `collated` method (see `Batched`) is gathered a whole batch at a time.

    Args:
        dataset: where the samples come from.
        batch_size: samples in a batch, > 0; None yields single samples.
        shuffle: visit the samples in a new random order each epoch.
        sampler: the order of single samples, instead of `shuffle`.
        batch_sampler: the batches themselves, as lists of indices.
        num_workers: loading processes; 0 loads in the calling thread, and is what is supported.
        collate_fn: joins a list of samples into a batch.
        pin_memory: has no effect on a CPU; accepted so that scripts run as they are.
        drop_last: leave out the last batch if it is not full.
        timeout: only for worker processes.
        worker_init_fn: only for worker processes.
        multiprocessing_context: only for worker processes.
        generator: source of randomness for the order.

    Raises:
        ValueError: the arguments exclude each other.
        NotImplementedError: `num_workers` is not 0.
    """

    def __init__(
        self,
        dataset: Dataset[Sample] | Sequence[Sample],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Sequence[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Collate | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: random.Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self._streams = isinstance(dataset, IterableDataset)
        if self._streams:
            _check_stream(shuffle, sampler, batch_sampler)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive "
                    "with batch_size, shuffle, sampler, and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError(
                "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
            )
        if sampler is None:
            sampler = _default_sampler(dataset, shuffle, generator)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset = dataset
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.num_workers = num_workers
        self.pin_memory = pin_memory
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.collate_fn: Collate = collate_fn or (
            default_convert if batch_sampler is None else default_collate
        )

    def __iter__(self) -> Iterator[Any]:
        indices = iter(self._index_sampler)
        # PyTorch draws a base seed for its workers here, before a lazy sampler draws its own; so must we.
        draw_seed(self.generator)
        return self._stream() if self._streams else self._map(indices)

    def __len__(self) -> int:
        if not self._streams:
            return len(self._index_sampler)  # type: ignore[arg-type]
        samples = len(cast(Sequence[Any], self.dataset))
        if self.batch_size is None:
            return samples
        return samples // self.batch_size if self.drop_last else -(-samples // self.batch_size)

    @property
    def _index_sampler(self) -> Iterable[Any]:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def _map(self, sampled: Iterator[Any]) -> Iterator[Any]:
        dataset = cast(Sequence[Any], self.dataset)
        if self.batch_sampler is None:
            return (self.collate_fn(dataset[index]) for index in sampled)
        return (self._batch(dataset, indices) for indices in sampled)

    def _batch(self, dataset: Any, indices: Sequence[Any]) -> Any:
        if self.collate_fn is default_collate and gathers_batches(dataset):
            return dataset.collated(indices)
        if getattr(dataset, "__getitems__", None):
            return self.collate_fn(dataset.__getitems__(indices))
        return self.collate_fn([dataset[index] for index in indices])

    def _stream(self) -> Iterator[Any]:
        samples = iter(self.dataset)
        if self.batch_size is None:
            yield from map(self.collate_fn, samples)  # type: ignore[arg-type]
            return
        while batch := list(islice(samples, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield self.collate_fn(batch)


def _default_sampler(dataset: Any, shuffle: bool | None, generator: random.Generator | None) -> Iterable[Any]:
    if isinstance(dataset, IterableDataset):
        return ()
    return RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)


def _check_workers(workers: int, timeout: float, prefetch_factor: int | None, persistent: bool) -> None:
    if workers < 0:
        raise ValueError(
            "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing."
        )
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if workers > 0:
        raise NotImplementedError(
            f"DataLoader loads in the calling thread only, but got num_workers={workers}; use num_workers=0."
        )
    if prefetch_factor is not None:
        raise ValueError("prefetch_factor option could only be specified with num_workers > 0.")
    if persistent:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_stream(shuffle: bool | None, sampler: Any, batch_sampler: Any) -> None:
    for name, given in (("shuffle", shuffle or None), ("sampler", sampler), ("batch_sampler", batch_sampler)):
        if given is not None:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={given}"
            )
