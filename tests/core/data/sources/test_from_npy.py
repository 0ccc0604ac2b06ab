"""Arrays of any size: what stays on the disk is what would be in memory, and errors are one sentence each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gradloom.data import sources
from gradloom.data.sources import StoredSamples, glances, stored

R = np.random.RandomState(0)
LABELS = np.arange(40) % 4
INPUTS = {
    "table": R.randn(40, 3),
    "one column": R.randn(40).astype(np.float32),
    "whole numbers": R.randint(-9, 9, (40, 2)),
    "by columns": np.asfortranarray(R.randn(40, 5).astype(np.float32)),
    "volumes by columns": np.asfortranarray(R.randn(40, 2, 3, 5)),
    "big-endian": R.randn(40, 3).astype(">f8"),
    "half": R.randn(40, 3).astype(np.float16),
    "gray levels": R.randint(0, 256, (40, 4, 5)).astype(np.uint8),
    "channels last": R.randint(0, 256, (40, 4, 5, 3)).astype(np.uint8),
    "float pictures": R.rand(40, 3, 4, 5).astype(np.float32),
}
TARGETS = {
    "labels": LABELS,
    "small labels": LABELS.astype(np.uint8)[:, None],
    "names": np.array(["ant", "bee", "cat", "dog"])[LABELS],
    "numbers": R.randn(40),
    "rows of numbers": R.randn(40, 2).astype(">f4"),
    "pictures": R.rand(40, 1, 4, 5).astype(np.float32),
}


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "HELD", 0)


def saved(folder: Path, **arrays: np.ndarray) -> Path:
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return folder


def pair(folder: Path, x: np.ndarray, y: np.ndarray, task: str = "auto") -> sources.AnySamples:
    saved(folder, x=x, y=y)
    return sources.npy(folder / "x.npy", folder / "y.npy", task)  # type: ignore[arg-type]


def same(ours: sources.Samples, theirs: sources.Samples) -> None:
    assert (ours.task, ours.classes) == (theirs.task, theirs.classes)
    assert ours.x.dtype == theirs.x.dtype
    assert np.array_equal(ours.x, theirs.x)
    assert ours.target.dtype == theirs.target.dtype
    assert np.array_equal(ours.target, theirs.target)


@pytest.mark.parametrize("how", ["none", "unit", "standard"])
@pytest.mark.parametrize(
    ("x", "y"), [*((x, "labels") for x in INPUTS), *(("gray levels", y) for y in TARGETS)]
)
def test_on_disk_and_in_memory_are_the_same_to_the_last_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, x: str, y: str, how: sources.Scaling
) -> None:
    held = pair(tmp_path, INPUTS[x], TARGETS[y])
    assert isinstance(held, sources.Samples)
    np.savez(tmp_path / "both.npz", x=INPUTS[x], y=TARGETS[y])
    same(held, sources.npz(tmp_path / "both.npz"))
    monkeypatch.setattr(stored, "HELD", 0)
    kept = pair(tmp_path, INPUTS[x], TARGETS[y])
    assert isinstance(kept, StoredSamples)
    assert (len(kept), kept.class_counts) == (40, held.class_counts)
    ours, _ = sources.normalize(sources.split(kept, seed=1), how)
    theirs, _ = sources.normalize(sources.split(held, seed=1), how)
    same(ours.train.load(), theirs.train)
    same(ours.validation.load(), theirs.validation)


def test_a_folder_keeps_its_test_rows_for_validation(tmp_path: Path, on_disk: None) -> None:
    x = R.randn(40, 3).astype(np.float32)
    saved(tmp_path, x_train=x[:30], y_train=LABELS[:30], x_test=x[30:], y_test=LABELS[30:])
    parts = sources.split(sources.npy_folder(tmp_path))
    assert np.array_equal(parts.train.load().x, x[:30])
    assert np.array_equal(parts.validation.load().x, x[30:])
    assert parts.validation.load().target.tolist() == LABELS[30:].tolist()
    mixed = sources.npy_folder(tmp_path).take(np.array([35, 2, 30, 29])).load()
    assert np.array_equal(mixed.x, x[[35, 2, 30, 29]])


def test_files_in_a_folder_are_found_by_usual_names_or_chosen(tmp_path: Path) -> None:
    saved(tmp_path, images=INPUTS["gray levels"], labels=LABELS, other=R.randn(40))
    assert sources.npy_folder(tmp_path).task == "classification"
    assert sources.npy_folder(tmp_path, target="other.npy").task == "regression"


def test_a_preview_looks_at_some_rows_only(
    tmp_path: Path, on_disk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.arange(3000, dtype=np.float32)
    samples = pair(tmp_path, x, LABELS[np.arange(3000) % 40])
    shown = sources.preview(samples, 8)
    assert (shown.samples, shown.looked_at, len(shown.shown)) == (3000, 1000, 8)
    assert (shown.fields[0].low, shown.fields[0].high) == (0, 2999)
    assert shown.class_counts == (750,) * 4
    monkeypatch.setattr(glances, "MOST_BYTES", 40)
    assert sources.preview(samples, 8).looked_at == 10


@pytest.mark.parametrize("how", ["unit", "standard"])
def test_a_missing_value_is_found_when_its_row_is_read(
    tmp_path: Path, on_disk: None, how: sources.Scaling
) -> None:
    x = R.randn(40, 3)
    x[33, 1] = np.nan
    samples = pair(tmp_path, x, LABELS)
    assert np.isfinite(samples.take(np.arange(30)).load().x).all()
    with pytest.raises(sources.DataError, match=r"x.npy has a value in row 33 .* that is missing"):
        samples.take(np.array([1, 33])).load()
    with pytest.raises(sources.DataError, match=r"x\.npy has a value in row 33"):
        sources.Normalization.of(samples, how)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    victim = tmp_path / "victim"

    class Payload:
        def __reduce__(self) -> tuple:
            return (Path.touch, (victim,))

    np.save(tmp_path / "x.npy", np.array([Payload()] * 40, dtype=object), allow_pickle=True)
    np.save(tmp_path / "y.npy", LABELS)
    for x, y in (("x", "y"), ("y", "x")):
        with pytest.raises(sources.DataError, match=r"x.npy cannot .* type .\|O., not plain numbers or text"):
            sources.npy(tmp_path / f"{x}.npy", tmp_path / f"{y}.npy")
    assert not victim.exists()


def cut(folder: Path) -> None:
    path = folder / "x.npy"
    path.write_bytes(path.read_bytes()[:-1])


def gone(folder: Path) -> None:
    (folder / "y.npy").unlink()


def emptied(folder: Path) -> None:
    (folder / "y.npy").write_bytes(b"")


def zipped(folder: Path) -> None:
    with (folder / "x.npy").open("wb") as file:
        np.savez(file, x=LABELS)


def headed(shape: str) -> Callable[[Path], None]:
    """Writes an array whose header gives this shape."""
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape})}}".encode()

    def write(folder: Path) -> None:
        head = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
        (folder / "x.npy").write_bytes(head + bytes(40))

    return write


def no_unicode(folder: Path) -> None:
    np.save(folder / "y.npy", np.array([0x110000, 65] * 20, np.uint32).view("U1"))


@pytest.mark.parametrize("size", ["on disk", "in memory"])
@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.eye(40), LABELS[:-1], "x.npy has 40 rows and y.npy has 39"),
        (np.eye(40) * 1j, LABELS, r"x.npy cannot be read as an array: .* type '<c16'"),
        (np.zeros(40, "f4,i2"), LABELS, "x.npy cannot be read as an array"),
        (np.array(["a"] * 40), LABELS, "x.npy holds values of type <U1; an input must be real numbers"),
        (np.float64(3), LABELS, "x.npy cannot be read as an array: it holds a single value"),
        (np.zeros((40, 0)), LABELS, r"x.npy cannot be read as an array: it is of shape \(40, 0\)"),
        (np.eye(40), np.zeros((40, 2, 2), "U3"), "y.npy holds text, which suits classification"),
        (np.eye(40), np.zeros(40, int), "y.npy has one class only, '0'"),
        (np.eye(40), np.full(40, np.inf), "y.npy has a value in row 0"),
        (np.eye(40), cut, "x.npy cannot be read as an array: it needs 12.5 KB for shape"),
        (np.eye(40), gone, "There is no file '.*y.npy'"),
        (np.eye(40), emptied, "y.npy is empty"),
        (np.eye(40), zipped, "x.npy cannot be read as an array: it does not begin as numpy.save"),
        (np.eye(40), headed(f"{'1,' * 65}"), "x.npy cannot be read as an array: it has 65 dimensions"),
        (np.eye(40), headed("9" * 5000), "x.npy cannot be read as an array: it has no header"),
        (np.eye(40), no_unicode, "y.npy has labels that are no Unicode text"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: str,
    x: np.ndarray,
    y: np.ndarray | Callable[[Path], None],
    words: str,
) -> None:
    if size == "on disk":
        monkeypatch.setattr(stored, "HELD", 0)
    saved(tmp_path, x=x, y=LABELS if callable(y) else y)
    if callable(y):
        y(tmp_path)
    with pytest.raises(sources.DataError, match=words) as error:
        sources.npy(tmp_path / "x.npy", tmp_path / "y.npy")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("arrays", "task", "words"),
    [
        ({}, "auto", "has no .npy files"),
        ({"a": LABELS, "b": LABELS}, "auto", r"Which array of .* is the input\? Choose one of 'a', 'b'"),
        (
            {"x": np.eye(40), "y": np.eye(40)},
            "classification",
            r"y.npy is of shape \(40, 40\); classification",
        ),
        (
            {"x_train": np.eye(40), "y_train": LABELS, "x_test": np.eye(40)[:, :9], "y_test": LABELS},
            "auto",
            r"x_train.npy is of shape \(40, 40\) and x_test.npy of shape \(40, 9\)",
        ),
        (
            {"x_train": np.eye(40), "y_train": LABELS, "x_test": np.eye(40), "y_test": LABELS[:9]},
            "auto",
            "x_test.npy has 40 rows and y_test.npy has 9",
        ),
    ],
)
def test_folders_that_cannot_be_used_are_refused(
    tmp_path: Path, on_disk: None, arrays: dict[str, np.ndarray], task: str, words: str
) -> None:
    with pytest.raises(sources.DataError, match=words) as error:
        sources.npy_folder(saved(tmp_path, **arrays), task=task)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
