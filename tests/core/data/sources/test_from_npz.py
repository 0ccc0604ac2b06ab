"""Archives from disk: what people save is read, and what is hostile or damaged is refused in one sentence."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradloom.data import FileDataset, sources
from gradloom.data.sources import disk


def save(folder: Path, **arrays: np.ndarray) -> Path:
    path = folder / "data.npz"
    np.savez_compressed(path, **arrays)
    return path


def npy(array: np.ndarray, allow_pickle: bool = False) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=allow_pickle)
    return stream.getvalue()


def archive(folder: Path, **members: bytes) -> Path:
    path = folder / "data.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in members.items():
            file.writestr(f"{name}.npy", body)
    return path


def labels(count: int) -> np.ndarray:
    return np.arange(count) % 2


def refused(path: Path, words: str, **arguments: str) -> None:
    with pytest.raises(sources.DataError, match=words) as error:
        sources.npz(path, **arguments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("x", "y"), [("x", "y"), ("images", "labels"), ("data", "target"), ("X", "Y")])
def test_usual_names_are_found(tmp_path: Path, x: str, y: str) -> None:
    samples = sources.npz(save(tmp_path, **{x: np.eye(4), y: labels(4)}))
    assert samples.x.tolist() == np.eye(4).tolist()
    assert samples.class_counts == (2, 2)


def test_other_names_are_chosen(tmp_path: Path) -> None:
    path = save(tmp_path, a=np.eye(4), b=np.linspace(0, 1, 4))
    samples = sources.npz(path, input="a", target="b")
    assert samples.task == "regression"
    assert samples.target.shape == (4, 1)
    refused(path, r"Which array of data.npz is the input\? Choose one of 'a', 'b'")
    refused(path, "no array 'c' for the target; it has 'a', 'b'", input="a", target="c")


@pytest.mark.parametrize(
    ("x", "shape", "dtype"),
    [
        (np.zeros(6), (6, 1), np.float32),
        (np.zeros((6, 4), np.int64), (6, 4), np.float32),
        (np.zeros((6, 5, 4), np.uint8), (6, 1, 5, 4), np.uint8),
        (np.zeros((6, 5, 4, 3), np.uint8), (6, 3, 5, 4), np.uint8),
        (np.zeros((6, 3, 5, 4), np.uint8), (6, 3, 5, 4), np.uint8),
        (np.zeros((6, 5, 4), np.float32), (6, 5, 4), np.float32),
        (np.zeros((6, 4), bool), (6, 4), np.float32),
    ],
)
def test_shapes_and_dtypes_become_what_networks_take(
    tmp_path: Path, x: np.ndarray, shape: tuple[int, ...], dtype: type
) -> None:
    samples = sources.npz(save(tmp_path, x=x, y=labels(6)))
    assert samples.x.shape == shape
    assert samples.x.dtype == dtype


def test_byte_order_and_memory_order_do_not_matter(tmp_path: Path) -> None:
    table = np.arange(12, dtype=np.float64).reshape(4, 3)
    path = save(tmp_path, x=np.asfortranarray(table.astype(">f8")), y=labels(4).astype(">i4"))
    samples = sources.npz(path)
    assert samples.x.tolist() == table.tolist()
    assert samples.target.tolist() == [0, 1, 0, 1]


def test_keras_style_test_rows_are_held_out(tmp_path: Path) -> None:
    x = np.arange(48, dtype=np.uint8).reshape(12, 2, 2)
    path = save(tmp_path, x_train=x[:8], y_train=labels(8), x_test=x[8:], y_test=labels(4))
    parts = sources.split(sources.npz(path))
    assert parts.train.x[:, 0].tolist() == x[:8].tolist()
    assert parts.validation.x[:, 0].tolist() == x[8:].tolist()
    refused(
        save(tmp_path, x_train=x[:8], y_train=labels(7), x_test=x[8:], y_test=labels(5)),
        "8 training inputs but 7 targets",
    )
    refused(
        save(tmp_path, x_train=x[:8], y_train=labels(8), x_test=x[8:, :1], y_test=labels(4)),
        r"test array is \(4, 1, 2\)",
    )


@pytest.mark.parametrize(
    ("target", "task", "classes"),
    [
        (["b", "a", "b", "a"], "classification", ("a", "b")),
        ([3, 7, 3, 7], "classification", ("3", "7")),
        ([1.0, 0.0, 1.0, 0.0], "classification", ("0", "1")),
        ([True, False, True, True], "classification", ("False", "True")),
        ([-(10**9), 10**9, 10**9, -(10**9)], "classification", ("-1000000000", "1000000000")),
        (np.array([2**63, 5, 5, 2**63], np.uint64), "classification", ("5", "9223372036854775808")),
        (np.array([-3, -5, -5, -3], np.int8), "classification", ("-5", "-3")),
        ([b"u", b"v", b"u", b"v"], "classification", ("u", "v")),
        ([0.5, 1.5, 0.5, 1.5], "regression", ()),
        ([1, 2, 3, 4], "regression", ()),
        ([[1, 2], [3, 4], [5, 6], [7, 8]], "regression", ()),
    ],
)
def test_the_target_tells_the_task(tmp_path: Path, target: list, task: str, classes: tuple[str, ...]) -> None:
    samples = sources.npz(save(tmp_path, x=np.eye(4), y=np.array(target)))
    assert samples.task == task
    assert samples.classes == classes
    if classes:
        assert [samples.classes[label] for label in samples.target] == [
            str(int(each))
            if isinstance(each, float)
            else each.decode()
            if isinstance(each, bytes)
            else str(each)
            for each in np.array(target).tolist()
        ]


def test_the_task_can_be_chosen(tmp_path: Path) -> None:
    path = save(tmp_path, x=np.eye(4), y=np.array([1, 2, 3, 4]))
    assert sources.npz(path, task="classification").classes == ("1", "2", "3", "4")
    path = save(tmp_path, x=np.eye(4), y=np.array(["a", "b", "a", "b"]))
    refused(path, "'y' in data.npz holds text, which suits classification", task="regression")


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": np.eye(4), "y": labels(3)}, "4 rows but the target has 3"),
        ({"x": np.zeros((0, 3)), "y": labels(4)}, r"'x' in data.npz is of shape \(0, 3\)"),
        ({"x": np.float32(1), "y": labels(4)}, r"'x' in data.npz is of shape \(\)"),
        ({"x": np.array([["a"]] * 4), "y": labels(4)}, "an input must be real numbers"),
        ({"x": np.eye(4) * 1j, "y": labels(4)}, "type .<c16., not plain numbers or text"),
        ({"x": np.array([[1], [np.nan], [2], [3]]), "y": labels(4)}, r"'x' .* value in row 1 .* missing"),
        ({"x": np.array([[1], [2], [1e308], [3]]), "y": labels(4)}, r"row 2 .* beyond float32"),
        ({"x": np.eye(4), "y": np.zeros(4, int)}, "'y' in data.npz has one class only, '0'"),
        ({"x": np.eye(4), "y": np.array([0.5, np.inf, 1, 2])}, r"'y' in data.npz has a value in row 1"),
        ({"x": np.zeros((3000, 1)), "y": np.arange(3000).astype(str)}, "3,000 different labels"),
        ({"x": np.eye(4), "y": np.zeros((4, 0))}, "a target needs a value"),
    ],
)
def test_unfit_arrays_are_refused(tmp_path: Path, arrays: dict, words: str) -> None:
    refused(save(tmp_path, **arrays), words)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    victim = tmp_path / "victim"

    class Payload:
        def __reduce__(self) -> tuple:
            return (Path.touch, (victim,))

    bomb = np.array([Payload()], dtype=object)
    refused(
        archive(tmp_path, x=npy(bomb, allow_pickle=True), y=npy(labels(1))),
        "x.npy' holds values of type .[|]O., not plain",
    )
    (tmp_path / "data.npz").write_bytes(pickle.dumps(bomb))
    refused(tmp_path / "data.npz", "data.npz cannot be read as arrays")
    (tmp_path / "data.npz").write_bytes(npy(bomb, allow_pickle=True))
    refused(tmp_path / "data.npz", "data.npz cannot be read as arrays")
    assert not victim.exists()


def test_structured_arrays_are_refused(tmp_path: Path) -> None:
    table = np.zeros(4, dtype=[("a", "f4"), ("b", "i4")])
    refused(save(tmp_path, x=table, y=labels(4)), r"type .\[.*, not plain numbers or text")


def test_zip_bombs_are_refused_before_they_unpack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path, x=npy(np.zeros(70 * 2**20, np.uint8)), y=npy(labels(4)))

    def unpack(*_: object) -> None:
        raise AssertionError("the archive was opened for unpacking")

    monkeypatch.setattr(zipfile.ZipFile, "open", unpack)
    refused(path, r"would unpack from .* KB to 70.0 MB")
    monkeypatch.setattr(disk, "LARGEST", 60 * 2**20)
    refused(path, r"data.npz, unpacked, takes 70.0 MB, and a data set at most 60.0 MB")


def test_small_arrays_may_compress_as_well_as_they_can(tmp_path: Path) -> None:
    assert len(sources.npz(save(tmp_path, x=np.zeros((4, 2**20), np.uint8), y=labels(4)))) == 4


def test_an_archive_of_thousands_of_members_is_refused(tmp_path: Path) -> None:
    refused(archive(tmp_path, **{f"a{i}": b"" for i in range(101)}), "101 members, and at most 100 are read")


def test_names_that_climb_out_of_the_folder_write_nothing(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    path = archive(inner, **{"../x": npy(np.eye(4)), "y": npy(labels(4))})
    assert len(sources.npz(path, input="../x")) == 4
    assert [entry.name for entry in tmp_path.rglob("*")] == ["inner", "data.npz"]


@pytest.mark.parametrize("lie", ["(4, 400000000000)", "(4, 5)", "(2, 4)", "(-1, 4)", "(4, 4L)", "(" * 300])
def test_headers_that_lie_about_the_shape_are_refused(tmp_path: Path, lie: str) -> None:
    body = npy(np.eye(4))
    header = body[10:128].decode().rstrip().replace("(4, 4)", lie)
    padded = header.ljust(501) + "\n"
    lying = body[:8] + len(padded).to_bytes(2, "little") + padded.encode() + body[128:]
    refused(archive(tmp_path, x=lying, y=npy(labels(4))), "data.npz cannot be read as arrays")


def test_missing_empty_and_misplaced_files_are_named(tmp_path: Path) -> None:
    refused(tmp_path / "gone.npz", "There is no file .*gone.npz")
    refused(tmp_path, "is a folder; choose a file")
    (tmp_path / "empty.npz").touch()
    refused(tmp_path / "empty.npz", "empty.npz is empty")
    refused(archive(tmp_path), "holds no arrays")


@pytest.mark.parametrize(("at", "what"), [(27, "the name's length"), (None, "the version that unpacks it")])
def test_a_damaged_member_is_told_briefly_by_all_readers(tmp_path: Path, at: int | None, what: str) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, x=np.eye(40), y=labels(40))
    body = bytearray(path.read_bytes())
    body[(body.index(b"PK\x01\x02") + 6) if at is None else at] = 99
    path.write_bytes(body)
    for read in (sources.npz, lambda path: FileDataset(path / "x")):
        with pytest.raises(sources.DataError, match="cannot be read as ") as error:
            read(path)
        assert len(str(error.value)) < 300, what


def test_a_file_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.npz"
    with path.open("wb") as file:
        file.truncate(disk.LARGEST + 1)
    refused(path, "huge.npz takes 2.0 GB, and a data set at most 2.0 GB")


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_is_a_data_error_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    x = np.random.RandomState(0).rand(6, 3)
    path = save(tmp_path, x=x, y=labels(6)) if data.draw(st.booleans()) else tmp_path / "data.npz"
    np.savez(path, x=x, y=labels(6))
    body = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        del body[data.draw(st.integers(1, len(body) - 1)) :]
    else:
        for _ in range(data.draw(st.integers(1, 4))):
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(body)
    try:
        samples = sources.npz(path)
    except sources.DataError as error:
        assert "data.npz" in str(error) or "target has" in str(error)  # noqa: PT017
    else:
        assert len(samples) > 0
