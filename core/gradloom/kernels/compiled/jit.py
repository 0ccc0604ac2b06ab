"""How kernels are compiled: without the interpreter's lock, kept on disk, with sums in any order.

What may be reordered is the order of additions, as any library's vector code does; infinities and NaNs count.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite.binding as llvm
import numba
from numba import types
from numba.core import event
from numba.core.ccallback import CFunc
from numba.core.compiler_lock import global_compiler_lock
from numba.extending import overload

from gradloom.kernels.counterpart import announce_compiling

F = TypeVar("F", bound=Callable[..., Any])

_REORDERED = {"reassoc", "contract", "nsz"}


class _Announcer(event.Listener):  # type: ignore[misc]
    """Hears of every function that is compiled, not of those that the disk holds."""

    def on_start(self, event: object) -> None:
        announce_compiling()

    def on_end(self, event: object) -> None:
        """Nothing."""


event.register("numba:compile", _Announcer())

if hasattr(os, "register_at_fork"):
    # A forked process must not wait for a thread that compiles, since it does not have it.
    os.register_at_fork(
        before=global_compiler_lock.acquire,
        after_in_parent=global_compiler_lock.release,
        after_in_child=global_compiler_lock.release,
    )


@cache
def _sources() -> str:
    """What all kernels say, in a few letters."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _kept(function: F, **options: Any) -> F:
    """The function compiled, and kept on disk."""
    compiled = numba.njit(error_model="numpy", **options)(function)
    _keep(compiled)
    return cast(F, compiled)


def _keep(compiled: Any) -> None:
    """Let numba keep it on disk if there is a place that may be written to.

    The disk forgets it also when another kernel's source changes: that may be a part of this one, and numba
    looks at the function's own file only.
    """
    try:
        compiled.enable_caching()
    except RuntimeError:
        return
    file = compiled._cache._cache_file
    file._source_stamp = file._source_stamp, _sources()


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


_standing: dict[str, CFunc] = {}


def standing_alone(*parameters: Any) -> Callable[[Callable[..., None]], Any]:
    """Compile now, for whole numbers and pointers, as a function that compiled code calls by its name.

    Whatever calls a `jit` function is compiled together with it, which takes seconds where that is long.
    """

    def declare(function: Callable[..., None]) -> Any:
        options = {"nopython": True, "error_model": "numpy", "fastmath": _REORDERED}
        made = CFunc(function, (parameters, types.void), {}, options)
        _keep(made)
        made.compile()
        name = f"gradloom_{function.__qualname__}"
        llvm.add_symbol(name, made.address)
        _standing[name] = made
        return types.ExternalFunction(name, types.void(*parameters))

    return declare


def meaning(function: Callable[..., Any]) -> Callable[[F], F]:
    """Declare what compiled code runs, inlined, where it calls `function`, which stays plain Python."""

    def declare(implementation: F) -> F:
        overload(function, strict=False, jit_options={"error_model": "numpy"})(lambda *args: implementation)
        return implementation

    return declare
