"""One pass over a loader, in the calling process."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from gradloom.data.dataset import announcer
from gradloom.data.fetching import Fetch, Recipe
from gradloom.data.sampler import BatchSampler, Indices, draw_seed

if TYPE_CHECKING:
    from gradloom.data.loader import DataLoader


class LoaderIterator:
    """What all passes share: the indices, the draw of a base seed, and the warnings.

    It takes what it needs from the loader and does not hold it, as a loader may hold the iterator.
    """

    def __init__(self, loader: DataLoader[Any]) -> None:
        if loader.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory "
                "won't be used.",
                stacklevel=4,
            )
        self._index_sampler = loader._index_sampler
        self._indices: Iterator[Any] = iter(self._index_sampler)
        # PyTorch draws this seed of its workers before a lazy sampler draws its own, workers or not.
        self._base_seed = draw_seed(loader.generator)
        self._recipe = Recipe(
            loader.dataset, loader._streams, loader._auto_collation, loader.collate_fn, loader.drop_last
        )
        self._told_length = loader._told_length
        self._yielded = 0

    def __iter__(self) -> LoaderIterator:
        return self

    def __len__(self) -> int:
        return len(self._index_sampler)  # type: ignore[arg-type]

    def __next__(self) -> Any:
        data = self._next()
        self._yielded += 1
        if self._told_length is not None and self._yielded > self._told_length:
            self._warn_of_length()
        return data

    def _next(self) -> Any:
        raise NotImplementedError

    _advice = ""

    def _warn_of_length(self) -> None:
        warnings.warn(
            f"Length of IterableDataset {self._recipe.dataset} was reported to be {self._told_length}(when "
            f"accessing len(dataloader)), but {self._yielded} samples have been fetched. {self._advice}",
            stacklevel=3,
        )

    def __getstate__(self) -> Any:
        raise NotImplementedError("{} cannot be pickled", type(self).__name__)


class InProcess(LoaderIterator):
    """Fetches each batch when it is asked for."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        if loader.timeout:
            raise AssertionError("_SingleProcessDataLoaderIter requires timeout == 0")
        fetch, batches, announce = self._recipe.fetcher(), loader.batch_sampler, None
        if self._recipe.takes_arrays() and isinstance(batches, BatchSampler) and batches.has_arrays():
            self._indices = batches.arrays()
            # A given generator is the caller's, who may draw from it between two batches.
            if getattr(batches.sampler, "generator", None) is None:
                announce = announcer(loader.dataset)
        self._data = _ahead(self._indices, fetch, announce) if announce else map(fetch, self._indices)

    def skip(self, count: int) -> None:
        """Leave out the first batches; they are drawn, but not fetched."""
        for _ in islice(self._indices, count):
            pass

    def _next(self) -> Any:
        return next(self._data)


def _ahead(indices: Iterator[Indices], fetch: Fetch, announce: Callable[[Indices], None]) -> Iterator[Any]:
    """The batches, each once the next is announced, so that the disk fetches that one during a step."""
    chosen = next(indices, None)
    while chosen is not None:
        data = fetch(chosen)
        chosen = next(indices, None)
        if chosen is not None:
            announce(chosen)
        yield data
