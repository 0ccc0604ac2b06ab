"""Data sets: bundled tables and images, generated points, and files from your disk, all as `Samples`.

from gradloom.data import sources

parts = sources.split(sources.iris(), validation=0.2, seed=0)
parts, scaling = sources.normalize(parts, "standard")
"""

from __future__ import annotations

from gradloom.data.sources.normalization import Normalization, Scaling, normalize
from gradloom.data.sources.samples import DataError, Samples, Split, Task
from gradloom.data.sources.splits import split

__all__ = ["DataError", "Normalization", "Samples", "Scaling", "Split", "Task", "normalize", "split"]
