"""What every data set promises: rows that belong together, labels with a class, arrays nobody changes."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from gradloom.data import sources
from gradloom.data.sources.samples import table_fields


def make(rows: int = 4, **changes: object) -> sources.Samples:
    given: dict = {
        "inputs": {"x": np.zeros((rows, 2), np.float32)},
        "target": np.arange(rows) % 2,
        "task": "classification",
        "classes": ("no", "yes"),
    }
    return sources.Samples(**given | changes)


def test_rows_are_counted_and_taken_together() -> None:
    samples = make(5, held_out=np.array([0, 1]))
    taken = samples.take(np.array([3, 0]))
    assert len(samples) == 5
    assert samples.class_counts == (3, 2)
    assert taken.target.tolist() == [1, 0]
    assert len(taken.x) == 2
    assert taken.held_out is None


def test_arrays_cannot_be_written_and_the_callers_own_stay_writable() -> None:
    x = np.zeros((2, 1), np.float32)
    samples = make(2, inputs={"x": x})
    with pytest.raises(ValueError, match="read-only"):
        samples.x[0] = 1
    with pytest.raises(TypeError):
        samples.inputs["y"] = x  # type: ignore[index]
    x[0] = 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"inputs": {"x": np.zeros((3, 2), np.float32)}}, "3 rows but the target has 4"),
        ({"inputs": {"image": np.zeros((4, 2), np.float32)}}, "first input field must be 'x'"),
        ({"target": np.array([0, 1, 2, 1])}, "Labels run from 0 to 2, but there are 2 classes"),
        ({"target": np.array([0, 1, -1, 1])}, "Labels run from -1 to 1"),
        ({"target": np.zeros(4, np.int32)}, "must be int64 of 1 dimension"),
        ({"task": "regression"}, "must be float32 of 2 dimension"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict, words: str) -> None:
    with pytest.raises(sources.DataError, match=words):
        make(4, **changes)


def test_columns_are_fields_of_their_own_and_x_stays_the_table() -> None:
    table = np.arange(6, dtype=np.float32).reshape(2, 3)
    fields = table_fields(table, ["x", "y", "x_"])
    assert list(fields) == ["x", "x_", "y", "x__"]
    assert fields["x"] is table
    assert fields["x_"].tolist() == [[0], [3]]


@pytest.mark.parametrize("dataset", sources.DATASETS, ids=lambda dataset: dataset.__name__)
def test_every_data_set_explains_itself_and_its_parameters(dataset: object) -> None:
    text = inspect.getdoc(dataset)
    assert text
    assert len(text.splitlines()[0]) <= 110
    for name in inspect.signature(dataset).parameters:  # type: ignore[arg-type]
        assert f"\n    {name}: " in text
