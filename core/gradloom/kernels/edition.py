"""Which edition of the kernels this is: what was compiled of another one is out of date."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path


@cache
def edition() -> str:
    """What all kernels say and who compiles them, in a few letters; a kernel may be a part of another."""
    return edition_on_disk()


def edition_on_disk() -> str:
    """The edition of a process that began now; another one where the sources have changed under this one."""
    digest = hashlib.sha256(f"{version('numba')} {sys.implementation.cache_tag}".encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
