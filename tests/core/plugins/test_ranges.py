"""Ranges in words become bounds, and everything else stays text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.plugins.ranges import Range, split_range


@pytest.mark.parametrize(
    ("text", "rest", "expected"),
    [
        ("slope of the gate, > 0.", "slope of the gate", Range(0, exclusive_minimum=True)),
        ("learning rate, >= 0", "learning rate", Range(0)),
        ("share that is dropped, in [0, 1).", "share that is dropped", Range(0, 1, exclusive_maximum=True)),
        ("radius in (0, 1)", "radius", Range(0, 1, True, True)),
        ("values per sample, at least 1", "values per sample", Range(1)),
        ("at most 100", "", Range(maximum=100)),
        ("more than 2", "", Range(2, exclusive_minimum=True)),
        ("how many arms, 2 to 20.", "how many arms", Range(2, 20)),
        ("how far, >= 1 and <= 1e3", "how far", Range(1, 1000)),
        ("how far, > -1.5, < 2_000", "how far", Range(-1.5, 2000, True, True)),
        ("kept (> 0)", "kept", Range(0, exclusive_minimum=True)),
        ("open at the end, in [0, inf)", "open at the end", Range(0)),
        ("steps, ≥ 1", "steps", Range(1)),
    ],
)
def test_a_trailing_range_becomes_bounds(text: str, rest: str, expected: Range) -> None:
    assert split_range(text) == (rest, expected)


@pytest.mark.parametrize(
    "text",
    [
        "size of each step",
        "fires where x > 0",
        "the epoch to go on from; -1 starts anew.",
        "kernel of 3",
        "see chapter 2, in German",
        "",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert split_range(text) == (text, Range())


@settings(max_examples=50)
@given(st.text(alphabet="abc ><=,.()[]0123456789-eatlmos", max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    rest, found = split_range(text)
    assert text.startswith(rest)
    assert found == Range() or rest != text
