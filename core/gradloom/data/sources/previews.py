"""A first look at a data set: what is in it, and a few samples to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradloom.data.sources.glances import glance
from gradloom.data.sources.samples import Array, DataError, Samples, Task
from gradloom.data.sources.stored_samples import AnySamples

MOST_DRAWN_FROM = 100_000
"""Of more samples than this, so many are drawn before the classes are looked at, which takes longer."""


@dataclass(frozen=True)
class Field:
    """One input field, or the target: its shape without the samples' axis, and the range of its values."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    low: float
    high: float
    has_nan: bool

    def __str__(self) -> str:
        """As a person reads it: "x: 1 x 28 x 28 uint8, from 0 to 255"."""
        size = " x ".join(map(str, self.shape)) + " " if self.shape else ""
        missing = ", some missing" if self.has_nan else ""
        return f"{self.name}: {size}{self.dtype}, from {self.low:.6g} to {self.high:.6g}{missing}"


@dataclass(frozen=True, eq=False)
class Preview:
    """What a person wants to know of a data set before training."""

    samples: int
    task: Task
    classes: tuple[str, ...]
    class_counts: tuple[int, ...]
    held_out: int
    fields: tuple[Field, ...]
    target: Field
    looked_at: int
    """How many samples the ranges come from: all, or some of those that stay in their files."""
    rows: Array
    """Numbers of the rows shown, (count,) int64, class after class."""
    shown: Samples
    """These rows."""
    pictures: Array | None
    """The rows to draw, (count, H, W) gray or (count, H, W, 3) color, uint8; None for tables."""
    notice: str

    @property
    def has_nan(self) -> bool:
        return self.target.has_nan or any(field.has_nan for field in self.fields)


def preview(samples: AnySamples, count: int = 16, seed: int = 0) -> Preview:
    """What is in `samples`, with `count` random rows that are spread over the classes as evenly as can be.

    Args:
        samples: the data set.
        count: how many rows to show, where there are so many, >= 1.
        seed: which random rows.
    """
    if count < 1:
        raise DataError(f"A preview shows 1 sample or more, not {count}.")
    rows = spread_rows(samples, count, seed)
    if samples.task == "classification":
        rows = rows[np.argsort(samples.labels[rows], kind="stable")]
    shown = samples.take(rows).load()
    seen = samples if isinstance(samples, Samples) else glance(samples)
    fields = tuple(_field(name, array) for name, array in seen.inputs.items())
    return Preview(
        samples=len(samples),
        task=samples.task,
        classes=samples.classes,
        class_counts=samples.class_counts,
        held_out=0 if samples.held_out is None else len(samples.held_out),
        fields=fields,
        target=_field("target", seen.target),
        looked_at=len(seen),
        rows=rows,
        shown=shown,
        pictures=as_pictures(shown.x, fields[0].low, fields[0].high),
        notice=samples.notice,
    )


def spread_rows(samples: AnySamples, count: int, seed: int = 0) -> Array:
    """Up to `count` random rows, int64: one of each class in turn, or in order where there are no classes."""
    random = np.random.RandomState(seed)
    order = np.arange(len(samples))
    if len(samples) > MOST_DRAWN_FROM:
        order = np.unique(random.randint(0, len(samples), MOST_DRAWN_FROM))
    order = random.permutation(order)
    if samples.task == "regression":
        return np.sort(order[:count])
    labels = samples.labels[order]
    by_class = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[by_class], labels[by_class])
    turn = np.empty(len(order), np.int64)
    turn[by_class] = np.arange(len(order)) - starts
    return order[np.lexsort((labels, turn))[:count]]


def as_pictures(x: Array, low: float | None = None, high: float | None = None) -> Array | None:
    """Images (N, C, H, W) as they are drawn, (N, H, W) gray or (N, H, W, 3) color, uint8; None for others.

    `low` is drawn black and `high` white, where the images are not uint8; they are the extremes if not given.
    """
    if x.ndim != 4 or x.shape[1] not in (1, 3) or not x.size:
        return None
    if x.dtype != np.uint8:
        low, high = float(np.nanmin(x)) if low is None else low, float(np.nanmax(x)) if high is None else high
        with np.errstate(invalid="ignore"):
            levels = (x - low) / (high - low or 1.0) * 255.0
        x = np.nan_to_num(levels, nan=0.0, posinf=255.0, neginf=0.0).clip(0, 255).round().astype(np.uint8)
    return x[:, 0] if x.shape[1] == 1 else np.ascontiguousarray(x.transpose(0, 2, 3, 1))


def _field(name: str, values: Array) -> Field:
    if not values.size:
        return Field(name, values.shape[1:], str(values.dtype), 0.0, 0.0, has_nan=False)
    low, high = float(values.min()), float(values.max())
    has_nan = bool(np.isnan(low))
    if has_nan:
        known = values[~np.isnan(values)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    return Field(name, values.shape[1:], str(values.dtype), low, high, has_nan)
