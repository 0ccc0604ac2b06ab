"""One rule for what a parameter accepts, and one sentence for what it does not."""

from __future__ import annotations

import pytest

from gradloom.plugins import Parameter, problem_with

COUNT = Parameter("count", "int", minimum=1)
RATE = Parameter("rate", "float", minimum=0, maximum=1, exclusive_maximum=True)
KERNEL = Parameter("kernel", "ints", minimum=1, maximum=9)
PADDING = Parameter("padding", "ints", minimum=0, choices=("same", "valid"))
MODE = Parameter("mode", "choice", choices=("soft", "hard"))
LIMIT = Parameter("limit", "floats", optional=True)
FLAG = Parameter("flag", "bool")
PATH = Parameter("path", "file")


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (COUNT, 1),
        (RATE, 0),
        (RATE, 0.999),
        (KERNEL, 3),
        (KERNEL, (3, 5)),
        (KERNEL, [3, 5]),
        (PADDING, "same"),
        (PADDING, 0),
        (MODE, "hard"),
        (LIMIT, None),
        (LIMIT, (0.5, 1)),
        (FLAG, False),
        (PATH, "points.csv"),
    ],
)
def test_right_values(parameter: Parameter, value: object) -> None:
    assert problem_with(parameter, value) is None


@pytest.mark.parametrize(
    ("parameter", "value", "sentence"),
    [
        (COUNT, 0, "count must be a whole number >= 1, not 0."),
        (COUNT, 1.5, "count must be a whole number >= 1, not 1.5."),
        (COUNT, True, "count must be a whole number >= 1, not true."),
        (COUNT, None, "count must be a whole number >= 1, not None."),
        (RATE, 1.0, "rate must be a number >= 0 and < 1, not 1.0."),
        (RATE, float("nan"), "rate must be a number >= 0 and < 1, not nan."),
        (KERNEL, (3, 11), "kernel must be a whole number or a list of them from 1 to 9, not [3, 11]."),
        (KERNEL, (), "kernel must be a whole number or a list of them from 1 to 9, not []."),
        (
            PADDING,
            "full",
            'padding must be a whole number or a list of them >= 0 or same or valid, not "full".',
        ),
        (MODE, "medium", 'mode must be one of soft, hard, not "medium".'),
        (FLAG, 1, "flag must be true or false, not 1."),
        (PATH, 3, "path must be the path of a file, not 3."),
        (PATH, "", 'path must be the path of a file, not "".'),
    ],
)
def test_wrong_values(parameter: Parameter, value: object, sentence: str) -> None:
    assert problem_with(parameter, value) == sentence
