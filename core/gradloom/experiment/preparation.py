"""From a document's data settings to batches: read, split, normalize, load."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from gradloom.data import DataLoader, TensorDataset
from gradloom.data.sources import DataError, Samples, Split, normalize, split
from gradloom.experiment.choices import make
from gradloom.experiment.data_set import load_samples
from gradloom.experiment.document import Document
from gradloom.plugins.catalogue import Catalogue, Kind
from gradloom.tensor import Tensor, wrap

VALIDATION_BATCH = 256
"""Rows in a validation batch: enough to be fast, few enough for the memory of a wide convolution."""

Batch: TypeAlias = tuple[tuple[Tensor, ...], Tensor]
"""The fields that the network reads, each (N, ...), and the target."""

Transform: TypeAlias = Callable[[Tensor], Tensor]


def load_split(document: Document, catalogue: Catalogue) -> Split:
    """The document's data set, split and normalized, as float32 inputs.

    Raises:
        ChoiceError, DataError: the data set cannot be made, or not split.
    """
    return normalize(load_raw_split(document, catalogue), document.data.normalize)[0]


def load_raw_split(document: Document, catalogue: Catalogue) -> Split:
    """The document's data set, split, with its inputs as they are.

    Raises:
        ChoiceError, DataError: the data set cannot be made, or not split.
    """
    settings = document.data
    return split(load_samples(settings.source, catalogue), settings.validation, settings.split_seed)


@dataclass(frozen=True)
class Batches:
    """A document's data, ready for its network.

    `fields` are the inputs that the network reads, in order.
    """

    train: TensorDataset
    validation: TensorDataset
    loader: DataLoader[tuple[Tensor, ...]]
    transforms: tuple[Transform, ...]
    fields: tuple[str, ...]

    @classmethod
    def of(cls, document: Document, catalogue: Catalogue, parts: Split, fields: Sequence[str]) -> Batches:
        """Batches of these fields, the training rows in a new order each epoch."""
        train = TensorDataset(*_tensors(parts.train, fields))
        return cls(
            train,
            TensorDataset(*_tensors(parts.validation, fields)),
            DataLoader(train, batch_size=document.training.batch_size, shuffle=True),
            tuple(make(choice, Kind.TRANSFORM, catalogue) for choice in document.data.transforms),
            tuple(fields),
        )

    def epoch(self) -> Iterator[Batch]:
        """The training rows once, shuffled by the default generator of this thread, and transformed."""
        for *inputs, target in self.loader:
            for transform in self.transforms:
                inputs = [transform(field) for field in inputs]
            yield tuple(inputs), target

    def held_out(self) -> Iterator[Batch]:
        """The validation rows once, in order and as they are."""
        for start in range(0, len(self.validation), VALIDATION_BATCH):
            rows = slice(start, start + VALIDATION_BATCH)
            *inputs, target = (wrap(tensor.array[rows]) for tensor in self.validation.tensors)
            yield tuple(inputs), target


def _tensors(samples: Samples, fields: Sequence[str]) -> list[Tensor]:
    missing = [field for field in fields if field not in samples.inputs]
    if missing:
        raise DataError(
            f"The data set has no field '{missing[0]}' for an Input; it has {', '.join(samples.inputs)}."
        )
    arrays = (*(samples.inputs[field] for field in fields), samples.target)
    return [wrap(np.ascontiguousarray(array)) for array in arrays]
