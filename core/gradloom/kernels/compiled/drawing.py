"""Numbers out of a Mersenne Twister's words, which are made and tempered in vector code.

Source: M. Matsumoto and T. Nishimura, "Mersenne Twister" (1998).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.kernels import drawing
from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.elementary import cosine_and_sine, log
from gradloom.kernels.compiled.jit import inlined, jit, jit_inside
from gradloom.kernels.twister import Twister

Array = np.ndarray[Any, Any]

_N, _M = 624, 397
_UPPER, _LOWER = np.uint32(0x80000000), np.uint32(0x7FFFFFFF)
_MATRIX = np.uint32(0x9908B0DF)
_0, _1 = np.uint32(0), np.uint32(1)
_24_BITS, _53_BITS = np.uint32(2**24 - 1), np.uint64(2**53 - 1)
_FLOAT_UNIT = np.float32(2.0**-24)
_TURN = 2.0 * math.pi
_FLOAT_TURN, _MINUS_2 = np.float32(_TURN), np.float32(-2)

# Words on their way to other numbers are kept where the cache holds them.
_AT_ONCE = 4096
_BLOCKS = 64


def words(twister: Twister, count: int) -> Array:
    return _drawn(_words, twister, np.empty(count, np.uint64))


def words64(twister: Twister, count: int) -> Array:
    return _drawn(_words64, twister, np.empty(count, np.uint64))


def floats(twister: Twister, count: int) -> Array:
    return _drawn(_floats, twister, np.empty(count, np.float32))


def doubles(twister: Twister, count: int) -> Array:
    return _drawn(_doubles, twister, np.empty(count, np.float64))


def hits(twister: Twister, count: int, chance: float, value: float) -> Array:
    return _drawn(_hits, twister, np.empty(count, np.float32), float(chance), float(value))


def integers(twister: Twister, count: int, low: int, span: int) -> Array:
    if span >= 2**28:
        return (drawing.words64(twister, count) % np.uint64(span)).astype(np.int64) + low
    return _drawn(_integers, twister, np.empty(count, np.int64), low, np.uint32(span))


def order(twister: Twister, count: int) -> Array:
    out = np.arange(count)
    if count > 1:
        _shuffle(out, drawing.words(twister, count - 1))
    return out


def _drawn(loop: Callable[..., None], twister: Twister, out: Array, *settings: Any) -> Array:
    """`out`, which a loop fills with what it draws."""
    with twister.generator.lock:
        loop(twister.memory, out, *settings)
    return out


def normal_pairs(twister: Twister, pairs: int) -> Array:
    out = drawing.doubles(twister, 2 * pairs)
    _box_muller(out)
    return out


def normal_blocks(unit: Array, out: Array) -> None:
    _blocks(unit, out, len(out) // 16, 40 * len(out))


@jit
def _draw(memory: Array, out: Array) -> None:
    """Fill with raw words."""
    key = memory[:_N]
    used = int(memory[_N])
    at, count = 0, len(out)
    while at < count:
        if used == _N:
            _twist(key)
            used = 0
        taken = min(_N - used, count - at)
        _temper(key[used : used + taken], out[at : at + taken])
        used += taken
        at += taken
    memory[_N] = used


@jit_inside
def _twist(key: Array) -> None:
    """The next 624 words. No index is negative, so that the loops become vector code."""
    for i in range(_N - _M):
        key[i] = key[i + _M] ^ _twisted(key[i], key[i + 1])
    for i in range(_M - 1):
        at = i + _N - _M
        key[at] = key[i] ^ _twisted(key[at], key[at + 1])
    key[_N - 1] = key[_M - 1] ^ _twisted(key[_N - 1], key[0])


@inlined
def _twisted(word: np.uint32, following: np.uint32) -> np.uint32:
    joined = (word & _UPPER) | (following & _LOWER)
    return (joined >> _1) ^ (_MATRIX * (joined & _1))


@inlined
def _temper(words: Array, out: Array) -> None:
    for i in range(len(out)):
        y = words[i]
        y ^= y >> np.uint32(11)
        y ^= (y << np.uint32(7)) & np.uint32(0x9D2C5680)
        y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
        out[i] = y ^ (y >> np.uint32(18))


@inlined
def _double(high: np.uint32, low: np.uint32) -> float:
    joined = (np.uint64(high) << np.uint64(32)) | np.uint64(low)
    return np.int64(joined & _53_BITS) * 2.0**-53


@jit
def _words(memory: Array, out: Array) -> None:
    room = np.empty(min(len(out), _AT_ONCE), np.uint32)
    for start in range(0, len(out), _AT_ONCE):
        part = out[start : start + _AT_ONCE]
        drawn = room[: len(part)]
        _draw(memory, drawn)
        for i in range(len(part)):
            part[i] = drawn[i]


@jit
def _words64(memory: Array, out: Array) -> None:
    room = np.empty(2 * min(len(out), _AT_ONCE), np.uint32)
    for start in range(0, len(out), _AT_ONCE):
        part = out[start : start + _AT_ONCE]
        drawn = room[: 2 * len(part)]
        _draw(memory, drawn)
        for i in range(len(part)):
            part[i] = (np.uint64(drawn[2 * i]) << np.uint64(32)) | np.uint64(drawn[2 * i + 1])


@jit
def _floats(memory: Array, out: Array) -> None:
    room = np.empty(min(len(out), _AT_ONCE), np.uint32)
    for start in range(0, len(out), _AT_ONCE):
        part = out[start : start + _AT_ONCE]
        drawn = room[: len(part)]
        _draw(memory, drawn)
        for i in range(len(part)):
            part[i] = np.float32(np.int32(drawn[i] & _24_BITS)) * _FLOAT_UNIT


@jit
def _doubles(memory: Array, out: Array) -> None:
    room = np.empty(2 * min(len(out), _AT_ONCE), np.uint32)
    for start in range(0, len(out), _AT_ONCE):
        part = out[start : start + _AT_ONCE]
        drawn = room[: 2 * len(part)]
        _draw(memory, drawn)
        for i in range(len(part)):
            part[i] = _double(drawn[2 * i], drawn[2 * i + 1])


@jit
def _hits(memory: Array, out: Array, chance: float, value: float) -> None:
    room = np.empty(2 * min(len(out), _AT_ONCE), np.uint32)
    hit, miss = np.float32(value), np.float32(0)
    for start in range(0, len(out), _AT_ONCE):
        part = out[start : start + _AT_ONCE]
        drawn = room[: 2 * len(part)]
        _draw(memory, drawn)
        for i in range(len(part)):
            part[i] = hit if _double(drawn[2 * i], drawn[2 * i + 1]) < chance else miss


@jit
def _integers(memory: Array, out: Array, low: int, span: np.uint32) -> None:
    room = np.empty(min(len(out), _AT_ONCE), np.uint32)
    for start in range(0, len(out), _AT_ONCE):
        part = out[start : start + _AT_ONCE]
        drawn = room[: len(part)]
        _draw(memory, drawn)
        for i in range(len(part)):
            part[i] = low + np.int64(drawn[i] % span)


@jit
def _shuffle(out: Array, drawn: Array) -> None:
    count = len(out)
    for at in range(count - 1):
        other = at + np.int64(drawn[at]) % (count - at)
        out[at], out[other] = out[other], out[at]


@jit
def _box_muller(pairs: Array) -> None:
    """Pairs of uniform doubles made pairs of normal ones, in place."""
    for i in range(len(pairs) // 2):
        angle = _TURN * pairs[2 * i]
        radius = math.sqrt(-2.0 * math.log1p(-pairs[2 * i + 1]))
        pairs[2 * i] = radius * math.cos(angle)
        pairs[2 * i + 1] = radius * math.sin(angle)


@shared
def _blocks(unit: Array, out: Array, start: int, stop: int) -> None:
    """Halves of blocks are laid one behind the other first, as vector code wants them."""
    near, turned = np.empty(_BLOCKS * 8, np.float32), np.empty(_BLOCKS * 8, np.float32)
    for first in range(start, stop, _BLOCKS):
        count = 8 * min(_BLOCKS, stop - first)
        given, made = unit[16 * first :], out[16 * first :]
        for at in range(0, count, 8):
            for i in range(8):
                near[at + i] = given[2 * at + i]
                turned[at + i] = given[2 * at + 8 + i]
        _turn(near[:count], turned[:count])
        for at in range(0, count, 8):
            for i in range(8):
                made[2 * at + i] = near[at + i]
                made[2 * at + 8 + i] = turned[at + i]


@jit
def _turn(near: Array, turned: Array) -> None:
    """Uniform numbers as radii and turns, and from those two normal ones each, in place."""
    for i in range(len(near)):
        radius = np.sqrt(_MINUS_2 * log(np.float32(1) - near[i]))
        cosine, sine = cosine_and_sine(_FLOAT_TURN * turned[i])
        near[i] = radius * cosine
        turned[i] = radius * sine
