"""What the engine settles for the whole process, once, before its first product.

BLAS keeps to one thread. The last bits of a product depend on the number of threads, so a fixed number is
what makes a run the same in every program and on every machine. One is also what is quick: small products
crawl when a second thread waits for a core that something else wants. Large ones are shared by threads of
our own.

Freed memory stays with the process, from the first operation on. The arrays of one step are freed and wanted
again in the next; when glibc returns them to the system in between, clearing the new pages takes longer than
the arithmetic on them.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

# mallopt(3): the numbers of its parameters and their largest useful values.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_AT_MOST = 256 * 2**20
_FROM_THE_HEAP_BELOW = 32 * 2**20


@cache
def settle() -> None:
    """Keep BLAS to one thread."""
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # slow to import

    for library in ThreadpoolController().lib_controllers:
        if library.user_api == "blas":
            library.set_num_threads(1)


def keep_freed_memory() -> None:
    """Where the platform has a way to say so."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:  # as in glibc, but not in musl
        mallopt(_M_MMAP_THRESHOLD, _FROM_THE_HEAP_BELOW)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_AT_MOST)
