"""How many processors matrix products may use during a run: one, on every machine and in every program.

The number of BLAS threads changes the last bits of a product, so a fixed number is what makes a run the same
in a window, in a terminal, and on machines with more cores. One is also what is fast where it matters: a
product of 128 x 64 x 784 takes 0.2 ms with one thread, and with two anything from 0.2 to 14 ms once something
else wants a core. Convolutions still use two cores, as they split their batch themselves.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

_lock = threading.Lock()
_users = 0
_limit: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within the block BLAS uses one thread, process-wide; after the last such block, as many as before."""
    global _users, _limit
    with _lock:
        if not _users:
            _limit = threadpool_limits(1, user_api="blas")
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _limit.restore_original_limits()
