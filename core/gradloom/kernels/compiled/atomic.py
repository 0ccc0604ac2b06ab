"""Numbers that threads share, and the way to wait for a change, for compiled code."""

from __future__ import annotations

import ctypes
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from gradloom.kernels.compiled.vectors import INT

LINE = 8
"""Numbers of a line of the cache, which two threads had better not write to at once."""

_SIZE = 1024
_SYMBOL = "gradloom_shared_numbers"

_memory = np.zeros(_SIZE + LINE, np.int64)
# Threads may still look at it when the interpreter ends.
ctypes.pythonapi.Py_IncRef(ctypes.py_object(_memory))
_start = -_memory.ctypes.data // 8 % LINE
numbers = _memory[_start : _start + _SIZE]
"""The numbers themselves, for the interpreter; compiled code reaches them by their places."""

llvm.add_symbol(_SYMBOL, numbers.ctypes.data)

_THREADS = {
    name: getattr(ctypes.pythonapi, name) for name in ("PyThread_acquire_lock", "PyThread_release_lock")
}
for _name, _function in _THREADS.items():
    _address = ctypes.cast(_function, ctypes.c_void_p).value
    assert _address is not None
    llvm.add_symbol(f"gradloom_{_name}", _address)

acquire_lock = types.ExternalFunction("gradloom_PyThread_acquire_lock", types.int32(types.intp, types.int32))
"""Wait for a lock of the interpreter's kind, which needs no interpreter."""

release_lock = types.ExternalFunction("gradloom_PyThread_release_lock", types.void(types.intp))
"""From whichever thread."""


def new_lock() -> int:
    """A lock for `acquire_lock` and `release_lock`, held; it lives as long as the process."""
    allocate, acquire = ctypes.pythonapi.PyThread_allocate_lock, ctypes.pythonapi.PyThread_acquire_lock
    allocate.restype, acquire.argtypes = ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_int)
    lock = int(allocate())
    acquire(lock, 1)
    return lock


def _at(builder: Any, place: Any) -> Any:
    kind = ir.ArrayType(INT, _SIZE)
    memory = builder.module.globals.get(_SYMBOL) or cgutils.add_global_variable(builder.module, kind, _SYMBOL)
    return builder.gep(memory, [ir.Constant(INT, 0), place], inbounds=True)


@intrinsic
def read(typing: Any, place: Any) -> Any:
    """The number at a place, and all that was written before it was."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load_atomic(_at(builder, args[0]), "seq_cst", 8)

    return types.int64(types.int64), generate


@intrinsic
def write(typing: Any, place: Any, number: Any) -> Any:
    """Set the number at a place."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store_atomic(args[1], _at(builder, args[0]), "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def exchange(typing: Any, place: Any, number: Any) -> Any:
    """Set the number at a place, and get what it was."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.atomic_rmw("xchg", _at(builder, args[0]), args[1], "seq_cst")

    return types.int64(types.int64, types.int64), generate


@intrinsic
def fetch_add(typing: Any, place: Any, number: Any) -> Any:
    """Add to the number at a place, and get what it was."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.atomic_rmw("add", _at(builder, args[0]), args[1], "seq_cst")

    return types.int64(types.int64, types.int64), generate


@intrinsic
def replace(typing: Any, place: Any, old: Any, new: Any) -> Any:
    """Set the number at a place if it still is `old`; whether it was."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pair = builder.cmpxchg(_at(builder, args[0]), args[1], args[2], "seq_cst", "seq_cst")
        return builder.extract_value(pair, 1)

    return types.boolean(types.int64, types.int64, types.int64), generate


_PAUSES = {"x86_64": ("llvm.x86.sse2.pause", []), "aarch64": ("llvm.aarch64.hint", [1])}


@intrinsic
def pause(typing: Any) -> Any:
    """Let the core rest for some nanoseconds."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        architecture = llvm.get_process_triple().partition("-")[0].replace("arm64", "aarch64")
        if architecture in _PAUSES:
            name, numbers = _PAUSES[architecture]
            given = [ir.Constant(ir.IntType(32), number) for number in numbers]
            kind = ir.FunctionType(ir.VoidType(), [value.type for value in given])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), given)
        return context.get_dummy_value()

    return types.void(), generate
