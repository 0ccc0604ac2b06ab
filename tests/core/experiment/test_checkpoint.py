"""Weights and checkpoints as files: exact when they are good, refused in a sentence when they are not."""

from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gradloom.experiment.checkpoint import (
    CheckpointError,
    Snapshot,
    load_checkpoint,
    load_weights,
    save_checkpoint,
    save_weights,
)
from gradloom.experiment.tensor_file import NAMED_AT_MOST, TensorFileError

WEIGHTS: dict[str, np.ndarray[Any, Any]] = {
    "fc1.weight": np.arange(12, dtype=np.float32).reshape(3, 4),
    "fc1.bias": np.array([0.1, -0.0, np.nan], dtype=np.float32),
    "norm.num_batches_tracked": np.array(7, dtype=np.int64),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights.safetensors"
    save_weights(path, WEIGHTS)
    return path


def snapshot(state: dict[str, Any]) -> Snapshot:
    return Snapshot(document="d1", step=42, epoch=3, batch=5, state=state)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def test_weights_come_back_bit_for_bit(file: Path) -> None:
    assert same(WEIGHTS, load_weights(file, WEIGHTS))


def test_any_other_program_can_read_the_weights(file: Path) -> None:
    assert same(dict(sorted(WEIGHTS.items())), dict(sorted(safetensors.numpy.load_file(file).items())))


def test_weights_of_another_program_are_read(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    safetensors.numpy.save_file(WEIGHTS, path)
    assert same(WEIGHTS, load_weights(path, WEIGHTS))


def test_rows_that_are_not_contiguous_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    turned = np.arange(6, dtype=np.float32).reshape(2, 3).T
    save_weights(path, {"w": turned})
    np.testing.assert_array_equal(load_weights(path, {"w": turned})["w"], turned)


def test_weights_of_another_network_are_refused_by_name_and_shape(file: Path) -> None:
    expected = {"fc1.weight": WEIGHTS["fc1.weight"], "fc2.weight": np.zeros((2, 3), np.float32)}
    with pytest.raises(TensorFileError) as error:
        load_weights(file, expected)
    sentence = str(error.value)
    assert "lacks fc2.weight (2, 3)" in sentence
    assert "fc1.bias" in sentence
    with pytest.raises(TensorFileError, match=r"fc1.weight is \(3, 4\) there and \(4, 3\) here"):
        load_weights(file, {**WEIGHTS, "fc1.weight": np.zeros((4, 3), np.float32)})


def test_of_many_weights_that_are_missing_a_few_are_named(file: Path) -> None:
    more = {f"deep{number}.bias": np.zeros(2, np.float32) for number in range(NAMED_AT_MOST + 4)}
    with pytest.raises(TensorFileError) as error:
        load_weights(file, {**WEIGHTS, **more})
    assert f"deep{NAMED_AT_MOST - 1}.bias (2,) and 4 more." in str(error.value)
    assert f"deep{NAMED_AT_MOST}" not in str(error.value)


def test_every_flipped_byte_of_the_arrays_is_noticed(file: Path) -> None:
    whole = file.read_bytes()
    size = sum(array.nbytes for array in WEIGHTS.values())
    for at in range(len(whole) - size, len(whole)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(TensorFileError, match="does not match the hash"):
            load_weights(file, WEIGHTS)


def header(entries: dict[str, Any], length: int | None = None, body: bytes = b"") -> bytes:
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


class Bomb:
    def __reduce__(self) -> Any:
        return (print, ("opening a file ran code",))


def entry(shape: list[int], start: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


HOSTILE = {
    "empty": b"",
    "zeros": bytes(64),
    "a pickle": pickle.dumps(Bomb()),
    "a numpy file": b"\x93NUMPY\x01\x00" + bytes(100),
    "header longer than the file": header({}, length=1 << 40),
    "header is no JSON": struct.pack("<Q", 4) + b"nope",
    "offsets past the end": header({"w": entry([4], 0, 16)}, body=bytes(8)),
    "overlapping offsets": header({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, body=bytes(12)),
    "shape does not match the bytes": header({"w": entry([1000], 0, 8)}, body=bytes(8)),
    "shape overflows": header({"w": entry([2**62, 2**62], 0, 8)}, body=bytes(8)),
    "negative size": header({"w": entry([-2], 0, 8)}, body=bytes(8)),
    "unknown dtype": header({"w": entry([2], 0, 8, "OBJECT")}, body=bytes(8)),
    "bytes behind the end": header({"w": entry([2], 0, 8)}, body=bytes(8) + b"PK\x03\x04"),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_are_refused_in_one_sentence(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hostile.safetensors"
    path.write_bytes(content)
    for load in (lambda: load_weights(path, WEIGHTS), lambda: load_checkpoint(path)):
        with pytest.raises(TensorFileError) as error:
            load()
        assert "hostile.safetensors" in str(error.value)
        assert "\n" not in str(error.value)
    assert capsys.readouterr().out == ""


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TensorFileError, match="There is no file"):
        load_checkpoint(tmp_path / "none.safetensors")


arrays = st.one_of(
    hnp.arrays(np.float32, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)),
    hnp.arrays(np.uint32, st.integers(0, 5)),
    hnp.arrays(np.bool_, st.integers(0, 5)),
)
values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5), arrays
)
keys = st.text("abcdef", min_size=1, max_size=3)
states = st.dictionaries(
    keys, st.one_of(values, st.lists(values, max_size=3), st.dictionaries(keys, values, max_size=3))
)


@settings(max_examples=40, deadline=None)
@given(state=states)
def test_a_snapshot_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, state: dict[str, Any]
) -> None:
    path = tmp_path_factory.mktemp("checkpoint") / "checkpoint.safetensors"
    save_checkpoint(path, snapshot(state))
    loaded = load_checkpoint(path)
    assert (loaded.document, loaded.step, loaded.epoch, loaded.batch) == ("d1", 42, 3, 5)
    assert same(loaded.state, state)


def test_weights_are_no_checkpoint(file: Path) -> None:
    with pytest.raises(CheckpointError, match="holds weights but no checkpoint"):
        load_checkpoint(file)


def test_a_checkpoint_of_a_later_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "later.safetensors"
    safetensors.numpy.save_file({"a": np.zeros(1)}, path, {"schema": "99"})
    with pytest.raises(CheckpointError, match="schema 99"):
        load_checkpoint(path)
