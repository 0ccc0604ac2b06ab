"""Datasets: things with a length and an item for each index, or things to iterate."""

from __future__ import annotations

import bisect
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, Generic, Protocol, TypeGuard, TypeVar, cast

import numpy as np
import numpy.typing as npt

from gradloom import random
from gradloom.tensor import Tensor, wrap

Sample = TypeVar("Sample", covariant=True)


class Dataset(Generic[Sample]):
    """A map from index to sample. Subclasses define `__getitem__` and, for most samplers, `__len__`.

    Example:
        >>> class Squares(Dataset[int]):
        ...     def __len__(self): return 10
        ...     def __getitem__(self, index): return index * index
    """

    def __getitem__(self, index: int) -> Sample:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Dataset[Any]) -> ConcatDataset[Any]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[Sample]):
    """A stream of samples, read once in its own order. Subclasses define `__iter__`."""

    def __iter__(self) -> Iterator[Sample]:
        raise NotImplementedError("Subclasses of IterableDataset should implement __iter__.")

    def __add__(self, other: Dataset[Any]) -> ChainDataset:  # type: ignore[override]
        return ChainDataset([self, other])


class Batched(Protocol):
    """A dataset that can gather a whole batch at once, faster than sample by sample.

    `collated(indices)` equals `default_collate([self[i] for i in indices])`. `DataLoader` calls it in place
    of `__getitem__` when no `collate_fn` was given; with an int64 array if the class says `takes_arrays`.
    One that reads from a disk may also have `announce(indices)`, called with the next batch's indices.
    """

    def collated(self, indices: Sequence[int]) -> Any: ...


