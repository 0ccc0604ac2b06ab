"""Samples from all over a data set, as many as can be read in a moment, and what they tell it apart by."""

from __future__ import annotations

import hashlib

import numpy as np

from gradloom.data.sources.samples import Samples
from gradloom.data.sources.stored_samples import AnySamples

MOST_ROWS, MOST_BYTES = 1000, 32 * 2**20


def glance(samples: AnySamples) -> Samples:
    """Evenly spread samples, in memory: at most 1,000, and at most 32 MB but for one."""
    each = sum(field.nbytes / len(field) for field in samples.inputs.values())
    count = min(len(samples), MOST_ROWS, max(1, int(MOST_BYTES / max(1, each))))
    return samples.take(np.linspace(0, len(samples) - 1, count).astype(np.int64)).load()


def fingerprint(samples: AnySamples) -> str:
    """Another text for other data, as far as a glance shows."""
    seen = glance(samples)
    digest = hashlib.sha256(repr((len(samples), seen.task, seen.classes)).encode())
    for name, values in (*seen.inputs.items(), ("", seen.target)):
        digest.update(repr((name, values.dtype.str, values.shape)).encode())
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()
