"""Ranges as people write them at the end of a sentence: "> 0", "at least 1", "in [0, 1)", "2 to 20"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

_NUMBER = r"[-+]?(?:\d[\d_]*(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf(?:inity)?)"
_WORDS = {"at least": ">=", "at most": "<=", "more than": ">", "less than": "<"}
_BOUND = rf"(?P<sign>>=|<=|>|<|≥|≤|{'|'.join(_WORDS)})\s*(?P<bound>{_NUMBER})"
_INTERVAL = rf"in\s*(?P<open>[\[(])\s*(?P<low>{_NUMBER})\s*,\s*(?P<high>{_NUMBER})\s*(?P<close>[\])])"
_SPAN = rf"(?:from\s+)?(?P<first>{_NUMBER})\s+to\s+(?P<last>{_NUMBER})"
_TRAILING = re.compile(
    rf"(?:^|[,;:]\s*|\s+and\s+|\s+(?=\(|in\s|at\s))\(?(?:{_BOUND}|{_INTERVAL}|{_SPAN})\)?\s*\.?\s*$"
)


@dataclass(frozen=True)
class Range:
    """Which numbers are allowed; None is no bound."""

    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False

    def contains(self, number: float) -> bool:
        low, high = self.minimum, self.maximum
        above = low is None or (number > low if self.exclusive_minimum else number >= low)
        return above and (high is None or (number < high if self.exclusive_maximum else number <= high))


def split_range(text: str) -> tuple[str, Range]:
    """The text without the range at its end, and the range.

    >>> split_range("slope of the gate, > 0.")
    ('slope of the gate', Range(minimum=0, maximum=None, exclusive_minimum=True, exclusive_maximum=False))
    """
    found = Range()
    while match := _TRAILING.search(text):
        text = text[: match.start()].rstrip(" ,;:")
        found = _bounded(found, match)
    return text, found


def _bounded(found: Range, match: re.Match[str]) -> Range:
    if match["sign"]:
        sign = _WORDS.get(match["sign"], match["sign"]).replace("≥", ">=").replace("≤", "<=")
        bound = _finite(match["bound"])
        if sign.startswith(">"):
            return replace(found, minimum=bound, exclusive_minimum=sign == ">")
        return replace(found, maximum=bound, exclusive_maximum=sign == "<")
    if match["first"]:
        return replace(found, minimum=_finite(match["first"]), maximum=_finite(match["last"]))
    low, high = _finite(match["low"]), _finite(match["high"])
    return Range(
        low, high, low is not None and match["open"] == "(", high is not None and match["close"] == ")"
    )


def _finite(text: str) -> float | None:
    number = float(text)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number
