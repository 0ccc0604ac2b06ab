"""From a choice in a document to the thing itself: an optimizer, a data set, a metric."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from gradloom.experiment.document import Choice
from gradloom.experiment.parameters import complaints
from gradloom.plugins.catalogue import Catalogue, Entry, Kind

_NAMES = {Kind.DATASET: "data set"}


class ChoiceError(ValueError):
    """A choice that cannot be made; one sentence says which, why, and what would be right."""


def make(choice: Choice, kind: Kind, catalogue: Catalogue, *given: object) -> Any:
    """What the document chose, made with its parameters, after what the trainer itself gives.

    Raises:
        ChoiceError: no such entry, or a parameter that it does not have or take.
    """
    entry = find(choice.kind, kind, catalogue)
    for complaint in complaints(choice, entry):
        raise ChoiceError(f"{entry.key} {complaint.clause}")
    return entry.factory(*given, **choice.parameters)


def find(key: str, kind: Kind, catalogue: Catalogue) -> Entry:
    """The entry of this key and kind.

    Raises:
        ChoiceError: there is none.
    """
    entry = catalogue.get(key)
    if entry is not None and entry.kind is kind:
        return entry
    noun = _NAMES.get(kind, kind.value)
    keys = [each.key for each in catalogue.of(kind)]
    close = get_close_matches(key, keys, n=1)
    advice = f"did you mean {close[0]}" if close else f"there are {', '.join(keys)}"
    raise ChoiceError(f"There is no {noun} '{key}'; {advice}{'?' if close else '.'}")
