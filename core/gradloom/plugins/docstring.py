"""Docstrings in Google's style, taken apart: a summary, a text, and one line of help for each argument."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

_SECTION = re.compile(r"[A-Z][A-Za-z ]*:+$")
_ARGUMENTS = {"Args:", "Arguments:", "Parameters:"}
_ARGUMENT = re.compile(r"(?P<names>\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?:\([^)]*\))?\s*:\s*(?P<text>.*)")


@dataclass(frozen=True)
class Docstring:
    """A docstring's first paragraph on one line, its text up to the sections, and each argument's help."""

    summary: str = ""
    text: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)


def parse_docstring(raw: str | None) -> Docstring:
    """Take a docstring apart; whatever is missing is empty.

    >>> parse_docstring("Scale.\\n\\nArgs:\\n    by: the factor, > 0.").arguments
    {'by': 'the factor, > 0.'}
    """
    lines = inspect.cleandoc(raw or "").splitlines()
    starts = [number for number, line in enumerate(lines) if _SECTION.fullmatch(line)]
    before = "\n".join(lines[: starts[0]] if starts else lines).strip()
    summary, _, text = before.partition("\n\n")
    arguments: dict[str, str] = {}
    for start, end in pairwise([*starts, len(lines)]):
        if lines[start] in _ARGUMENTS:
            arguments |= _arguments(lines[start + 1 : end])
    return Docstring(" ".join(summary.split()), text.strip(), arguments)


def _arguments(lines: list[str]) -> dict[str, str]:
    """Each name with its text; a line that is indented deeper continues the one above."""
    lines = [line for line in lines if line.strip()]
    if not lines:
        return {}
    indent = len(lines[0]) - len(lines[0].lstrip())
    found: dict[str, str] = {}
    names: list[str] = []
    for line in lines:
        match = _ARGUMENT.fullmatch(line.strip()) if line[: indent + 1].rstrip() != "" else None
        if match:
            names = [name.strip().lstrip("*") for name in match["names"].split(",")]
            found |= dict.fromkeys(names, match["text"].strip())
        else:
            found |= {name: f"{found[name]} {line.strip()}".strip() for name in names}
    return found
