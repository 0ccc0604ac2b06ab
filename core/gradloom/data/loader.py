"""DataLoader: batches of a dataset, in PyTorch's order for the same seed."""

from __future__ import annotations

import multiprocessing
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.context import BaseContext
from typing import Any, Generic, TypeVar, cast

from gradloom import random
from gradloom.data.collate import default_collate, default_convert
from gradloom.data.dataset import Dataset, IterableDataset
from gradloom.data.iteration import InProcess, LoaderIterator
from gradloom.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

Sample = TypeVar("Sample", covariant=True)
Collate = Callable[[list[Any]], Any]

_FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class DataLoader(Generic[Sample]):
    """Iterates over a dataset batch by batch. Each `iter()` is one epoch with its own shuffle.

    A dataset with a `collated` method (see `Batched`) is gathered a whole batch at a time.

    Args:
        dataset: where the samples come from.
        batch_size: samples in a batch, > 0; None yields single samples.
        shuffle: visit the samples in a new random order each epoch.
        sampler: the order of single samples, instead of `shuffle`.
        batch_sampler: the batches themselves, as lists of indices.
        num_workers: loading processes; 0 loads in the calling thread. The batches are the same.
        collate_fn: joins a list of samples into a batch.
        pin_memory: has no effect on a CPU but a warning.
        drop_last: leave out the last batch if it is not full.
        timeout: seconds to wait for a batch of the workers; 0 waits for ever.
        worker_init_fn: called in each worker with its number, after seeding, before loading.
        multiprocessing_context: how workers are started: "fork", "spawn", or a context.
        generator: source of randomness for the order and the workers' seeds.
        prefetch_factor: batches that each worker is ahead, > 0; 2 by default.
        persistent_workers: keep the workers, and their copies of the dataset, from epoch to epoch.
        pin_memory_device: has no effect.
        in_order: yield batches in the order of the sampler, even if a later one is there first.

    Raises:
        ValueError: the arguments exclude each other.
    """

    _finished = False

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
        multiprocessing_context: str | BaseContext | None = None,
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
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self.collate_fn: Collate = collate_fn or (
            default_convert if batch_sampler is None else default_collate
        )
        self._told_length: int | None = None
        self._kept: Any = None
        self._finished = True
        _warn_of_many_workers(num_workers)

    @property
    def multiprocessing_context(self) -> BaseContext | None:
        """How workers are started, or None for the default way."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: str | BaseContext | None) -> None:
        self._context = None if context is None else _checked_context(context, self.num_workers)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _FIXED and self._finished:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    def __iter__(self) -> Iterator[Any]:
        return self._get_iterator()

    def _get_iterator(self) -> LoaderIterator:
        if not self.num_workers:
            return InProcess(self)
        from gradloom.data.workers import InWorkers  # most programs start no processes

        if not self.persistent_workers:
            return InWorkers(self)
        if self._kept is None:
            self._kept = InWorkers(self)
        else:
            self._kept.begin(self)
        return cast(LoaderIterator, self._kept)

    def __len__(self) -> int:
        if not self._streams:
            return len(self._index_sampler)  # type: ignore[arg-type]
        samples = self._told_length = len(cast(Sequence[Any], self.dataset))
        if self.batch_size is None:
            return samples
        return samples // self.batch_size if self.drop_last else -(-samples // self.batch_size)

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Iterable[Any]:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_kept": None}


class _Places(Sampler[None]):
    """As many places as a stream has samples to put there."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


def _default_sampler(dataset: Any, shuffle: bool | None, generator: random.Generator | None) -> Iterable[Any]:
    if isinstance(dataset, IterableDataset):
        return _Places()
    return RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)


def _check_workers(workers: int, timeout: float, prefetch_factor: int | None, persistent: bool) -> None:
    if workers < 0:
        raise ValueError(
            "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing."
        )
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable "
            "multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if persistent and workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_stream(shuffle: bool | None, sampler: Any, batch_sampler: Any) -> None:
    for name, given in (("shuffle", shuffle or None), ("sampler", sampler), ("batch_sampler", batch_sampler)):
        if given is not None:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={given}"
            )


def _checked_context(context: str | BaseContext, workers: int) -> BaseContext:
    if not workers:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
            f"num_workers={workers}"
        )
    if isinstance(context, str):
        methods = multiprocessing.get_all_start_methods()
        if context not in methods:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {methods!r}, but got "
                f"multiprocessing_context={context!r}"
            )
        return multiprocessing.get_context(context)
    if not isinstance(context, BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the "
            f"start method, but got multiprocessing_context={context}"
        )
    return context


def _warn_of_many_workers(workers: int) -> None:
    counted = hasattr(os, "sched_getaffinity")
    most = len(os.sched_getaffinity(0)) if counted else os.cpu_count() or 1
    unsure = "" if counted else " (`cpuset` is not taken into account)"
    if workers > most:
        warnings.warn(
            f"This DataLoader will create {workers} worker processes in total. Our suggested max number of "
            f"worker in current system is {most}{unsure}, which is smaller than what this DataLoader is "
            "going to create. Please be aware that excessive worker creation might get DataLoader running "
            "slow or even freeze, lower the worker number to avoid potential slowness/freeze if necessary.",
            stacklevel=3,
        )
