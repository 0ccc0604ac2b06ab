"""BLAS on one thread, in the whole process, from the first product on.

The last bits of a product depend on the number of threads, so a fixed number is what makes a run the same in
every program and on every machine. One is also what is quick: small products crawl when a second thread waits
for a core that something else wants. Large ones are split by `in_halves` instead.
"""

from __future__ import annotations

from functools import cache


@cache
def keep_to_one_thread() -> None:
    """Set it, once."""
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # slow to import

    for library in ThreadpoolController().lib_controllers:
        if library.user_api == "blas":
            library.set_num_threads(1)
