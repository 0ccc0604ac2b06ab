"""Ids that a person can read in the file: linear1, relu2, conv1."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container

from gradloom.plugins.catalogue import Catalogue, Kind


def stem(kind: str, catalogue: Catalogue) -> str:
    """The word that a node of this kind is named after: `Conv2d` gives `conv`, every loss gives `loss`."""
    entry = catalogue.get(kind)
    if entry is not None and entry.kind is Kind.LOSS:
        return "loss"
    word = re.sub(r"\W", "", kind.rpartition(".")[2].lower())
    word = re.sub(r"\d+d$", "", word).rstrip("0123456789")
    return word if word.isidentifier() and not keyword.iskeyword(word) else "node"


def fresh_id(kind: str, catalogue: Catalogue, taken: Container[str]) -> str:
    """The first free id of this kind's word, counting from 1."""
    return numbered(stem(kind, catalogue), taken)


def copy_id(original: str, taken: Container[str]) -> str:
    """The id itself where it is free, else its word with the next free number."""
    return original if original not in taken else numbered(original.rstrip("0123456789") or original, taken)


def numbered(word: str, taken: Container[str]) -> str:
    number = 1
    while f"{word}{number}" in taken:
        number += 1
    return f"{word}{number}"
