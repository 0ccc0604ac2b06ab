"""Data sets: bundled tables and images, generated points, and files from your disk, all as `Samples`.

from gradloom.data import sources

parts = sources.split(sources.iris(), validation=0.2, seed=0)
parts, scaling = sources.normalize(parts, "standard")
"""

from __future__ import annotations

from gradloom.data.sources.bundled import breast_cancer, diabetes, digits8x8, iris, mnist5k, wine
from gradloom.data.sources.from_csv import csv
from gradloom.data.sources.from_idx import idx
from gradloom.data.sources.from_images import image_folder
from gradloom.data.sources.from_npy import npy, npy_folder
from gradloom.data.sources.from_npz import npz
from gradloom.data.sources.generators import circles, moons, noisy_sine, spirals
from gradloom.data.sources.normalization import Normalization, Scaling, normalize
from gradloom.data.sources.previews import Field, Preview, preview
from gradloom.data.sources.samples import DataError, Samples, Task
from gradloom.data.sources.splits import Split, split
from gradloom.data.sources.stored_samples import AnySamples, StoredSamples

DATASETS = (
    mnist5k,
    digits8x8,
    iris,
    wine,
    breast_cancer,
    diabetes,
    spirals,
    moons,
    circles,
    noisy_sine,
    npz,
    npy,
    npy_folder,
    csv,
    image_folder,
    idx,
)
"""Every data set that comes with Gradloom, in the order in which they are shown."""

__all__ = [
    "DATASETS", "AnySamples", "DataError", "Field", "Normalization", "Preview", "Samples", "Scaling", "Split",
    "StoredSamples", "Task", "breast_cancer", "circles", "csv", "diabetes", "digits8x8", "idx",
    "image_folder", "iris", "mnist5k", "moons", "noisy_sine", "normalize", "npy", "npy_folder", "npz",
    "preview", "spirals", "split", "wine",
]  # fmt: skip
