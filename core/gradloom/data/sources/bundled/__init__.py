"""The data sets that come with Gradloom: small, public, and read without a network."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np

from gradloom.data.sources.samples import Samples, table_fields


def mnist5k() -> Samples:
    """Handwritten digits: 5,000 images of 28 x 28 gray pixels, of which 1,000 are held out for testing."""
    return _bundled("mnist5k")


def digits8x8() -> Samples:
    """Handwritten digits, small: 1,797 images of 8 x 8 cells with values from 0 to 16."""
    return _bundled("digits8x8")


def iris() -> Samples:
    """Three species of iris from four measurements in cm: 150 flowers, 50 of each."""
    return _bundled("iris")


def wine() -> Samples:
    """Three cultivators of wine from 13 chemical measurements: 178 wines."""
    return _bundled("wine")


def breast_cancer() -> Samples:
    """Malignant or benign from 30 measurements of cell nuclei: 569 masses."""
    return _bundled("breast_cancer")


def diabetes() -> Samples:
    """Progress of diabetes after one year, a number from 25 to 346, from 10 measurements: 442 patients."""
    return _bundled("diabetes")


@cache
def _bundled(name: str) -> Samples:
    folder = files(__name__)
    with (folder / f"{name}.npz").open("rb") as file, np.load(file, allow_pickle=False) as archive:
        stored = dict(archive)
    notice, _, _ = (folder / f"{name}.NOTICE.txt").read_text(encoding="utf-8").partition("\n")
    feature_names = tuple(stored.get("feature_names", np.empty(0, str)).tolist())
    classes = tuple(stored.get("classes", np.empty(0, str)).tolist())
    return Samples(
        inputs=table_fields(stored["x"], feature_names),
        target=stored["target"],
        task="classification" if classes else "regression",
        classes=classes,
        held_out=stored.get("held_out"),
        feature_names=feature_names,
        notice=notice,
    )
