"""Files larger than the memory: rows as saved, little memory, and one sentence where it cannot be."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gradloom.data import DataLoader, FileDataset, Subset, TensorDataset
from gradloom.data.sources import DataError, stored
from gradloom.random import manual_seed
from gradloom.tensor import wrap

X, Y = np.random.default_rng(0).standard_normal((50, 3, 2), np.float32), np.arange(50)


WAYS = {"npy": X, "big endian": X.astype(">f4"), "by columns": np.asfortranarray(X)}


@pytest.fixture(params=[*WAYS, "npz"])
def dataset(request: pytest.FixtureRequest, tmp_path: Path) -> FileDataset:
    if request.param == "npz":
        np.savez(tmp_path / "both.npz", x=X, labels=Y)
        return FileDataset(tmp_path / "both.npz" / "x", tmp_path / "both.npz" / "labels")
    np.save(tmp_path / "x.npy", WAYS[request.param])
    np.save(tmp_path / "y.npy", Y)
    return FileDataset(tmp_path / "x.npy", str(tmp_path / "y.npy"))


@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_are_those_of_the_same_arrays_in_memory(dataset: FileDataset, shuffle: bool) -> None:
    batches = []
    for each in (dataset, pickle.loads(pickle.dumps(dataset)), TensorDataset(wrap(X), wrap(Y))):
        manual_seed(0)
        loader = DataLoader(each, batch_size=8, shuffle=shuffle)
        batches.append([[field.numpy() for field in batch] for batch in loader])
    for read, copied, held in zip(*batches, strict=True):
        for ours, again, theirs in zip(read, copied, held, strict=True):
            assert ours.dtype == theirs.dtype
            assert np.array_equal(ours, theirs)
            assert np.array_equal(again, theirs)


def test_samples_come_singly_and_may_be_written_to(dataset: FileDataset) -> None:
    x, y = dataset[-1]
    x.zero_()
    assert (len(dataset), y.item()) == (50, 49)
    assert np.array_equal(dataset[49][0].numpy(), X[49])
    with pytest.raises(IndexError, match="index 50 is out of range"):
        dataset[50]
    with pytest.raises(TypeError, match="'float' object cannot be interpreted as an integer"):
        dataset[1.5]  # type: ignore[index]


def test_a_batch_of_none_is_an_index_error_as_of_arrays_in_memory(dataset: FileDataset) -> None:
    for each in (dataset, TensorDataset(wrap(X), wrap(Y))):
        with pytest.raises(IndexError, match="list index out of range"):
            next(iter(DataLoader(each, batch_sampler=[[]])))


def test_a_file_that_is_gone_when_a_process_opens_it_is_said(dataset: FileDataset) -> None:
    pickled = pickle.dumps(dataset)
    dataset.arrays[0]._place.path.unlink()
    with pytest.raises(DataError, match="cannot be read: no such file"):
        pickle.loads(pickled)


def compressed(folder: Path) -> Path:
    np.savez_compressed(folder / "a.npz", x=X)
    return folder / "a.npz" / "x"


def archive(folder: Path, name: str) -> Path:
    np.savez(folder / "a.npz", x=X)
    return folder / "a.npz" / name


def saved(folder: Path, array: np.ndarray, cut: int = 0) -> Path:
    stream = io.BytesIO()
    np.save(stream, array)
    (folder / "a.npy").write_bytes(stream.getvalue()[: -cut or None])
    return folder / "a.npy"


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (lambda folder: folder / "none.npy", "There is no file '.*none.npy'"),
        (lambda folder: folder, "is a folder; choose a file"),
        (lambda folder: archive(folder, "y"), "a.npz has no array 'y'; it has 'x'"),
        (compressed, "a.npz is compressed, so its rows cannot be read alone"),
        (lambda folder: saved(folder, X, cut=1), "a.npy cannot be read as an array: it needs 1.2 KB"),
        (lambda folder: saved(folder, X, cut=1300), "a.npy cannot be read as an array"),
        (lambda folder: archive(folder, "x").parent, "a.npz is an archive; choose .* arrays: 'a.npz/x'"),
        (
            lambda folder: saved(folder, np.array(["a", "b"])),
            "a.npy holds values of type <U1, which no tensor",
        ),
        (lambda folder: saved(folder, np.float32(1)), "it holds a single value, not rows"),
        (lambda folder: saved(folder, X[:, :0]), r"it is of shape \(50, 0, 2\), so it holds no values"),
        (lambda folder: saved(folder, X[:0]), r"it is of shape \(0, 3, 2\), so it holds no values"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path: Path, file, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match=words) as error:
        FileDataset(file(tmp_path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("way", ["held", "positioned", "not positioned"])
@pytest.mark.parametrize("rows", [[], [7], [3, 4, 5], [5, 4, 4], [0, 2, 3], [40, 0, 20], [-1, 0], [-1, -50]])
def test_rows_near_and_far_are_those_of_the_array(
    dataset: FileDataset, rows: list[int], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way != "held":
        monkeypatch.setattr(stored, "HELD", 0)
    if way == "not positioned":  # as on Windows
        monkeypatch.delattr(os, "preadv", raising=False)
    wanted = np.array(rows, int)
    x, y = (array[wanted] for array in dataset.arrays)
    assert np.array_equal(x, X[wanted])
    assert y.tolist() == Y[wanted].tolist()


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="the system takes no advice")
@pytest.mark.parametrize("part", [False, True])
def test_a_disk_is_told_of_the_next_batch_once_and_before_a_step(
    tmp_path: Path, part: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "HELD", 0)
    told: list[int] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _, place, *rest: told.append(place))
    whole = FileDataset(saved(tmp_path, np.arange(1000, dtype=np.int64)))
    begin = (tmp_path / "a.npy").stat().st_size - 8000
    dataset = Subset(whole, range(0, 1000, 2)) if part else whole
    read: list[int] = []
    for number, (batch,) in enumerate(DataLoader(dataset, batch_size=5, shuffle=True), 1):
        read += batch.tolist()
        assert len(told) == min(5 * (number + 1), len(dataset))
    assert [(place - begin) // 8 for place in told] == read


@pytest.mark.parametrize("row", [50, -51])
def test_a_row_that_is_not_there_is_an_index_error(dataset: FileDataset, row: int) -> None:
    with pytest.raises(IndexError, match=f"index {row} is out of range for .* of 50 rows"):
        dataset.collated([0, row])


def test_the_rows_before_one_that_is_not_there_still_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "HELD", 0)
    np.save(tmp_path / "y.npy", Y)
    batches = iter(DataLoader(Subset(FileDataset(tmp_path / "y.npy"), [3, 2, 1, 50]), batch_size=2))
    assert next(batches)[0].tolist() == [3, 2]
    with pytest.raises(IndexError, match="index 50 is out of range"):
        next(batches)


def test_a_file_that_is_cut_short_meanwhile_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "HELD", 0)
    dataset = FileDataset(saved(tmp_path, X))
    (tmp_path / "a.npy").write_bytes(b"")
    with pytest.raises(DataError, match="has become shorter"):
        dataset[0]


def test_arrays_of_different_lengths_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=X, y=Y[:-1])
    with pytest.raises(DataError, match="x has 50 rows and y has 49"):
        FileDataset(tmp_path / "a.npz" / "x", tmp_path / "a.npz" / "y")


LARGE = """
import resource, sys
from gradloom.data import DataLoader, FileDataset

def held():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

loader = DataLoader(FileDataset(sys.argv[1]), batch_size=64, shuffle=True)
for (x,) in loader:
    break
before = held()
used = int(open("/proc/self/statm").read().split()[5]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_DATA, (used + 2**27, used + 2**27))  # half the file would not fit
rows = sum(len(x) for (x,) in loader)
print(rows, held() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
def test_an_epoch_over_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    rows = 64_000
    np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.float32, (rows, 1024))  # 250 MiB, sparse
    told = subprocess.run(
        [sys.executable, "-c", LARGE, tmp_path / "x.npy"], check=True, capture_output=True, text=True
    )
    read, grown = map(int, told.stdout.split())
    assert read == rows
    assert grown < 100
