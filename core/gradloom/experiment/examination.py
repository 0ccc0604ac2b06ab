"""Asks a network the same few validation samples again and again, and leaves no trace in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import numpy as np

from gradloom.autograd.grad_mode import no_grad
from gradloom.data.sources.normalization import Normalization
from gradloom.data.sources.previews import as_pictures, spread_rows
from gradloom.data.sources.samples import Array, Samples, table_fields
from gradloom.data.sources.stored_samples import AnySamples
from gradloom.experiment.build import Network
from gradloom.experiment.predictions import (
    Agreement,
    ClassMap,
    Confusion,
    FittedCurve,
    LabelledPictures,
    Predictions,
    RedrawnPictures,
    Unshown,
)
from gradloom.nn import Module
from gradloom.random import Generator, use_generator
from gradloom.tensor import Tensor, wrap

PICTURES, ROWS = 20, 250
"""How many samples are asked: of pictures, and of everything else."""
MOST_CLASSES = 20
"""A table of more classes than this could not be read."""

_COLUMNS, _LINES, _MARGIN = 60, 45, 0.06
_ODD = "What this network gives for a sample is neither a value for each class nor as many numbers as asked."
_MANY = "There are too many classes to show which are taken for which."

Form: TypeAlias = Callable[[Array, Array], Predictions]
"""Makes something to show of what the network gives for the samples and what its loss compares that with."""


class Examination:
    """The questions for one training: what is asked, and in which form the answers are given.

    Asking changes nothing: not the mode of any layer, not the random stream, not a parameter.

    Args:
        network: who is asked.
        samples: validation samples as the data set has them, of which the first few are asked.
        normalization: how the network gets them.
    """

    def __init__(self, network: Network, samples: Samples, normalization: Normalization) -> None:
        self._network = network
        self._normalization = normalization
        self._generator = Generator().manual_seed(0)
        pictures = as_pictures(samples.x[:PICTURES])
        count = ROWS if pictures is None else PICTURES
        self._samples = samples.take(np.arange(min(count, len(samples))))
        self._pictures = pictures
        self._fields, self._target = self._as_fields(self._samples), wrap(self._samples.target)
        self._plane: tuple[Array, tuple[Tensor, ...]] | None = None
        self._form: Form | None = None

    def ask(self) -> Predictions:
        """What the network says now."""
        with _unchanged(self._network, self._generator):
            _, output, compared = self._network(self._fields, self._target)
            if self._form is None:
                self._form = self._suitable_form(output.array, compared)
            return self._form(output.array, compared.array)

    def _as_fields(self, samples: Samples) -> tuple[Tensor, ...]:
        scaled = self._normalization.apply(samples).inputs
        return tuple(wrap(np.ascontiguousarray(scaled[field])) for field in self._network.fields)

    # Which form

    def _suitable_form(self, output: Array, compared: Tensor) -> Form:
        samples, count = self._samples, len(self._samples)
        of_the_data = compared is self._target
        if of_the_data and samples.task == "classification":
            return self._form_of_classes(output)
        if len(output) != count or output.size != compared.array.size:
            return _nothing(_ODD)
        if self._pictures is not None and output.size == samples.x.size:
            return self._redraw
        if of_the_data and samples.x.shape == output.shape == (count, 1):
            low, high = np.nanmin(samples.x), np.nanmax(samples.x)
            self._plane = self._points_between(np.linspace(low, high, 2 * _COLUMNS)[:, None])
            return self._fit
        return _agree

    def _form_of_classes(self, output: Array) -> Form:
        samples = self._samples
        if output.shape != (len(samples), len(samples.classes)):
            return _nothing(_ODD)
        if self._pictures is not None:
            return self._label
        if samples.x.shape[1:] == (2,):
            self._plane = self._points_between(_grid(*_frame(samples.x)))
            return self._map
        return self._confuse if len(samples.classes) <= MOST_CLASSES else _nothing(_MANY)

    def _points_between(self, points: Array) -> tuple[Array, tuple[Tensor, ...]]:
        """Samples that the data set does not have, as a network gets them."""
        points = points.astype(np.float32)
        inputs = table_fields(points, self._samples.feature_names)
        target = np.zeros((len(points), *self._samples.target.shape[1:]), self._samples.target.dtype)
        made = Samples(inputs, target, self._samples.task, self._samples.classes)
        return points, self._as_fields(made)

    # The forms

    def _label(self, output: Array, _compared: Array) -> Predictions:
        assert self._pictures is not None
        labels, classes = self._samples.target, self._samples.classes
        return LabelledPictures(self._pictures, labels, output.argmax(axis=1), classes)

    def _redraw(self, output: Array, compared: Array) -> Predictions:
        low, high = float(compared.min()), float(compared.max())
        shape = self._samples.x.shape
        pictures, drawn = (as_pictures(part.reshape(shape), low, high) for part in (compared, output))
        assert pictures is not None
        assert drawn is not None
        return RedrawnPictures(pictures, drawn)

    def _map(self, output: Array, _compared: Array) -> Predictions:
        assert self._plane is not None
        samples, low_high = self._samples, _frame(self._samples.x)
        cells = self._network.predict(self._plane[1]).array.argmax(axis=1).reshape(_LINES, _COLUMNS)
        return ClassMap(samples.x, samples.target, output.argmax(axis=1), samples.classes, cells, *low_high)

    def _fit(self, _output: Array, compared: Array) -> Predictions:
        assert self._plane is not None
        points, fields = self._plane
        line = self._network.predict(fields).array[:, 0]
        return FittedCurve(self._samples.x[:, 0], compared[:, 0], points[:, 0], line)

    def _confuse(self, output: Array, _compared: Array) -> Predictions:
        classes = len(self._samples.classes)
        pairs = self._samples.target * classes + output.argmax(axis=1)
        counts = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
        return Confusion(counts, self._samples.classes)


def _nothing(reason: str) -> Form:
    return lambda _output, _compared: Unshown(reason)


def few(samples: AnySamples) -> Samples:
    """So many samples as are asked at most, class by class in turn, in memory."""
    return samples.take(spread_rows(samples, ROWS)).load()


@contextmanager
def _unchanged(network: Module, generator: Generator) -> Iterator[None]:
    """Within the block the network judges instead of learning; afterwards each layer is as it was."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        with use_generator(generator), no_grad(), np.errstate(all="ignore"):
            yield
    finally:
        for module, training in modes:
            module.training = training


def _agree(output: Array, compared: Array) -> Predictions:
    target, predicted = compared.ravel(), output.ravel()
    step = max(1, len(target) // (2 * ROWS))
    return Agreement(target[::step].copy(), predicted[::step].copy())


def _frame(points: Array) -> tuple[Array, Array]:
    """The corners of a plane that holds all points, with a margin."""
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    margin = _MARGIN * np.where(high > low, high - low, 1.0)
    return low - margin, high + margin


def _grid(low: Array, high: Array) -> Array:
    """The middles of the plane's cells, (lines * columns, 2), line by line."""
    x, y = (
        start + (end - start) * (np.arange(count) + 0.5) / count
        for start, end, count in zip(low, high, (_COLUMNS, _LINES), strict=True)
    )
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
