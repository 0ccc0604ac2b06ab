"""From a document's data settings to batches: read, split, normalize, load."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from gradloom.data import DataLoader, Dataset, TensorDataset
from gradloom.data.iteration import InProcess
from gradloom.data.sources import AnySamples, DataError, Normalization, Split, StoredSamples, split
from gradloom.data.sources.samples import Array
from gradloom.experiment.choices import make
from gradloom.experiment.data_set import load_samples
from gradloom.experiment.document import Document
from gradloom.plugins.catalogue import Catalogue, Kind
from gradloom.tensor import Tensor, wrap

VALIDATION_BATCH, VALIDATION_BYTES = 256, 16 * 2**20
"""Rows in a validation batch: enough to be fast, few enough for the memory of a wide convolution.

There are fewer where their inputs take more than so many bytes, but as many as in a training batch.
"""

Batch: TypeAlias = tuple[tuple[Tensor, ...], Tensor]
"""The fields that the network reads, each (N, ...), and the target."""

Transform: TypeAlias = Callable[[Tensor], Tensor]


_SCALES: WeakKeyDictionary[StoredSamples, dict[Hashable, Normalization]] = WeakKeyDictionary()
"""Of large data sets, which are kept for a while, their scales, which take long to find."""


@dataclass(frozen=True, eq=False)
class Parts:
    """A document's data set, split: as it is, and with its inputs float32 and on one scale."""

    raw: Split[AnySamples]
    scaled: Split[AnySamples]
    normalization: Normalization


def load_parts(
    document: Document,
    catalogue: Catalogue,
    before_block: Callable[[], None] = lambda: None,
    full_batches: int | None = None,
) -> Parts:
    """The document's data set.

    Args:
        document: which one, and how it is split and scaled.
        catalogue: what there is to choose from.
        before_block: called before each block of rows that is read to find the scale; it may raise.
        full_batches: keep the first rows only, for so many full batches and the last one as it is.

    Raises:
        ChoiceError, DataError: the data set cannot be made, or not split.
    """
    settings = document.data
    samples = load_samples(settings.source, catalogue)
    raw = split(samples, settings.validation, settings.split_seed)
    if full_batches is not None:
        raw = Split(
            _first(raw.train, full_batches, document.training.batch_size),
            _first(raw.validation, full_batches, VALIDATION_BATCH),
        )
    known = _SCALES.setdefault(samples, {}) if isinstance(samples, StoredSamples) else {}
    key = settings.validation, settings.split_seed, settings.normalize, full_batches
    if key not in known:
        known[key] = Normalization.of(raw.train, settings.normalize, before_block)
    scaled = Split(known[key].apply(raw.train), known[key].apply(raw.validation))
    return Parts(raw, scaled, known[key])


def _first(samples: AnySamples, batches: int, size: int) -> AnySamples:
    count = len(samples)
    return samples.take(np.arange(min(count, batches * size + count % size)))


@dataclass(frozen=True)
class Batches:
    """A document's data, ready for its network.

    `fields` are the inputs that the network reads, in order.
    """

    train: TensorDataset | StoredDataset
    validation: TensorDataset | StoredDataset
    loader: DataLoader[tuple[Tensor, ...]]
    transforms: tuple[Transform, ...]
    fields: tuple[str, ...]

    @classmethod
    def of(
        cls, document: Document, catalogue: Catalogue, parts: Split[AnySamples], fields: Sequence[str]
    ) -> Batches:
        """Batches of these fields, the training rows in a new order each epoch."""
        train = _dataset(parts.train, fields)
        return cls(
            train,
            _dataset(parts.validation, fields),
            DataLoader(train, batch_size=document.training.batch_size, shuffle=True),
            tuple(make(choice, Kind.TRANSFORM, catalogue) for choice in document.data.transforms),
            tuple(fields),
        )

    def epoch(self, begin: int = 0) -> Iterator[Batch]:
        """The training rows once, shuffled by the default generator of this thread, and transformed.

        The first `begin` batches are left out, and not read.
        """
        batches = InProcess(self.loader)
        batches.skip(begin)
        return self._transformed(batches)

    def _transformed(self, batches: Iterator[Sequence[Tensor]]) -> Iterator[Batch]:
        for *inputs, target in batches:
            for transform in self.transforms:
                inputs = [transform(field) for field in inputs]
            yield tuple(inputs), target

    def held_out(self) -> Iterator[Batch]:
        """The validation rows once, in order and as they are."""
        *first, _ = self.validation.collated(np.arange(1))
        fitting = VALIDATION_BYTES // max(1, sum(field.nbytes for field in first))
        count = min(VALIDATION_BATCH, max(fitting, self.loader.batch_size or 1))
        for start in range(0, len(self.validation), count):
            # Copies, as those for training are, so that a layer that writes into its input harms nobody.
            rows = np.arange(start, min(start + count, len(self.validation)))
            *inputs, target = self.validation.collated(rows)
            yield tuple(inputs), target


class StoredDataset(Dataset[tuple[Tensor, ...]]):
    """Samples that stay in their files, as tensors: the fields in order, then the target."""

    takes_arrays = True

    def __init__(self, samples: StoredSamples, fields: Sequence[str]) -> None:
        self._samples, self._fields = samples, fields

    def __len__(self) -> int:
        return len(self._samples)

    def announce(self, indices: Array) -> None:
        self._samples.announce(indices, self._fields)

    def collated(self, indices: Array) -> list[Tensor]:
        part = self._samples.take(indices)
        return [*(wrap(part.read(field)) for field in self._fields), wrap(part.read_target())]


def _dataset(samples: AnySamples, fields: Sequence[str]) -> TensorDataset | StoredDataset:
    missing = [field for field in fields if field not in samples.inputs]
    if missing:
        raise DataError(
            f"The data set has no field '{missing[0]}' for an Input; it has {', '.join(samples.inputs)}."
        )
    if isinstance(samples, StoredSamples):
        return StoredDataset(samples, fields)
    arrays = (*(samples.inputs[field] for field in fields), samples.target)
    return TensorDataset(*(wrap(np.ascontiguousarray(array)) for array in arrays))