def gathers_batches(dataset: object) -> TypeGuard[Batched]:
    """Whether `collated` may stand in for `__getitem__`: not where a subclass redefines only the latter."""
    for cls in type(dataset).__mro__:
        if "collated" in vars(cls):
            return not isinstance(dataset, Subset) or gathers_batches(dataset.dataset)
        if "__getitem__" in vars(cls) or "__getitems__" in vars(cls):
            return False
    return False


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors of equal first size, side by side: sample i is `(a[i], b[i], ...)`.

    Example:
        >>> TensorDataset(features, labels)[0]
        (tensor([...]), tensor(3))
    """

    tensors: tuple[Tensor, ...]
    takes_arrays = True

    def __init__(self, *tensors: Tensor) -> None:
        if any(tensor.size(0) != tensors[0].size(0) for tensor in tensors):
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return self.tensors[0].shape[0]

    def collated(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> list[Tensor]:
        if not len(indices):
            raise IndexError("list index out of range")
        rows = np.asarray(indices)
        return [_rows_of(tensor, rows) for tensor in self.tensors]


def _rows_of(tensor: Tensor, rows: npt.NDArray[Any]) -> Tensor:
    if tensor.requires_grad:
        return tensor[wrap(rows)]
    try:
        return wrap(tensor.array.take(rows, axis=0))
    except IndexError as error:
        raise IndexError(str(error).replace("axis", "dimension")) from None


class StackDataset(Dataset[Any]):
    """Datasets of equal length, side by side: samples are tuples of theirs, or dicts for named datasets.

    Raises:
        ValueError: no datasets, some named and some not, or lengths that differ.

    Example:
        >>> StackDataset(image=pictures, text=captions)[0].keys()
        dict_keys(['image', 'text'])
    """

    datasets: tuple[Dataset[Any], ...] | dict[str, Dataset[Any]]

    def __init__(self, *args: Dataset[Any], **kwargs: Dataset[Any]) -> None:
        if args and kwargs:
            raise ValueError(
                "Supported either ``tuple``- (via ``args``) or"
                "``dict``- (via ``kwargs``) like input/output, but both types are given."
            )
        if not (args or kwargs):
            raise ValueError("At least one dataset should be passed")
        self.datasets = args or kwargs
        lengths = {len(cast(Sequence[Any], dataset)) for dataset in args or kwargs.values()}
        if len(lengths) > 1:
            raise ValueError("Size mismatch between datasets")
        self._length = lengths.pop()

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __getitems__(self, indices: Sequence[Any]) -> list[Any]:
        if isinstance(self.datasets, dict):
            columns = [_items(dataset, indices) for dataset in self.datasets.values()]
            return [dict(zip(self.datasets, row, strict=True)) for row in zip(*columns, strict=True)]
        return list(zip(*(_items(dataset, indices) for dataset in self.datasets), strict=True))

    def __len__(self) -> int:
        return self._length


def _items(dataset: Any, indices: Sequence[Any]) -> Sequence[Any]:
    """The samples at `indices`, asked for at once where the dataset can."""
    if not callable(getattr(dataset, "__getitems__", None)):
        return [dataset[index] for index in indices]
    items: Sequence[Any] = dataset.__getitems__(indices)
    if len(items) != len(indices):
        raise ValueError(f"Nested dataset's output size mismatch. Expected {len(indices)}, got {len(items)}")
    return items


class Subset(Dataset[Sample]):
    """The samples of `dataset` at `indices`, in that order."""

    takes_arrays = True

    def __init__(self, dataset: Dataset[Sample], indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices
        cls = type(self)
        if cls.__getitem__ is not Subset.__getitem__ and cls.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"{cls.__name__} overrides __getitem__ but not __getitems__. When subclassing Subset and "
                "overriding __getitem__, you must also override __getitems__ to ensure DataLoader works "
                "correctly with your custom logic. A simple implementation:\n\n"
                "def __getitems__(self, indices):\n"
                "    return [self.__getitem__(idx) for idx in indices]"
            )

    def __getitem__(self, index: Any) -> Sample:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]  # type: ignore[index]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: Sequence[int]) -> Sequence[Sample]:
        chosen = [self.indices[i] for i in indices]
        if callable(getattr(self.dataset, "__getitems__", None)):
            items: Sequence[Sample] = self.dataset.__getitems__(chosen)  # type: ignore[attr-defined]
            return items
        return [self.dataset[i] for i in chosen]

    def __len__(self) -> int:
        return len(self.indices)

    def collated(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> Any:
        chosen = indices.tolist() if isinstance(indices, np.ndarray) else indices
        return cast(Batched, self.dataset).collated([self.indices[i] for i in chosen])


def announcer(dataset: object) -> Callable[[npt.NDArray[np.int64]], None] | None:
    """What tells a dataset which samples are asked for next; None where it would be of no use."""
    if not isinstance(dataset, Subset):
        return getattr(dataset, "announce", None)
    announce, indices = announcer(dataset.dataset), dataset.indices
    if announce is None:
        return None
    return lambda chosen: announce(np.array([indices[i] for i in chosen.tolist()], np.int64))


class ConcatDataset(Dataset[Sample]):
    """Several datasets as one, in the order given."""

    def __init__(self, datasets: Iterable[Dataset[Sample]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = list(accumulate(len(cast(Sequence[Any], d)) for d in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Sample:
        if index < -len(self):
            raise ValueError("absolute value of index should not exceed dataset length")
        index = index + len(self) if index < 0 else index
        which = bisect.bisect_right(self.cumulative_sizes, index)
        start = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][index - start]


class ChainDataset(IterableDataset[Any]):
    """Several iterable datasets, one after the other."""

    def __init__(self, datasets: Iterable[Dataset[Any]]) -> None:
        self.datasets = list(datasets)

    def __iter__(self) -> Iterator[Any]:
        for dataset in self.datasets:
            yield from _streaming(dataset)

    def __len__(self) -> int:
        return sum(len(cast(Sequence[Any], _streaming(dataset))) for dataset in self.datasets)


def _streaming(dataset: Dataset[Any]) -> IterableDataset[Any]:
    if not isinstance(dataset, IterableDataset):
        raise AssertionError("ChainDataset only supports IterableDataset")
    return dataset


def random_split(
    dataset: Dataset[Sample], lengths: Sequence[int | float], generator: random.Generator | None = None
) -> list[Subset[Sample]]:
    """Split `dataset` at random into parts of the given lengths, or of the given fractions that sum to 1.

    Raises:
        ValueError: the lengths do not sum to the dataset's length, or a fraction lies outside [0, 1].

    Example:
        >>> train, validation = random_split(digits, [0.8, 0.2], generator=Generator().manual_seed(0))
    """
    size = len(cast(Sequence[Any], dataset))
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        lengths = _lengths_of_fractions(lengths, size)
    if sum(lengths) != size:
        raise ValueError("Sum of input lengths does not equal the length of the input dataset!")
    order = random.randperm(size, generator=generator).tolist()
    bounds = pairwise(accumulate(lengths, initial=0))
    return [Subset(dataset, order[start:end]) for start, end in bounds]


def _lengths_of_fractions(fractions: Sequence[float], size: int) -> list[int]:
    """Round each share down, then hand the remaining samples out one by one from the first part on."""
    for i, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(f"Fraction at index {i} is not between 0 and 1")
    lengths = [math.floor(size * fraction) for fraction in fractions]
    for i in range(size - sum(lengths)):
        lengths[i % len(lengths)] += 1
    for i, length in enumerate(lengths):
        if length == 0:
            warnings.warn(
                f"Length of split at index {i} is 0. This might result in an empty dataset.", stacklevel=3
            )
    return lengths
