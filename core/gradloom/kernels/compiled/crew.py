"""Parts of a loop at the same time, shared with helper threads that never need the interpreter.

    @shared
    def _double(values: Array, out: Array, start: int, stop: int) -> None:
        for at in range(start, stop):
            out[at] = 2 * values[at]

    _double(values, out, len(values), work)

runs the loop over `range(len(values))`, in parts. The split depends on sizes only, and so do the bits. The
caller works too, and each thread takes the next part when it has done one: a thread whose core somebody else
is using takes fewer, or none, and nobody waits for what it has not begun.

There is one job at a time. Its word holds which job it is and which part is next, so that whoever takes a
part by replacing the word knows that what it read of the job before still holds. Threads without work watch
the word for a while, which is what makes handing over cheap, then sleep.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from gradloom.kernels.compiled.atomic import (
    LINE,
    acquire_lock,
    exchange,
    fetch_add,
    new_lock,
    numbers,
    pause,
    read,
    release_lock,
    replace,
    write,
)
from gradloom.kernels.compiled.jit import inlined, jit, jit_exactly, jit_inside
from gradloom.kernels.compiled.vectors import INT
from gradloom.kernels.parallel import cores

F = TypeVar("F", bound=Callable[..., Any])

_PART = 100_000
"""Multiply-adds; handing over less costs more than it saves."""

_MOST = 8
"""Parts of a job."""

# Places of the shared numbers. The word counts jobs in its upper bits, and in its lower ones the parts that
# were taken from either end.
_WORD, _DONE, _OWNED, _BODY, _ARGS, _COUNT, _PARTS, _FAILED, _FINISH, _HELPERS, _FIRST_HELPER = (
    LINE * line for line in range(11)
)
_BACK = 2**8
_JOB = _BACK**2
_CLOSED = _BACK - 1
_ASLEEP = 2**32  # in what is done: the caller sleeps until it is woken
_MOST_HELPERS = (len(numbers) - _FIRST_HELPER) // LINE
_LOCK = 1  # next to whether a helper sleeps

_HELPER_WATCHES, _CALLER_WATCHES = 4000, 1500  # pauses


def _lent(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """A value whose arrays are not counted: threads that count the same ones wait for each other.

    Whoever shares the loop keeps them until all parts are done.
    """
    if isinstance(kind, types.BaseTuple):
        lent = [
            _lent(context, builder, *each)
            for each in zip(kind, cgutils.unpack_tuple(builder, value), strict=True)
        ]
        return context.make_tuple(builder, kind, lent)
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder, value)
        array.meminfo, array.parent = (
            cgutils.get_null_value(each.type) for each in (array.meminfo, array.parent)
        )
        return array._getvalue()
    return value


@intrinsic
def _body(typing: Any, loop: Any, args: Any) -> Any:
    """The address of a function (args, start, stop) that runs the loop."""
    parameters = (*args.types, types.int64, types.int64)
    loop.get_call_type(typing, parameters, {})

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        compiled = loop.dispatcher.get_compile_result(types.void(*parameters))
        context.active_code_library.add_linking_library(compiled.library)
        kind = ir.FunctionType(ir.IntType(32), [INT, INT, INT])
        name = builder.module.get_unique_name(f"part_of_{compiled.fndesc.llvm_func_name}")
        body = ir.Function(builder.module, kind, name)
        body.linkage = "internal"
        inside = ir.IRBuilder(body.append_basic_block())
        held = inside.inttoptr(body.args[0], context.get_value_type(args).as_pointer())
        lent = _lent(context, inside, args, inside.load(held))
        unpacked = cgutils.unpack_tuple(inside, lent)
        callee = context.declare_function(builder.module, compiled.fndesc)
        status, _ = context.call_conv.call_function(
            inside, callee, types.none, parameters, [*unpacked, *body.args[1:]]
        )
        inside.ret(inside.zext(status.is_error, ir.IntType(32)))
        return builder.ptrtoint(body, INT)

    return types.int64(loop, args), generate


@intrinsic
def _held(typing: Any, args: Any) -> Any:
    """The address of a tuple, which holds until the function returns."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        held = cgutils.alloca_once_value(builder, given[0])
        return builder.ptrtoint(held, INT)

    return types.int64(args), generate


