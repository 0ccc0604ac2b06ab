"""Finding an entry by a few letters: names that start with them before those that hold them scattered."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gradloom.plugins.catalogue import Catalogue, Entry, Kind

_NOWHERE = 9
_PLACEABLE = (Kind.LAYER, Kind.LOSS)


def placeable(catalogue: Catalogue) -> tuple[Entry, ...]:
    """What can stand on a canvas: layers and losses, inputs first."""
    entries = [entry for kind in _PLACEABLE for entry in catalogue.of(kind)]
    return tuple(sorted(entries, key=lambda entry: bool(entry.inputs)))


def ranked(entries: Iterable[Entry], query: str) -> tuple[Entry, ...]:
    """The entries that a query finds, best first; all of them, in order, for an empty query."""
    words = query.lower().split()
    scored = [(sum(_score(entry, word) for word in words), entry) for entry in entries]
    found = [pair for pair in scored if pair[0] < _NOWHERE]
    return tuple(entry for _, entry in sorted(found, key=lambda pair: pair[0]))


def _score(entry: Entry, word: str) -> int:
    """How far a word is from the entry; lower is nearer, `_NOWHERE` is not at all."""
    name = entry.name.lower()
    starts = (part.lower() for part in re.findall(r"[A-Z]+[a-z]*|[a-z]+|\d+", entry.name))
    tests = (
        name == word,
        name.startswith(word),
        any(part.startswith(word) for part in starts),
        word in name,
        word in entry.family or word in entry.plugin.lower(),
        word in entry.summary.lower(),
        len(word) > 1 and _scattered(word, name),
    )
    return next((score for score, holds in enumerate(tests) if holds), _NOWHERE)


def _scattered(word: str, name: str) -> bool:
    """Whether the letters come in this order, as in `cv2` for Conv2d."""
    letters = iter(name)
    return all(letter in letters for letter in word)
