"""Data sets from files: read once, read again when they change, forgotten when others come."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gradloom.data.sources import DataError, Samples
from gradloom.experiment.analyse import AnalysisCache, analyse
from gradloom.experiment.data_set import SamplesCache, load_samples, state_of_files
from gradloom.experiment.document import Choice, DataSettings, Document
from gradloom.plugins.catalogue import Catalogue, Entry, Kind, Parameter


def samples(rows: int = 4) -> Samples:
    target = np.arange(rows, dtype=np.int64) % 2
    return Samples({"x": np.ones((rows, 3), np.float32)}, target, "classification", ("a", "b"))


class Counting:
    """A data set that counts how often it is read, and holds as many samples as its file has letters."""

    def __init__(self) -> None:
        self.reads: list[str] = []

    def __call__(self, path: str, scale: float = 1.0) -> Samples:
        self.reads.append(path)
        return samples(len(Path(path).read_text()) if Path(path).is_file() else 4)


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def catalogue(counting: Counting) -> Catalogue:
    def entry(key: str, type_: str) -> Entry:
        parameters = (Parameter("path", type_), Parameter("scale", "float", 1.0))  # type: ignore[arg-type]
        return Entry(key, Kind.DATASET, counting, "Counts.", parameters)

    return Catalogue({"file": entry("file", "file"), "folder": entry("folder", "folder")})


def choose(path: Path | str, kind: str = "file", **parameters: float) -> Choice:
    return Choice(kind=kind, parameters={"path": str(path), **parameters})


def later(path: Path) -> None:
    """Change a time as a later moment would, without waiting for it."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10_000_000))


def test_a_file_is_read_once(counting: Counting, catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_text("four")
    first = load_samples(choose(path), catalogue)
    assert load_samples(choose(path), catalogue) is first
    document = Document(data=DataSettings(source=choose(path)))
    for _ in range(3):
        analyse(document, catalogue, AnalysisCache())
    assert len(counting.reads) == 1
    load_samples(choose(path, scale=2.0), catalogue)
    assert len(counting.reads) == 2


def test_a_changed_file_is_read_again(counting: Counting, catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_text("four")
    assert len(load_samples(choose(path), catalogue)) == 4
    path.write_text("sixsix")
    assert len(load_samples(choose(path), catalogue)) == 6
    later(path)
    load_samples(choose(path), catalogue)
    assert len(counting.reads) == 3


def test_the_same_name_in_another_folder_is_another_file(
    counting: Counting, catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("a", "four"), ("b", "sixsix")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.txt").write_text(text)
        monkeypatch.chdir(tmp_path / name)
        assert len(load_samples(choose("data.txt"), catalogue)) == len(text)


@pytest.mark.parametrize("where", [".", "cats"])
def test_a_folder_is_read_again_when_a_file_comes_or_goes(
    counting: Counting, catalogue: Catalogue, tmp_path: Path, where: str
) -> None:
    (tmp_path / "cats").mkdir()
    picture = tmp_path / where / "1.png"
    before = state_of_files(choose(tmp_path, "folder"), catalogue)
    load_samples(choose(tmp_path, "folder"), catalogue)
    load_samples(choose(tmp_path, "folder"), catalogue)
    assert len(counting.reads) == 1
    picture.write_bytes(b"new")
    later(picture.parent)
    assert state_of_files(choose(tmp_path, "folder"), catalogue) != before
    load_samples(choose(tmp_path, "folder"), catalogue)
    assert len(counting.reads) == 2


def test_a_failure_is_not_kept(catalogue: Catalogue, tmp_path: Path) -> None:
    def refuse() -> Samples:
        raise DataError("no")

    cache = SamplesCache()
    for _ in range(2):
        with pytest.raises(DataError):
            cache.get("key", refuse)
    assert len(cache.get("key", samples)) == 4


def test_only_the_last_few_are_kept() -> None:
    cache, reads = SamplesCache(most=2), []

    def ask(key: str) -> None:
        cache.get(key, lambda: reads.append(key) or samples())  # type: ignore[func-returns-value]

    for key in "abacab":
        ask(key)
    assert "".join(reads) == "abcb"


def test_what_takes_much_memory_is_forgotten_sooner() -> None:
    size = samples(100).x.nbytes
    reads = 0

    def read() -> Samples:
        nonlocal reads
        reads += 1
        return samples(100)

    cache = SamplesCache(most_bytes=size)
    for key in "aabba":
        cache.get(key, read)
    assert reads == 3


def test_threads_that_ask_together_read_once() -> None:
    begun, go_on = threading.Event(), threading.Event()
    cache, found, reads = SamplesCache(), [], []

    def read() -> Samples:
        reads.append(threading.current_thread().name)
        begun.set()
        assert go_on.wait(10)
        return samples()

    def start(read: Callable[[], Samples]) -> threading.Thread:
        thread = threading.Thread(target=lambda: found.append(cache.get("key", read)))
        thread.start()
        return thread

    threads = [start(read)]
    assert begun.wait(10)
    threads += [start(read) for _ in range(3)]
    cache.get("another", samples)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert len(reads) == 1
    assert len(found) == 4
    assert len({id(one) for one in found}) == 1
