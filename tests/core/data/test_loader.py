"""The loader gives every sample once, in PyTorch's order, and its fast way equals its slow one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.creation import from_numpy, tensor
from gradloom.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    default_collate,
    random_split,
)
from gradloom.random import Generator, manual_seed


class Stream(IterableDataset[int]):
    def __init__(self, size: int) -> None:
        self.size = size

    def __iter__(self):
        return iter(range(self.size))


@pytest.fixture
def digits() -> TensorDataset:
    pixels = np.arange(30 * 4, dtype=np.float32).reshape(30, 2, 2)
    return TensorDataset(from_numpy(pixels), from_numpy(np.arange(30) % 7))


def plain(batches) -> list[list[object]]:
    return [[field.tolist() for field in batch] for batch in batches]


@given(size=st.integers(1, 40), batch=st.integers(1, 50), drop_last=st.booleans(), shuffle=st.booleans())
@settings(max_examples=30, deadline=None)
def test_an_epoch_is_the_dataset_in_batches(size: int, batch: int, drop_last: bool, shuffle: bool) -> None:
    loader = DataLoader(range(size), batch, shuffle, drop_last=drop_last)
    batches = [each.tolist() for each in loader]
    seen = [sample for each in batches for sample in each]
    assert len(batches) == len(loader)
    assert len(seen) == len(set(seen))
    assert set(seen) <= set(range(size))
    assert drop_last or len(seen) == size


def test_gathering_a_batch_at_once_equals_sample_by_sample(digits: TensorDataset) -> None:
    part = Subset(digits, [4, 2, 9, 9, 28, 0, 1])
    for dataset in (digits, part, Subset(part, [6, 0, 3])):
        quick = plain(DataLoader(dataset, 3))
        slow = plain(DataLoader(dataset, 3, collate_fn=lambda samples: default_collate(samples)))
        assert quick == slow


def test_a_redefined_getitem_is_asked(digits: TensorDataset) -> None:
    class Negated(TensorDataset):
        def __getitem__(self, index):
            return tuple(from_numpy(np.asarray(-tensor.array[index])) for tensor in self.tensors)

    negated = Negated(*digits.tensors)
    for dataset in (negated, Subset(negated, range(30))):
        first, _ = next(iter(DataLoader(dataset, 30)))
        np.testing.assert_array_equal(first.array, -digits.tensors[0].array)


def test_getitems_gets_the_whole_batch() -> None:
    class Table(Dataset[int]):
        def __len__(self) -> int:
            return 5

        def __getitems__(self, indices):
            return [index * 10 for index in indices]

    assert [each.tolist() for each in DataLoader(Table(), 2)] == [[0, 10], [20, 30], [40]]


def test_streams_are_read_in_order() -> None:
    assert [each.tolist() for each in DataLoader(Stream(5), 2)] == [[0, 1], [2, 3], [4]]
    assert [each.tolist() for each in DataLoader(Stream(5), 2, drop_last=True)] == [[0, 1], [2, 3]]
    assert list(DataLoader(Stream(3), batch_size=None)) == [0, 1, 2]


def test_without_batches_samples_come_singly() -> None:
    assert list(DataLoader(["a", "b"], batch_size=None)) == ["a", "b"]
    assert list(DataLoader([4, 5, 6], batch_size=None, sampler=[2, 0])) == [6, 4]


def test_own_batches() -> None:
    batches = [[0, 3], [1]]
    assert [each.tolist() for each in DataLoader(range(4), batch_sampler=batches)] == batches


def test_two_loaders_with_one_seed_agree(digits: TensorDataset) -> None:
    epochs = []
    for _ in range(2):
        manual_seed(9)
        loader = DataLoader(digits, 8, shuffle=True)
        epochs.append([plain(loader), plain(loader)])
    assert epochs[0] == epochs[1]
    assert epochs[0][0] != epochs[0][1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"shuffle": True, "sampler": [0]}, "mutually exclusive with shuffle"),
        ({"batch_sampler": [[0]], "batch_size": 2}, "batch_sampler option is mutually exclusive"),
        ({"batch_size": None, "drop_last": True}, "disables auto-batching"),
        ({"batch_size": 0}, "batch_size should be a positive integer"),
        ({"num_workers": -1}, "num_workers option should be non-negative"),
        ({"timeout": -1}, "timeout option should be non-negative"),
        ({"persistent_workers": True}, "needs num_workers > 0"),
    ],
)
def test_arguments_that_exclude_each_other(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        DataLoader(range(4), **arguments)


def test_streams_take_no_order() -> None:
    with pytest.raises(ValueError, match="expected unspecified shuffle option"):
        DataLoader(Stream(3), shuffle=True)


class Point(NamedTuple):
    x: int
    y: float


def test_collate_keeps_the_structure() -> None:
    batch = default_collate(
        [
            {"point": Point(1, 2.0), "name": "a", "list": [tensor([1.0]), np.float32(3)]},
            {"point": Point(3, 4.0), "name": "b", "list": [tensor([2.0]), np.float32(5)]},
        ]
    )
    assert batch["name"] == ["a", "b"]
    assert batch["point"].x.tolist() == [1, 3]
    assert batch["point"].y.dtype.name == "float64"
    assert [each.tolist() for each in batch["list"]] == [[[1.0], [2.0]], [3.0, 5.0]]


def test_collate_says_what_does_not_fit() -> None:
    with pytest.raises(RuntimeError, match=r"but got \[2\] at entry 0 and \[3\] at entry 1"):
        default_collate([tensor([1.0, 2.0]), tensor([1.0, 2.0, 3.0])])
    with pytest.raises(RuntimeError, match="each element in list of batch should be of equal size"):
        default_collate([(1, 2), (1,)])
    with pytest.raises(TypeError, match="found <class 'object'>"):
        default_collate([object()])


@given(size=st.integers(1, 60), first=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
@pytest.mark.filterwarnings("ignore:Length of split")
def test_split_parts_the_whole(size: int, first: float) -> None:
    parts = random_split(range(size), [first, 1 - first], generator=Generator().manual_seed(size))
    assert sorted(index for part in parts for index in part.indices) == list(range(size))
    assert abs(len(parts[0]) - first * size) <= 1


def test_split_refuses_lengths_that_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="Sum of input lengths"):
        random_split(range(5), [2, 2])
    with pytest.raises(ValueError, match="Fraction at index 0 is not between 0 and 1"):
        random_split(range(5), [1.5, -0.5])
    with pytest.raises(TypeError, match="indices must be integers"):
        random_split(range(5), [2.5, 2.5])
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        random_split(range(5), [1.0, 0.0])


class Table(Dataset[int]):
    """Samples that can be asked for all at once, as something else."""

    def __init__(self, size: int, answers: int = 0) -> None:
        self.size, self.answers = size, answers

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index):
        return index

    def __getitems__(self, indices):
        return [10 * index for index in indices][: self.answers or None]


def test_datasets_side_by_side() -> None:
    both = StackDataset(range(3), Table(3))
    assert (len(both), both[1]) == (3, (1, 1))
    assert both.__getitems__([0, 2]) == [(0, 0), (2, 20)]
    named = StackDataset(a=range(3), b=Table(3))
    assert named[2] == {"a": 2, "b": 2}
    assert [each["b"].tolist() for each in DataLoader(named, 2)] == [[0, 10], [20]]
    assert Subset(Table(5), [3, 1]).__getitems__([1, 0]) == [10, 30]


def test_a_part_gives_a_sample_or_those_of_a_list() -> None:
    part = Subset(TensorDataset(tensor([0, 10, 20, 30, 40])), [3, 1, 4])
    assert [each[0].tolist() for each in (part[0], part[-1], part[[1, 0]])] == [30, 40, [10, 30]]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: StackDataset(), ValueError, "At least one dataset should be passed"),
        (lambda: StackDataset(range(2), a=range(2)), ValueError, "but both types are given"),
        (lambda: StackDataset(range(2), range(3)), ValueError, "Size mismatch between datasets"),
        (lambda: StackDataset(Table(3, 1)).__getitems__([0, 1]), ValueError, "Expected 2, got 1"),
        (
            lambda: type("Part", (Subset,), {"__getitem__": abs})(range(2), [0]),
            NotImplementedError,
            "overrides",
        ),
        (lambda: len(ChainDataset([range(2)])), AssertionError, "only supports IterableDataset"),
    ],
)
def test_datasets_that_do_not_fit(make, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_settings_are_fixed_once_made() -> None:
    loader = DataLoader(range(4), 2)
    with pytest.raises(ValueError, match="batch_size attribute should not be set after DataLoader is"):
        loader.batch_size = 3
    loader.num_workers = 0


def test_streams_that_told_a_wrong_length_are_reported() -> None:
    class Liar(Stream):
        def __len__(self) -> int:
            return 1

    loader = DataLoader(Liar(3), 1)
    assert len(loader) == 1
    with pytest.warns(UserWarning, match="was reported to be 1"):
        assert len(list(loader)) == 3


def test_pinned_memory_is_refused_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="no accelerator is found"):
        next(iter(DataLoader(range(3), pin_memory=True)))


def test_datasets_join() -> None:
    both = ConcatDataset([range(3), range(10, 12)])
    assert [both[i] for i in range(len(both))] == [0, 1, 2, 10, 11]
    assert both[-1] == 11
    assert list(Stream(2) + Stream(1)) == [0, 1, 0]
    with pytest.raises(ValueError, match="should not exceed dataset length"):
        both[-6]


def test_tensors_of_unequal_length_are_refused() -> None:
    with pytest.raises(AssertionError, match="Size mismatch"):
        TensorDataset(tensor([1.0, 2.0]), tensor([1.0]))


def one_of_three(fault: Callable[[int], object]) -> Dataset[object]:
    class Faulty(Dataset[object]):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> object:
            return fault(index)

    return Faulty()


@pytest.mark.parametrize(
    ("fault", "batch_size", "note"),
    [
        (lambda index: 1 / (index - 1), 2, "at index 1 of"),
        (lambda index: 1 / (index - 1), None, "at index 1 of"),
        (lambda index: tensor([0] * index), 2, r"at indices \[0, 1\] of"),
        (lambda index: {index}, 3, r"at indices \[0, 1, 2\] of"),
    ],
)
def test_what_goes_wrong_says_with_which_samples(
    fault: Callable[[int], object], batch_size: int | None, note: str
) -> None:
    with pytest.raises((ZeroDivisionError, RuntimeError, TypeError)) as error:
        list(DataLoader(one_of_three(fault), batch_size))
    (said,) = error.value.__notes__
    assert re.search(note, said)


def test_what_looks_into_a_read_only_array_is_not_written_to() -> None:
    array = np.arange(6.0)
    array.flags.writeable = False
    dataset = TensorDataset(from_numpy(array))
    for (batch,) in DataLoader(dataset, batch_size=2):
        batch.add_(1)
    for write in (lambda x: x.add_(1), lambda x: x.__setitem__(0, 1.0), lambda x: x.__setitem__([1, 2], 1.0)):
        with pytest.raises(RuntimeError, match=r"read-only; clone\(\) it before"):
            write(dataset[:][0])
    assert array.tolist() == list(range(6))
