"""Kernels that exist twice: in NumPy, which is the reference, and compiled by numba where it is installed.

    @compiled(when=floats)
    def softmax(rows: Array) -> Array: ...

stands in `kernels/rows.py`, and a function of the same name and arguments in `kernels/compiled/rows.py`. The
compiled one is called where numba can be imported and `when(*args)` holds, so that equal calls always give
equal bits. `GRADLOOM_COMPILED=0` in the environment leaves all work to NumPy.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

import numpy as np

from gradloom.kernels.forking import importing
from gradloom.kernels.quiet import quiet

F = TypeVar("F", bound=Callable[..., Any])

_float32 = np.dtype(np.float32)


class Pair(NamedTuple):
    """A kernel's two implementations; `compiled()` imports the second."""

    reference: Callable[..., Any]
    compiled: Callable[[], Callable[..., Any]]


PAIRS: dict[str, Pair] = {}
"""Both implementations of each kernel that has two, by the name of its module and its own."""


class KernelCall(NamedTuple):
    """A call of a kernel, of the implementation that was chosen for its arguments."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    result: Any


_watched_threads: dict[int, list[KernelCall]] = {}


@contextmanager
def kernel_calls() -> Iterator[list[KernelCall]]:
    """Within the block this thread's calls of kernels that have two implementations are added to a list.

    Of what happens in a block within, only that one hears.
    """
    calls: list[KernelCall] = []
    thread = threading.get_ident()
    around = _watched_threads.get(thread)
    _watched_threads[thread] = calls
    try:
        yield calls
    finally:
        if around is None:
            del _watched_threads[thread]
        else:
            _watched_threads[thread] = around


def _watched(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    calls = _watched_threads.get(threading.get_ident())
    if calls is None:
        return function(*args)
    before = len(calls)
    result = function(*args)
    calls[before:] = [KernelCall(function, args, result)]  # what it called in turn is a part of it
    return result


_plain_threads: set[int] = set()


@contextmanager
def in_numpy() -> Iterator[None]:
    """Within the block this thread's kernels are all NumPy's: a glance does not wait for a compiler."""
    thread = threading.get_ident()
    outermost = thread not in _plain_threads
    _plain_threads.add(thread)
    try:
        yield
    finally:
        if outermost:
            _plain_threads.discard(thread)


Tell: TypeAlias = Callable[[], None]


class _Listeners(threading.local):
    tell: Tell | None = None
    tell_end: Tell | None = None


_listeners = _Listeners()


@contextmanager
def when_compiling(tell: Tell | None, tell_end: Tell | None = None) -> Iterator[None]:
    """Within the block `tell()` is called before each kernel that this thread has to compile.

    It may compute itself; of what is compiled for that, it is not told. `tell_end()` is called after each
    kernel, also after one that could not be compiled; a kernel may have others compiled in between.
    """
    before = _listeners.tell, _listeners.tell_end
    _listeners.tell, _listeners.tell_end = tell, tell_end
    try:
        yield
    finally:
        _listeners.tell, _listeners.tell_end = before


def announce_compiling() -> None:
    """A kernel is about to be compiled; loading one from the disk does not count."""
    tell = _listeners.tell
    if tell is not None:
        with when_compiling(None), quiet.paused():
            tell()


def announce_compiled() -> None:
    """The kernel that was announced last is compiled."""
    if _listeners.tell_end is not None:
        _listeners.tell_end()


@cache
def has_compiler() -> bool:
    """Whether kernels are to be compiled in this process."""
    wanted = os.environ.get("GRADLOOM_COMPILED", "1") != "0"
    return wanted and os.environ.get("NUMBA_DISABLE_JIT", "0") == "0" and find_spec("numba") is not None


def _compiled_module(name: str) -> Any:
    with importing:
        return import_module(f"gradloom.kernels.compiled.{name}")


@cache
def _loads_compiler() -> bool:
    """Whether numba can be imported as well, which it refuses beside a NumPy that is newer than it knows."""
    try:
        _compiled_module("jit")
    except ImportError as error:
        warnings.warn(f"Kernels are not compiled, since numba cannot be imported: {error}", stacklevel=2)
        return False
    return True


@cache
def has_gemm() -> bool:
    """Whether compiled kernels can call BLAS."""
    return _loads_compiler() and bool(_compiled_module("blas").AVAILABLE)


def floats(*arrays: Any) -> bool:
    """Whether all are row-major arrays of float32 that a compiled kernel may write to."""
    for array in arrays:
        if type(array) is not np.ndarray or array.dtype is not _float32 or not array.flags.carray:
            return False
    return True


def floats_with_gradient(grad: Any, *arrays: Any) -> bool:
    """`floats`, but the gradient may be a repeated view, as that of a mean is: compiled code copies it first.

    NumPy takes ten times as long for a choice or product with such a view.
    """
    if type(grad) is not np.ndarray or grad.dtype is not _float32:
        return False
    return bool(grad.flags.carray or not grad.flags.c_contiguous) and floats(*arrays)


def compiled(when: Callable[..., bool] = floats) -> Callable[[F], F]:
    """Declare that the function has a compiled counterpart for the arguments that `when` accepts."""

    def declare(reference: F) -> F:
        home = reference.__module__.rpartition(".")[2]

        @cache
        def counterpart() -> Callable[..., Any]:
            if not _loads_compiler():
                return reference
            function: Callable[..., Any] = getattr(_compiled_module(home), reference.__name__)
            return function

        @wraps(reference)
        def kernel(*args: Any) -> Any:
            if _plain_threads and threading.get_ident() in _plain_threads:
                return reference(*args)
            function = counterpart() if has_compiler() and when(*args) else reference
            return _watched(function, args) if _watched_threads else function(*args)

        PAIRS[f"{home}.{reference.__name__}"] = Pair(reference, counterpart)
        return cast(F, kernel)

    return declare
