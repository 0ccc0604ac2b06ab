"""Loading processes give the batches that one process gives, and what goes wrong in them is told."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom.creation import from_numpy
from gradloom.data import DataLoader, Dataset, IterableDataset, TensorDataset, get_worker_info, passing

pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    # Python 3.12 says so of every fork where a library keeps threads.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


class Function(Dataset[Any]):
    """The samples are what a function makes of the index."""

    def __init__(self, size: int, function: Callable[[int], Any]) -> None:
        self.size, self.function = size, function

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> Any:
        return self.function(index)


class Share(IterableDataset[int]):
    """Numbers, of which each worker yields its own."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __iter__(self) -> Iterator[int]:
        info = get_worker_info()
        assert info is not None
        return iter(range(info.id, self.size, info.num_workers))


def lists(loader: Any) -> list[Any]:
    return [[field.tolist() for field in batch] for batch in loader]


@pytest.fixture
def digits() -> TensorDataset:
    return TensorDataset(from_numpy(np.arange(44.0).reshape(22, 2)), from_numpy(np.arange(22) % 5))


@pytest.mark.parametrize(
    "settings", [{}, {"persistent_workers": True}, {"prefetch_factor": 5, "timeout": 60}]
)
@pytest.mark.parametrize("workers", [1, 3])
def test_batches_and_order_are_those_of_one_process(
    digits: TensorDataset, workers: int, settings: dict[str, Any]
) -> None:
    def epochs(**more: Any) -> list[Any]:
        gradloom.manual_seed(4)
        loader = DataLoader(digits, 4, shuffle=True, **more)
        first = lists(loader)
        if more.get("persistent_workers"):
            gradloom.random.random_(gradloom.zeros((), dtype=gradloom.int64))
        return [first, lists(loader)]

    assert epochs(num_workers=workers, **settings) == epochs()


def test_spawned_workers_do_it_too(digits: TensorDataset) -> None:
    loader = DataLoader(digits, 8, num_workers=1, multiprocessing_context="spawn")
    assert lists(loader) == lists(DataLoader(digits, 8))


def test_streams_are_shared_by_the_workers() -> None:
    loader = DataLoader(Share(11), 2, num_workers=2)
    assert [batch.tolist() for batch in loader] == [[0, 2], [1, 3], [4, 6], [5, 7], [8, 10], [9]]
    loader = DataLoader(Share(11), 2, num_workers=3, drop_last=True, persistent_workers=True)
    expected = [[0, 3], [1, 4], [2, 5], [6, 9], [7, 10]]
    assert [[batch.tolist() for batch in loader] for _ in range(2)] == [expected] * 2


def test_without_order_every_batch_comes_once() -> None:
    loader = DataLoader(range(20), 2, num_workers=2, in_order=False)
    assert sorted(each for batch in loader for each in batch.tolist()) == list(range(20))


def test_each_worker_has_a_number_and_random_streams_of_its_own() -> None:
    def draws(_: int) -> tuple[Any, ...]:
        info = get_worker_info()
        assert info is not None
        return info.id, info.num_workers, random.random(), np.random.rand(), gradloom.rand(1).item()  # noqa: NPY002

    seen = []
    for _ in range(2):
        gradloom.manual_seed(1)
        seen.append(lists(DataLoader(Function(4, draws), 1, num_workers=2)))
    assert seen[0] == seen[1]
    assert [sample[:2] for sample in seen[0]] == [[[0], [2]], [[1], [2]]] * 2
    assert len({str(sample[2:]) for sample in seen[0]}) == 4
    assert get_worker_info() is None


def test_workers_are_prepared_by_a_function_of_the_callers() -> None:
    numbers: list[int] = []
    loader = DataLoader(
        Function(4, lambda index: numbers[0]), 1, num_workers=2, worker_init_fn=numbers.append
    )
    assert [batch.tolist() for batch in loader] == [[0], [1]] * 2


def broken(index: int) -> int:
    if index == 5:
        raise ValueError("no such sample")
    return index


def missing(index: int) -> int:
    return {}[index]


