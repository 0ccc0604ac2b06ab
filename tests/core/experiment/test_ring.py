"""The ring: in order, never torn, never waiting."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.experiment.ring import Ring


def write(ring: Ring, first: int, last: int) -> None:
    for step in range(first, last + 1):
        ring.write(step, step * 2, step * 0.5, step * 3)


def test_a_new_ring_is_empty() -> None:
    points, cursor = Ring(8).read_since(0)
    assert cursor == 0
    assert [len(column) for column in points] == [0, 0, 0, 0]


def test_each_row_is_read_once_and_whole() -> None:
    ring = Ring(8)
    write(ring, 1, 3)
    first, cursor = ring.read_since(0)
    write(ring, 4, 5)
    second, _ = ring.read_since(cursor)
    assert first.step.tolist() == [1, 2, 3]
    assert second.step.tolist() == [4, 5]
    np.testing.assert_array_equal(second.epoch, second.step * 2)
    np.testing.assert_array_equal(second.loss, second.step * 0.5)
    np.testing.assert_array_equal(second.samples, second.step * 3)


@settings(max_examples=60, deadline=None)
@given(capacity=st.integers(1, 20), bursts=st.lists(st.integers(0, 50), max_size=8))
def test_a_reader_gets_the_latest_rows_in_order_and_none_twice(capacity: int, bursts: list[int]) -> None:
    ring, cursor, written = Ring(capacity), 0, 0
    for burst in bursts:
        write(ring, written + 1, written + burst)
        points, cursor = ring.read_since(cursor)
        newest = list(range(written + 1, written + burst + 1))
        # The very oldest row of a full ring may be under the writer's pen, so a reader leaves it.
        assert points.step.tolist() == (newest if burst < capacity else newest[burst - capacity + 1 :])
        written += burst
        assert cursor == ring.written == written


def test_what_was_read_does_not_change_later() -> None:
    ring = Ring(4)
    write(ring, 1, 3)
    points, _ = ring.read_since(0)
    write(ring, 4, 9)
    assert points.step.tolist() == [1, 2, 3]


def test_a_reader_beside_a_fast_writer_never_sees_a_torn_row() -> None:
    ring, total = Ring(64), 100_000
    writer = threading.Thread(target=write, args=(ring, 1, total))
    writer.start()
    cursor, last = 0, 0
    while cursor < total:
        points, cursor = ring.read_since(cursor)
        if len(points.step):
            assert points.step[0] > last
            assert np.all(np.diff(points.step) == 1)
            np.testing.assert_array_equal(points.loss, points.step * 0.5)
            np.testing.assert_array_equal(points.samples, points.step * 3)
            last = int(points.step[-1])
    writer.join()


def test_a_ring_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one batch"):
        Ring(0)
