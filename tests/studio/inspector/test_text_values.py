from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.plugins.catalogue import Parameter
from gradloom_studio.inspector.fields import leading_unit
from gradloom_studio.inspector.text_values import TypingError, read, write

INTS = Parameter("kernel_size", "ints", minimum=1)


@settings(max_examples=60)
@given(st.integers(-(10**9), 10**9))
def test_whole_numbers_survive(value: int) -> None:
    assert read(Parameter("n", "int"), write(value)) == value


@settings(max_examples=60)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive_to_twelve_digits(value: float) -> None:
    assert read(Parameter("x", "float"), write(value)) == pytest.approx(value, rel=1e-11)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 999), min_size=2, max_size=4))
def test_lists_survive(values: list[int]) -> None:
    assert read(INTS, write(tuple(values))) == tuple(values)


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (INTS, "3", 3),
        (INTS, "3 5", (3, 5)),
        (INTS, "(3, 5)", (3, 5)),
        (Parameter("n", "int"), " 1e3 ", 1000),
        (Parameter("padding", "ints", choices=("same",)), "same", "same"),
        (Parameter("name", "str"), " a b ", "a b"),
    ],
)
def test_people_write_in_many_ways(parameter: Parameter, text: str, value: object) -> None:
    assert read(parameter, text) == value


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (Parameter("n", "int"), "1.5"),
        (Parameter("n", "int", minimum=1), "0"),
        (Parameter("x", "float"), "nan"),
        (Parameter("x", "float", maximum=1, exclusive_maximum=True), "1"),
        (INTS, "3, x"),
        (INTS, ","),
        (Parameter("m", "choice", choices=("a", "b")), "c"),
    ],
)
def test_what_is_no_value_is_refused_with_what_would_be_right(parameter: Parameter, text: str) -> None:
    with pytest.raises(TypingError, match=f"{parameter.name} must be "):
        read(parameter, text)


@pytest.mark.parametrize(
    ("value", "down", "unit"), [(0.03, False, 0.01), (0.01, True, 0.001), (400, False, 100), (0, False, 0.1)]
)
def test_a_step_is_one_in_the_first_digit(value: float, down: bool, unit: float) -> None:
    assert leading_unit(value, down=down) == pytest.approx(unit)