class Demanding(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(one, two)


def demanding(index: int) -> int:
    raise Demanding(1, 2)


@pytest.mark.parametrize(
    ("function", "error", "words"),
    [
        (broken, ValueError, r"Caught ValueError in DataLoader worker process 0\.\nOriginal Traceback"),
        (broken, ValueError, r"no such sample\nThis happened at index 5 of the dataset\."),
        (missing, KeyError, r"Caught KeyError in DataLoader worker process 0\.\nOriginal Traceback"),
        (demanding, RuntimeError, "Caught Demanding in DataLoader worker process 0"),
        (lambda index: lambda: index, TypeError, "batch must contain tensors"),
    ],
)
def test_what_fails_in_a_worker_fails_here(
    function: Callable[[int], Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        list(DataLoader(Function(8, function), 2, num_workers=2))


def test_after_a_failure_the_rest_can_still_be_had() -> None:
    batches = iter(DataLoader(Function(8, broken), 2, num_workers=2))
    first = [next(batches).tolist(), next(batches).tolist()]
    with pytest.raises(ValueError, match="no such sample"):
        next(batches)
    assert [*first, *(batch.tolist() for batch in batches)] == [[0, 1], [2, 3], [6, 7]]


def test_a_failing_preparation_is_told() -> None:
    with pytest.raises(ZeroDivisionError, match="in DataLoader worker process 0"):
        next(iter(DataLoader(range(4), num_workers=1, worker_init_fn=lambda number: 1 // number)))


def test_what_cannot_be_sent_is_told() -> None:
    loader = DataLoader(Function(4, lambda index: threading.Lock()), None, num_workers=1)
    with pytest.raises(RuntimeError, match="cannot pickle"):
        list(loader)


def die(index: int) -> int:
    if index == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return index


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs signals")
@pytest.mark.parametrize("persistent", [False, True])
def test_a_killed_worker_is_an_error(persistent: bool) -> None:
    before = set(multiprocessing.active_children())
    loader = DataLoader(Function(9, die), 1, num_workers=2, persistent_workers=persistent)
    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) exited unexpectedly") as told:
        list(loader)
    assert "is killed by signal: Killed" in "".join(told.value.__notes__)
    assert set(multiprocessing.active_children()) <= before


def test_a_worker_that_takes_too_long_is_an_error() -> None:
    waits = Function(4, lambda index: threading.Event().wait())
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.2 seconds"):
        next(iter(DataLoader(waits, num_workers=1, timeout=0.2)))


def test_large_batches_and_long_lists_of_indices_do_not_block_each_other() -> None:
    size, batch = 600_000, 150_000
    data = from_numpy(np.arange(size))
    loader = DataLoader(TensorDataset(data, data), batch, num_workers=1, prefetch_factor=4)
    seen = [int(values.array.sum()) for values, _ in loader]
    assert seen == [int(part.sum()) for part in np.split(np.arange(size), size // batch)]


@pytest.mark.parametrize("large", [1, 2**20, None])
def test_large_batches_are_whole_and_may_be_written_to_and_kept(
    monkeypatch: pytest.MonkeyPatch, large: int | None
) -> None:
    if large is None:  # as where the system has no files in memory
        monkeypatch.setattr(passing, "_has_memory", lambda: False)
    else:
        monkeypatch.setattr(passing, "LARGE", large)
    whole = np.arange(900_000.0)
    parts = {"all": whole, "some": whole[:3], "bytes": whole[:131_073].astype(np.uint8), "name": "none"}
    loader = DataLoader(Function(3, lambda index: {**parts, "index": np.array([index])}), 1, num_workers=2)
    kept = list(loader)
    for index, batch in enumerate(kept):
        assert batch["index"].item() == index
        assert batch["name"] == ["none"]
        for name in ("all", "some", "bytes"):
            assert np.array_equal(batch[name][0].numpy(), parts[name])
            batch[name].zero_()
            assert batch[name].array.ctypes.data % 64 == 0 or large != 1


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="the system has no files in memory")
def test_a_worker_is_ahead_of_the_training_with_large_batches_too() -> None:
    here, there = multiprocessing.Pipe()

    def made(index: int) -> Any:
        there.send(index)
        return np.zeros(2 * passing.LARGE, np.uint8)

    batches = iter(DataLoader(Function(4, made), None, num_workers=1, multiprocessing_context="fork"))
    for index in range(2):
        assert here.poll(60)
        assert here.recv() == index
    assert len(list(batches)) == 4


def test_workers_end_with_what_uses_them(digits: TensorDataset) -> None:
    gc.collect()
    before = set(multiprocessing.active_children())
    for persistent in (False, True):
        loader = DataLoader(digits, 2, num_workers=2, persistent_workers=persistent)
        batches = iter(loader)
        next(batches)
        assert len(set(multiprocessing.active_children()) - before) == 2
        del batches, loader
        assert set(multiprocessing.active_children()) <= before


def test_contexts_that_do_not_exist() -> None:
    with pytest.raises(ValueError, match="can only be used with multi-process loading"):
        DataLoader(range(3), multiprocessing_context="spawn")
    with pytest.raises(ValueError, match="should specify a valid start method"):
        DataLoader(range(3), num_workers=1, multiprocessing_context="beam")
    with pytest.raises(TypeError, match="should be a valid context object"):
        DataLoader(range(3), num_workers=1, multiprocessing_context=3)  # type: ignore[arg-type]


def test_more_workers_than_cores_are_warned_of() -> None:
    with pytest.warns(UserWarning, match="This DataLoader will create 999 worker processes in total"):
        DataLoader(range(3), num_workers=999)
