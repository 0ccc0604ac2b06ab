"""Apple's Metal: not used."""

from __future__ import annotations


def is_available() -> bool:
    """Whether Metal can compute: never."""
    return False


def is_built() -> bool:
    """Whether Gradloom was built for Metal: no."""
    return False
