"""Samplers visit every index they promise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.data import BatchSampler, RandomSampler, SequentialSampler
from gradloom.random import Generator, manual_seed


@given(size=st.integers(1, 40), batch=st.integers(1, 9), drop_last=st.booleans())
@settings(max_examples=30, deadline=None)
def test_batches_are_the_sequence_cut_up(size: int, batch: int, drop_last: bool) -> None:
    sampler = BatchSampler(SequentialSampler(range(size)), batch, drop_last)
    batches = list(sampler)
    assert len(batches) == len(sampler)
    joined = [index for each in batches for index in each]
    assert joined == list(range(len(joined)))
    assert size - len(joined) < batch
    assert drop_last or len(joined) == size


@given(size=st.integers(1, 50), seed=st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_without_replacement_is_a_permutation(size: int, seed: int) -> None:
    order = list(RandomSampler(range(size), generator=Generator().manual_seed(seed)))
    assert sorted(order) == list(range(size))


def test_more_samples_than_data_start_over() -> None:
    order = list(RandomSampler(range(4), num_samples=10, generator=Generator().manual_seed(0)))
    assert [sorted(order[:4]), sorted(order[4:8])] == [[0, 1, 2, 3]] * 2
    assert len(order) == 10


def test_each_pass_has_its_own_order() -> None:
    manual_seed(3)
    sampler = RandomSampler(range(30))
    assert list(sampler) != list(sampler)


@given(
    size=st.integers(1, 12),
    batch=st.integers(1, 9),
    drop_last=st.booleans(),
    samples=st.integers(1, 80),
    replacement=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_arrays_are_the_same_batches_drawn_at_the_same_moments(
    size: int, batch: int, drop_last: bool, samples: int, replacement: bool
) -> None:
    def passed(arrays: bool) -> list[tuple[list[int], int]]:
        stream = Generator().manual_seed(size)
        order = RandomSampler(range(size), replacement, samples, stream)
        sampler = BatchSampler(order, batch, drop_last)
        batches = sampler.arrays() if arrays else iter(sampler)
        moments = [(list(map(int, each)), hash(stream.get_state().numpy().tobytes())) for each in batches]
        return [*moments, ([], hash(stream.get_state().numpy().tobytes()))]

    assert passed(arrays=True) == passed(arrays=False)


@pytest.mark.parametrize("num_samples", [0, -1])
def test_refuses_no_samples(num_samples: int) -> None:
    with pytest.raises(ValueError, match="num_samples should be a positive integer"):
        RandomSampler(range(4), num_samples=num_samples)
