"""Parts to train on and to validate with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar, cast

import numpy as np

from gradloom.data.sources.samples import Array, DataError
from gradloom.data.sources.stored_samples import AnySamples, Data

Part = TypeVar("Part", bound=AnySamples, covariant=True)

DEFAULT_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Split(Generic[Part]):
    """The samples that a network learns from, and those that it is judged by."""

    train: Part
    validation: Part


def split(samples: Data, validation: float | None = None, seed: int = 0) -> Split[Data]:
    """Parts to train on and to validate with; each row is in exactly one, in its original order.

    Args:
        samples: the data set.
        validation: share of all rows to validate with, in (0, 1), equal in each class; None takes the rows
            that the data set itself holds out, or a fifth where it has none.
        seed: which random choice; the same seed gives the same rows.

    Raises:
        DataError: a share outside (0, 1), or too few rows to fill both parts.
    """
    if validation is None and samples.held_out is not None:
        chosen = samples.held_out
    else:
        chosen = _random_share(samples, DEFAULT_SHARE if validation is None else validation, seed)
    mask = np.zeros(len(samples), dtype=bool)
    mask[chosen] = True
    train, held = np.flatnonzero(~mask), np.flatnonzero(mask)
    if not len(train) or not len(held):
        raise DataError(
            f"Splitting {len(samples):,} rows leaves {len(train):,} to train and {len(held):,} to validate; "
            "both parts need at least one, so add rows or change the validation share."
        )
    return Split(cast(Data, samples.take(train)), cast(Data, samples.take(held)))


def _random_share(samples: AnySamples, share: float, seed: int) -> Array:
    if not 0 < share < 1:
        raise DataError(f"The validation share is {share}; it must lie between 0 and 1, such as 0.2.")
    random = np.random.RandomState(seed)
    wanted = max(1, round(share * len(samples)))
    if samples.task == "regression":
        return random.permutation(len(samples))[: min(wanted, len(samples) - 1)]
    return _stratified(samples.labels, share, wanted, random)


def _stratified(labels: Array, share: float, wanted: int, random: np.random.RandomState) -> Array:
    """`wanted` rows with `share` of each class, to within one row; the last row of a class is never taken.

    Each class gives its share rounded down, and the largest fractions give one row more (Hamilton's method).
    """
    classes = [random.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    counts = np.array([len(rows) for rows in classes], np.int64)
    taken = np.floor(share * counts).astype(np.int64)
    # The shuffle decides among classes of equal fractions.
    order = random.permutation(np.flatnonzero(taken < counts - 1))
    order = order[np.argsort((taken - share * counts)[order], kind="stable")]
    taken[order[: max(0, wanted - taken.sum())]] += 1
    return np.concatenate([rows[:count] for rows, count in zip(classes, taken, strict=True)] or [counts])
