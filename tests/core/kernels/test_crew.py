"""Loops whose parts threads share: every part once, whoever does it, and errors arrive."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.jit import jit

Array = np.ndarray[Any, Any]

_MUCH = 2**40


@shared
def _count(times: Array, bounds: Array, start: int, stop: int) -> None:
    for at in range(start, stop):
        times[at] += 1
        bounds[at, 0], bounds[at, 1] = start, stop


@shared
def _count_twice(times: Array, bounds: Array, start: int, stop: int) -> None:
    for at in range(start, stop):
        _count(times[at], bounds[at], times.shape[1], _MUCH)


@shared
def _take_memory(sizes: Array, start: int, stop: int) -> None:
    for at in range(start, stop):
        sizes[at] = np.empty(sizes[at], np.int64).size


@jit
def _count_from_compiled_code(times: Array, bounds: Array, rounds: int) -> None:
    for _ in range(rounds):
        _count(times, bounds, len(times), _MUCH)


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 40), st.integers(0, 10**7))
def test_each_number_is_visited_once_and_only_sizes_decide_the_parts(count: int, work: int) -> None:
    times, bounds = np.zeros(count, int), np.zeros((count, 2), int)
    _count(times, bounds, count, work)
    assert (times == 1).all()
    starts = np.unique(bounds[:, 0])
    assert len(starts) <= max(min(count, work // 100_000), 1)
    sizes = np.unique(bounds, axis=0) @ [-1, 1]
    assert sizes.sum() == count
    assert np.ptp(sizes) <= 1 if count else True


def test_compiled_code_may_share_a_loop_many_times() -> None:
    times, bounds = np.zeros(1000, int), np.zeros((1000, 2), int)
    _count_from_compiled_code(times, bounds, 2000)
    assert (times == 2000).all()


def test_a_part_may_be_split_again() -> None:
    times, bounds = np.zeros((50, 60), int), np.zeros((50, 60, 2), int)
    _count_twice(times, bounds, 50, _MUCH)
    assert (times == 1).all()


def test_threads_that_compute_at_once_get_their_own_results() -> None:
    def compute(size: int) -> bool:
        times, bounds = np.zeros(size, int), np.zeros((size, 2), int)
        for _ in range(200):
            _count(times, bounds, size, _MUCH)
        return bool((times == 200).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(compute, range(100, 140)))


def test_an_error_in_any_part_arrives_and_the_next_work_is_done() -> None:
    with pytest.raises(MemoryError):
        _take_memory(np.array([1, 1, 1, 2**60]), 4, _MUCH)
    sizes = np.array([1, 2, 3, 4])
    _take_memory(sizes, 4, _MUCH)
    assert sizes.tolist() == [1, 2, 3, 4]


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_has_helpers_of_its_own() -> None:
    times, bounds = np.zeros(1000, int), np.zeros((1000, 2), int)
    _count(times, bounds, 1000, _MUCH)
    child = os.fork()
    if not child:
        try:
            for _ in range(100):
                _count(times, bounds, 1000, _MUCH)
        finally:
            os._exit(0 if (times == 101).all() else 1)
    assert os.waitpid(child, 0)[1] == 0
