from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gradloom_studio.words.moments import duration, moment


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (12.4, "12 s"),
        (59.6, "1 min 00 s"),
        (125, "2 min 05 s"),
        (4800, "1 h 20 min"),
    ],
)
def test_a_span_of_time(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (datetime(2026, 3, 1, 0, 5, tzinfo=UTC), "00:05"),
        (datetime(2026, 2, 28, 23, 59, tzinfo=UTC), "yesterday 23:59"),
        (datetime(2026, 2, 7, 12, 0, tzinfo=UTC), "7 Feb"),
        (datetime(2025, 12, 31, 12, 0, tzinfo=UTC), "31 Dec 2025"),
    ],
)
def test_a_point_in_time(time: datetime, words: str) -> None:
    assert moment(time, datetime(2026, 3, 1, 8, 0, tzinfo=UTC)) == words
