import math

import pytest

from gradloom_studio.words import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.0312345, "0.0312"),
        (1.2399, "1.24"),
        (128.0, "128"),
        (109_386.0, "109,386"),
        (1.3e-7, "1.30e-07"),
        (-2.5, "-2.50"),
        (math.nan, "not a number"),
        (math.inf, "infinite"),
    ],
)
def test_a_value_has_three_significant_digits(value, text):
    assert figures.significant(value) == text


def test_accuracy_is_said_in_percent_and_loss_is_not():
    assert figures.metric("accuracy", 0.9342) == "93.4%"
    assert figures.metric("loss", 0.9342) == "0.934"


@pytest.mark.parametrize(
    ("per_second", "text"),
    [(0, ""), (math.nan, ""), (950, "950/s"), (1234, "1.2k/s"), (41_230, "41k/s"), (1_234_567, "1.2M/s")],
)
def test_a_rate_is_short(per_second, text):
    assert figures.rate(per_second) == text
