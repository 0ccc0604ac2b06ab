"""The data sets that come along are the public ones, whole and unchanged."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from gradloom.data import sources

TABLES = {
    "iris": ((150, 4), (50, 50, 50)),
    "wine": ((178, 13), (59, 71, 48)),
    "breast_cancer": ((569, 30), (212, 357)),
    "diabetes": ((442, 10), ()),
    "digits8x8": ((1797, 1, 8, 8), (178, 182, 177, 183, 181, 182, 181, 179, 174, 180)),
    "mnist5k": ((5000, 1, 28, 28), (500,) * 10),
}


@pytest.mark.parametrize("name", TABLES)
def test_shape_and_class_counts(name: str) -> None:
    samples = getattr(sources, name)()
    shape, counts = TABLES[name]
    assert samples.x.shape == shape
    assert samples.class_counts == counts
    assert samples.x.dtype == (np.uint8 if name == "mnist5k" else np.float32)
    if samples.feature_names:
        assert len(samples.feature_names) == shape[1]
        assert set(samples.feature_names) < set(samples.inputs)


# The smallest, largest and mean value of one column each, from the sets' own published summaries.
@pytest.mark.parametrize(
    ("name", "column", "low", "high", "mean"),
    [
        ("iris", "sepal length (cm)", 4.3, 7.9, 5.84),
        ("iris", "petal width (cm)", 0.1, 2.5, 1.20),
        ("wine", "alcohol", 11.0, 14.8, 13.0),
        ("wine", "proline", 278, 1680, 746),
        ("breast_cancer", "mean radius", 6.981, 28.11, None),
        ("breast_cancer", "worst area", 185.2, 4254.0, None),
    ],
)
def test_published_figures(name: str, column: str, low: float, high: float, mean: float | None) -> None:
    values = getattr(sources, name)().inputs[column]
    assert values.min() == pytest.approx(low, abs=0.05)
    assert values.max() == pytest.approx(high, rel=0.003)
    if mean is not None:
        assert values.mean() == pytest.approx(mean, rel=0.003)


def test_iris_follows_fishers_paper_where_the_uci_file_does_not() -> None:
    x = sources.iris().x
    assert x[34].tolist() == pytest.approx([4.9, 3.1, 1.5, 0.2])
    assert x[37].tolist() == pytest.approx([4.9, 3.6, 1.4, 0.1])


def test_diabetes_is_a_regression_in_original_units() -> None:
    samples = sources.diabetes()
    assert samples.task == "regression"
    assert samples.target.shape == (442, 1)
    assert (samples.target.min(), samples.target.max()) == (25, 346)
    assert samples.inputs["age"].min() == 19


def test_digits_are_counts_of_sixteen() -> None:
    x = sources.digits8x8().x
    assert (x.min(), x.max()) == (0, 16)


def test_mnist_holds_out_a_hundred_of_each_digit_and_is_not_sorted() -> None:
    samples = sources.mnist5k()
    assert samples.held_out is not None
    assert np.bincount(samples.target[samples.held_out]).tolist() == [100] * 10
    assert len(set(samples.target[:50].tolist())) == 10
    parts = sources.split(samples)
    assert (len(parts.train), len(parts.validation)) == (4000, 1000)


def test_loading_is_cached_and_needs_no_pickle() -> None:
    assert sources.iris() is sources.iris()


def test_each_file_has_its_notice_and_all_are_small() -> None:
    folder = files("gradloom.data.sources.bundled")
    stored = {
        entry.name: len(entry.read_bytes()) for entry in folder.iterdir() if entry.name.endswith(".npz")
    }
    assert {name.removesuffix(".npz") for name in stored} == set(TABLES)
    assert sum(stored.values()) < 2_500_000
    for name in TABLES:
        text = (folder / f"{name}.NOTICE.txt").read_text(encoding="utf-8")
        assert getattr(sources, name)().notice == text.splitlines()[0]
        assert "Licence" in text
        assert "Source" in text
