"""What must be known of a data set to check a network against it: its fields, its target and its classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradloom.experiment.data_set import load_samples
from gradloom.experiment.document import Choice
from gradloom.experiment.probe import Signal
from gradloom.plugins.catalogue import Catalogue


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
    samples = load_samples(source, catalogue)
    return Facts(
        name=source.kind,
        fields={name: Signal(tuple(array.shape[1:])) for name, array in samples.inputs.items()},
        target=Signal(tuple(samples.target.shape[1:]), str(samples.target.dtype)),
        classes=len(samples.classes),
    )
