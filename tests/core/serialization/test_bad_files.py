"""No file, however it was made, runs code, takes memory without bound, or fails in more than one way."""

from __future__ import annotations

import io
import pickle
import struct
import sys
import zipfile
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import gradloom
from gradloom import nn, optim
from gradloom.serialization import LoadError


def good() -> bytes:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    optimizer = optim.Adam(model.parameters())
    model(gradloom.ones(4, 2)).sum().backward()
    optimizer.step()
    file = io.BytesIO()
    gradloom.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "list": [1, (2,)]}, file)
    return file.getvalue()


GOOD = good()


def archive(pickled: bytes, packing: int = zipfile.ZIP_STORED, **records: bytes) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as made:
        made.writestr("x/data.pkl", pickled)
        for name, content in records.items():
            made.writestr(f"x/{name.replace('_', '/')}", content)
    return file


def load(content: bytes) -> Any:
    """What was loaded, or the one error."""
    before = set(sys.modules)
    loaded: Any
    try:
        loaded = gradloom.load(io.BytesIO(content))
    except LoadError as error:
        loaded = error
    new = set(sys.modules) - before
    assert all(name.startswith(("gradloom", "ml_dtypes", "numpy")) for name in new)
    if isinstance(loaded, LoadError):
        assert str(loaded).endswith(".")
        assert "\n" not in str(loaded)
    return loaded


mutations = st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6)


@given(mutations, st.integers(0, len(GOOD)))
@settings(max_examples=200, deadline=None)
def test_bytes_changed_anywhere_give_one_clear_error_or_load(
    changes: list[tuple[int, int]], length: int
) -> None:
    content = bytearray(GOOD)
    for place, value in changes:
        content[place] = value
    load(bytes(content))
    load(bytes(content[:length]))


PICKLED = zipfile.ZipFile(io.BytesIO(GOOD)).read("archive/data.pkl")
places = st.integers(0, len(PICKLED) - 1)


@given(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_opcodes_changed_anywhere_do_too(changes: list[tuple[int, int]]) -> None:
    content = bytearray(PICKLED)
    for place, value in changes:
        content[place] = value
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old:
        records = {
            name.removeprefix("archive/").replace("/", "_"): old.read(name) for name in old.namelist()[1:]
        }
    load(archive(bytes(content), **records).getvalue())


@given(st.binary(max_size=200))
@example(b"\x80\x02}q\x00(K\x01u.")
@settings(max_examples=200, deadline=None)
def test_any_bytes_as_opcodes_do_too(content: bytes) -> None:
    load(archive(content + b".").getvalue())


class Evil:
    """Runs code where it is unpickled."""

    ran = False

    def __init__(self, *what: Any) -> None:
        self.what = what

    def __reduce__(self) -> Any:
        return self.what


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Evil(exec, ("Evil.ran = True",)), "exec"),
        (Evil(eval, ("1",)), "eval"),
        (Evil(getattr, ("a", "b")), "getattr"),
        (Evil(globals, ()), "globals"),
        (Evil(print, ("hello",)), "print"),
        (nn.Linear, "gradloom.nn.linear.Linear"),
        (Evil(io.open, ("/tmp/never", "w")), "open"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("protocol", [2, 4])
def test_every_other_name_is_refused_by_name(value: Any, name: str, protocol: int) -> None:
    error = load(archive(pickle.dumps([value], protocol)).getvalue())
    assert isinstance(error, LoadError)
    assert f"{name} was not an allowed global" in str(error)
    assert not Evil.ran


def tensor_pickle(count: int, offset: int, size: bytes, stride: bytes) -> bytes:
    number = lambda value: b"\x8a\x08" + struct.pack("<q", value)  # noqa: E731 - short for a pickle's words
    return (
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
        b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpu" + number(count) + b"tQ" + number(offset)
        + b"(" + size + b"t(" + stride + b"t\x89NtR."
    )  # fmt: skip


@pytest.mark.parametrize(
    "pickled",
    [
        tensor_pickle(2**40, 0, b"K\x02", b"K\x01"),
        tensor_pickle(2, 1, b"K\x02", b"K\x01"),
        tensor_pickle(2, -1, b"K\x02", b"K\x01"),
        tensor_pickle(2, 0, b"K\x03", b"K\x01"),
        tensor_pickle(2, 0, b"J\xff\xff\xff\xff", b"K\x01"),
        tensor_pickle(2, 0, b"K\x02", b"J\xff\xff\xff\xff"),
        tensor_pickle(2, 0, b"K\x02", b""),
        tensor_pickle(2, 0, b"K\x01" * 70, b"K\x01" * 70),
    ],
)
def test_tensors_never_reach_beyond_their_storage(pickled: bytes) -> None:
    assert isinstance(load(archive(pickled, data_0=bytes(8)).getvalue()), LoadError)


def test_packed_records_are_refused_so_that_no_file_unpacks_to_more_than_it_is() -> None:
    content = archive(tensor_pickle(2**24, 0, b"K\x02", b"K\x01"), zipfile.ZIP_DEFLATED, data_0=bytes(2**26))
    assert "is packed" in str(load(content.getvalue()))


def test_keys_nested_without_end_are_refused() -> None:
    nested = b"\x80\x02})" + b"\x85" * 100_000 + b"K\x01s."
    assert isinstance(load(archive(nested).getvalue()), LoadError)


def test_containers_nested_deeply_load() -> None:
    nested = b"\x80\x02]" + b"]" * 5000 + b"a" * 5000 + b"."
    value = load(archive(nested).getvalue())
    assert isinstance(value, list)
