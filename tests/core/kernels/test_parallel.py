"""Work in parts: every part once, in order, whoever does it."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.kernels.parallel import in_parts

MUCH = 10**9


@given(count=st.integers(0, 40), work=st.integers(0, MUCH), most=st.integers(1, 9))
def test_the_parts_make_up_the_whole_and_only_sizes_decide_them(count: int, work: int, most: int) -> None:
    parts = in_parts(lambda start, stop: (start, stop), count, work, most)
    assert [at for start, stop in parts for at in range(start, stop)] == list(range(count))
    assert len(parts) <= most
    assert in_parts(lambda start, stop: (start, stop), count, work, most) == parts


@pytest.mark.parametrize(("work", "parts"), [(0, 1), (2, 1), (3.9, 1), (4, 2), (9.9, 4), (1000, 8)])
def test_little_work_is_not_handed_over(work: float, parts: int) -> None:
    assert len(in_parts(lambda start, stop: None, 100, int(work * 10**6))) == parts


def test_an_error_in_any_part_arrives_and_the_next_work_is_done() -> None:
    def run(start: int, stop: int) -> None:
        if start:
            raise ValueError(f"from {start}")

    with pytest.raises(ValueError, match="from"):
        in_parts(run, 4, MUCH)
    assert in_parts(lambda start, stop: stop - start, 4, MUCH) == [1, 1, 1, 1]


def test_all_parts_are_as_silent_as_their_caller() -> None:
    with np.errstate(all="ignore"):
        made = in_parts(lambda start, stop: np.float32(1e30) * np.float32(1e30), 8, MUCH)
    assert made == [np.inf] * 8


def test_a_part_may_be_split_again() -> None:
    nested = in_parts(lambda start, stop: in_parts(lambda *part: part, 4, MUCH), 2, MUCH)
    assert nested == [[(0, 1), (1, 2), (2, 3), (3, 4)]] * 2


def test_threads_that_compute_at_once_get_their_own_results() -> None:
    found: dict[int, list[int]] = {}

    def compute(number: int) -> None:
        for _ in range(50):
            found[number] = in_parts(lambda start, stop: number * stop, 8, MUCH)

    threads = [threading.Thread(target=compute, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [number * stop for stop in range(1, 9)] for number in range(4)}
