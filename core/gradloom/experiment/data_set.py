"""Loads data sets. Those that come from the user's disk are kept for a while, until their files change."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from pathlib import Path

import numpy as np

from gradloom.data.sources import AnySamples, DataError, Samples, StoredSamples
from gradloom.experiment.choices import make
from gradloom.experiment.data_paths import chosen_paths
from gradloom.experiment.document import Choice
from gradloom.plugins.catalogue import Catalogue, Kind

MOST_KEPT = 4
MOST_BYTES = 2**30
"""The data sets kept take no more than this together, but the last one is kept whatever it takes."""


class SamplesCache:
    """The data sets that were asked for last. For any number of threads, which never read the same twice."""

    def __init__(self, most: int = MOST_KEPT, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Future[AnySamples]] = OrderedDict()

    def get(self, key: Hashable, read: Callable[[], AnySamples]) -> AnySamples:
        """What is kept under the key, else what `read` gives; what it raises is not kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            else:
                reading = self._kept[key] = Future()
        return found.result() if found is not None else self._read(key, reading, read)

    def _read(self, key: Hashable, reading: Future[AnySamples], read: Callable[[], AnySamples]) -> AnySamples:
        try:
            samples = read()
        except BaseException as error:
            with self._lock:
                self._kept.pop(key, None)
            reading.set_exception(error)
            raise
        reading.set_result(samples)
        with self._lock:
            self._forget_the_oldest()
        return samples

    def _forget_the_oldest(self) -> None:
        while len(self._kept) > 1 and (len(self._kept) > self._most or self._bytes() > self._most_bytes):
            self._kept.popitem(last=False)

    def _bytes(self) -> int:
        return sum(_size(future.result()) for future in self._kept.values() if future.done())


_cache = SamplesCache()


def load_samples(source: Choice, catalogue: Catalogue) -> AnySamples:
    """The data set that was chosen; relative paths in it begin at the current folder (see `located`).

    A data set from files is read again when they change, and kept otherwise.

    Raises:
        ChoiceError: there is no such data set, or it does not take its parameters.
        DataError: it cannot be read.
    """
    state = state_of_files(source, catalogue)
    if not state:
        return _make(source, catalogue)
    key = (catalogue[source.kind].factory, repr(sorted(source.parameters.items())), state)
    return _cache.get(key, lambda: _make(source, catalogue))


def state_of_files(source: Choice, catalogue: Catalogue) -> tuple[Hashable, ...]:
    """The files and folders that the data set is read from, with what tells that they have changed.

    Of a file, that is its time and size; of a folder, its time and those of the folders in it, which tell
    of files that came, went or were replaced, but not of one that was overwritten in its place.
    """
    return tuple(_state(Path(path).absolute()) for _, path in chosen_paths(source, catalogue))


def _make(source: Choice, catalogue: Catalogue) -> AnySamples:
    samples = make(source, Kind.DATASET, catalogue)
    if not isinstance(samples, Samples | StoredSamples):
        raise DataError(f"{source.kind} must give Samples, but it gave {type(samples).__name__}.")
    return samples


def _state(path: Path) -> Hashable:
    try:
        status = path.stat()
        return str(path), status.st_mtime_ns, status.st_size, tuple(sorted(_folders_in(path)))
    except (OSError, ValueError):
        return str(path), None


def _folders_in(path: Path) -> Iterator[tuple[str, int]]:
    if path.is_dir():
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir():
                    yield entry.name, entry.stat().st_mtime_ns


def _size(samples: AnySamples) -> int:
    """Bytes of the arrays in memory; the columns of a table only look into it."""
    if isinstance(samples, StoredSamples):
        return samples.rows.nbytes + (samples.target.nbytes if isinstance(samples.target, np.ndarray) else 0)
    fields = [samples.x] if samples.feature_names else samples.inputs.values()
    return sum(array.nbytes for array in (*fields, samples.target))