@intrinsic
def _call(typing: Any, body: Any, args: Any, start: Any, stop: Any) -> Any:
    """Run a part; not 0 if it failed."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [INT, INT, INT])
        return builder.call(builder.inttoptr(given[0], kind.as_pointer()), given[1:])

    return types.int32(*[types.int64] * 4), generate


@inlined
def _taken(word: int) -> int:
    """How many parts of the job are taken, from both ends."""
    return word % _BACK + word // _BACK % _BACK


@jit_inside
def _take_parts(helps: bool) -> bool:
    """Do parts of the job until none is left; whether there was one.

    Helpers begin with the last part, the caller with the first, so that what a thread leaves in its cache is
    what it finds there in the next job.
    """
    took = False
    while True:
        word = read(_WORD)
        parts = read(_PARTS)
        if _taken(word) >= parts:
            return took
        part = parts - 1 - word // _BACK % _BACK if helps else word % _BACK
        body, args, count = read(_BODY), read(_ARGS), read(_COUNT)
        if not replace(_WORD, word, word + (_BACK if helps else 1)):
            continue
        took = True
        if _call(body, args, count * part // parts, count * (part + 1) // parts):
            write(_FAILED, 1)
        done = fetch_add(_DONE, 1)
        if done == _ASLEEP + parts - 1:
            release_lock(read(_FINISH))


@jit
def _help(me: int) -> None:
    """What a helper does for as long as the process lives."""
    while True:
        watched = 0
        while watched < _HELPER_WATCHES:
            watched = 0 if _take_parts(True) else watched + 1
            pause()
        write(me, 1)
        if _taken(read(_WORD)) < read(_PARTS) and exchange(me, 0):
            continue
        acquire_lock(read(me + _LOCK), 1)


@jit_inside
def _wake_helpers(wanted: int) -> None:
    for helper in range(min(wanted, read(_HELPERS))):
        place = _FIRST_HELPER + LINE * helper
        if read(place) and exchange(place, 0):
            release_lock(read(place + _LOCK))


@jit_inside
def _share(body: int, args: int, count: int, parts: int) -> None:
    """Do all parts of a job, together with whoever has time."""
    word = (read(_WORD) // _JOB + 1) * _JOB
    write(_WORD, word + _CLOSED)
    write(_BODY, body)
    write(_ARGS, args)
    write(_COUNT, count)
    write(_PARTS, parts)
    write(_DONE, 0)
    write(_WORD, word)
    _wake_helpers(parts - 1)
    _take_parts(False)
    watched = 0
    while read(_DONE) < parts and watched < _CALLER_WATCHES:
        pause()
        watched += 1
    if fetch_add(_DONE, _ASLEEP) < parts:
        acquire_lock(read(_FINISH), 1)


@jit_inside
def _in_parts(body: int, args: int, count: int, work: int, most: int) -> None:
    """Run all parts.

    A part that is itself split, or a second thread that computes, does its parts one after the other.
    """
    parts = max(min(most, count, work // _PART) // 2 * 2, 1)
    failed = 0
    if parts > 1 and read(_HELPERS) and replace(_OWNED, 0, 1):
        _share(body, args, count, parts)
        failed = exchange(_FAILED, 0)
        write(_OWNED, 0)
    else:
        for part in range(parts):
            failed |= _call(body, args, count * part // parts, count * (part + 1) // parts)
    if failed:
        raise MemoryError("There is no memory left for a part of a loop.")


_loop: Any = None  # names that mean something else in each copy of `_whole`
_most = _MOST


def _whole(*args: Any) -> None:
    """The loop over all it is given: its own arguments, a count and the work in multiply-adds."""
    _in_parts(_body(_loop, args[:-2]), _held(args[:-2]), args[-2], args[-1], _most)


def shared(loop: F, most: int = _MOST) -> F:
    """Compile a loop (..., start, stop) to be called as (..., count, work), in at most so many parts."""
    return cast(F, jit(adopted(_whole, loop, _loop=jit_inside(loop), _most=most)))


def shared_exactly(loop: F, most: int = _MOST) -> F:
    """`shared` with every operation as it stands."""
    return cast(F, jit_exactly(adopted(_whole, loop, _loop=jit_exactly(loop), _most=most), nogil=True))


def loop_of(whole: Any) -> Callable[..., None]:
    """The loop that `shared` was given."""
    loop: Callable[..., None] = whole.py_func.__globals__["_loop"].py_func
    return loop


def adopted(function: Any, loop: Any, **names: Any) -> FunctionType:
    """A copy of a function in which `names` mean something else, as if it stood where `loop` does.

    So it is one of its own for numba, which keeps code on disk by file, name and line.
    """
    code = function.__code__.replace(
        co_filename=loop.__code__.co_filename, co_firstlineno=loop.__code__.co_firstlineno
    )
    copy = FunctionType(code, {**function.__globals__, **names}, loop.__name__)
    copy.__qualname__ = f"{loop.__qualname__}.{function.__name__.strip('_')}"
    copy.__module__ = loop.__module__
    return copy


@inlined
def indices(start: int, stop: int) -> Any:
    """A range for arrays: unsigned numbers are not looked at for being negative, as vector code wants it."""
    return range(np.uint64(start), np.uint64(stop))


def _hire() -> None:
    """Start a helper for each further core."""
    numbers[:] = 0
    numbers[_FINISH] = new_lock()
    helpers = min(cores() - 1, _MOST_HELPERS)
    for helper in range(helpers):
        place = _FIRST_HELPER + LINE * helper
        numbers[place + _LOCK] = new_lock()
        threading.Thread(target=_help, args=(place,), name="gradloom-helper", daemon=True).start()
    numbers[_HELPERS] = helpers


_hire()
if hasattr(os, "register_at_fork"):
    # A forked process has neither the threads nor whoever was at work.
    os.register_at_fork(after_in_child=_hire)
