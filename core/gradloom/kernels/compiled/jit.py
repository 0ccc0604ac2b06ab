"""How kernels are compiled: without the interpreter's lock, kept on disk, with sums in any order.

What may be reordered is the order of additions, as any library's vector code does; infinities and NaNs count.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.core import event
from numba.core.compiler_lock import global_compiler_lock
from numba.extending import overload

from gradloom.kernels.compiled.keeping import Kernel
from gradloom.kernels.counterpart import announce_compiled, announce_compiling
from gradloom.kernels.forking import hold_at_fork

F = TypeVar("F", bound=Callable[..., Any])

_REORDERED = {"reassoc", "contract", "nsz"}


class _Announcer(event.Listener):  # type: ignore[misc]
    """Hears of every kernel that is compiled, not of those that the disk holds."""

    def on_start(self, event: event.Event) -> None:
        if isinstance(event.data["dispatcher"], Kernel):
            announce_compiling()

    def on_end(self, event: event.Event) -> None:
        if isinstance(event.data["dispatcher"], Kernel):
            announce_compiled()


event.register("numba:compile", _Announcer())
hold_at_fork(global_compiler_lock)
# LLVM is taken down with the process, and must find no thread at work in it, nor one that begins.
atexit.register(global_compiler_lock.acquire)


def _kept(function: F, **options: Any) -> F:
    """The function compiled, and kept on disk if there is a place that may be written to."""
    return cast(F, Kernel(function, error_model="numpy", **options))


def jit(function: F) -> F:
    """Compile for the types of the first call."""
    return _kept(function, nogil=True, fastmath=_REORDERED, no_cfunc_wrapper=True)


def jit_inside(function: F) -> F:
    """`jit` for what only compiled code calls, without the time to compile a way in from the interpreter."""
    return _kept(function, nogil=True, fastmath=_REORDERED, no_cfunc_wrapper=True, no_cpython_wrapper=True)


def inlined(function: F) -> F:
    """Compile as a part of whatever calls it, so that its loop becomes vector code."""
    return cast(
        F,
        numba.njit(
            inline="always", nogil=True, error_model="numpy", fastmath=_REORDERED, no_cpython_wrapper=True
        )(function),
    )


def inlined_in_order(function: F) -> F:
    """Compile as a part of whatever calls it, with every addition where it stands.

    For error terms that are nought on paper. Products and sums may still join.
    """
    return cast(
        F,
        numba.njit(
            forceinline=True, nogil=True, error_model="numpy", fastmath={"contract"}, no_cpython_wrapper=True
        )(function),
    )


def jit_exactly(function: F, nogil: bool = False) -> F:
    """`jit` with every operation as it stands, so that results are NumPy's to the last bit.

    Without `nogil` it keeps the interpreter's lock, which is quicker where there is little to do.
    """
    return _kept(function, nogil=nogil, no_cfunc_wrapper=True)


def meaning(function: Callable[..., Any]) -> Callable[[F], F]:
    """Declare what compiled code runs, inlined, where it calls `function`, which stays plain Python."""

    def declare(implementation: F) -> F:
        overload(function, strict=False, jit_options={"error_model": "numpy"})(lambda *args: implementation)
        return implementation

    return declare
