"""What must be known of a data set to check a network against it: its fields, its target and its classes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from gradloom.data.sources import Samples
from gradloom.experiment.choices import make
from gradloom.experiment.document import Choice
from gradloom.experiment.probe import Signal
from gradloom.plugins.catalogue import Catalogue, Kind


@dataclass(frozen=True)
class Facts:
    """A data set without its data.

    `fields` are the inputs as a network gets them, normalized to float32. `classes` is 0 for regression.
    """

    name: str
    fields: Mapping[str, Signal]
    target: Signal
    classes: int


def facts_of(source: Choice, catalogue: Catalogue) -> Facts:
    """Load the data set and keep what is said about it.

    Raises:
        ChoiceError, DataError: there is no such data set, or it cannot be loaded.
    """
    samples = make(source, Kind.DATASET, catalogue)
    if not isinstance(samples, Samples):
        raise TypeError(f"it gives a {type(samples).__name__} instead of Samples")
    return Facts(
        name=source.kind,
        fields={name: Signal(tuple(array.shape[1:])) for name, array in samples.inputs.items()},
        target=Signal(tuple(samples.target.shape[1:]), str(samples.target.dtype)),
        classes=len(samples.classes),
    )


def state_of_files(source: Choice, catalogue: Catalogue) -> tuple[tuple[str, int, int], ...]:
    """The files and folders that the data set is read from, with time and size, which a change changes."""
    entry = catalogue.get(source.kind)
    if entry is None:
        return ()
    paths = [
        str(source.parameters[parameter.name])
        for parameter in entry.parameters
        if parameter.type in ("file", "folder") and parameter.name in source.parameters
    ]
    return tuple((path, *_state(path)) for path in paths)


def _state(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return 0, 0
    return status.st_mtime_ns, status.st_size
