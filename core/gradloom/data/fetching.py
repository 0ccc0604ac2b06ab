"""From the indices of a sampler to a batch, in whichever process it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gradloom.data.collate import default_collate
from gradloom.data.dataset import gathers_batches

Fetch = Callable[[Any], Any]


@dataclass(frozen=True)
class Recipe:
    """What it takes to fetch.

    Attributes:
        dataset: where the samples come from.
        streams: whether it is read in its own order, not by index.
        batched: whether an index is a list of them.
        collate_fn: joins a list of samples, or converts a single one.
        drop_last: leave out a stream's last batch if it is not full.
    """

    dataset: Any
    streams: bool
    batched: bool
    collate_fn: Callable[[Any], Any]
    drop_last: bool

    def fetcher(self) -> Fetch:
        """A function from index to batch. Of a stream it raises StopIteration at the end."""
        if self.streams:
            return self._from_stream(iter(self.dataset))
        if not self.batched:
            return _telling(lambda index: self.collate_fn(self.dataset[index]))
        if self.collate_fn is default_collate and gathers_batches(self.dataset):
            return self.dataset.collated
        if getattr(self.dataset, "__getitems__", None):
            return _telling(lambda indices: self.collate_fn(self.dataset.__getitems__(indices)))
        return _telling(lambda indices: self.collate_fn(_samples(self.dataset, indices)))

    def takes_arrays(self) -> bool:
        """Whether the fetcher takes indices in an array as well as in a list."""
        taken = getattr(type(self.dataset), "takes_arrays", False)
        return taken and self.collate_fn is default_collate and gathers_batches(self.dataset)

    def _from_stream(self, stream: Iterator[Any]) -> Fetch:
        if not self.batched:
            return lambda _: self.collate_fn(next(stream))

        def batch(places: Sequence[Any]) -> Any:
            samples = [sample for _, sample in zip(places, stream, strict=False)]
            if not samples or (self.drop_last and len(samples) < len(places)):
                raise StopIteration
            return self.collate_fn(samples)

        return batch


def _samples(dataset: Any, indices: Sequence[Any]) -> list[Any]:
    """The samples; what goes wrong says with which."""
    samples = []
    index: Any = None
    try:
        for index in indices:
            samples.append(dataset[index])
    except Exception as error:
        _tell(error, index)
        raise
    return samples


def _telling(fetch: Fetch) -> Fetch:
    """The same, but what goes wrong says with which index, or with which of them."""

    def told(index: Any) -> Any:
        try:
            return fetch(index)
        except Exception as error:
            if not getattr(error, "__notes__", None):
                _tell(error, index)
            raise

    return told


def _tell(error: Exception, index: Any) -> None:
    places = f"indices {list(index)}" if isinstance(index, Sequence) else f"index {index}"
    error.add_note(f"This happened at {places} of the dataset.")
