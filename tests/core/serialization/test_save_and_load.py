"""What is saved comes back, from our files and from PyTorch's."""

from __future__ import annotations

import argparse
import io
from collections import Counter, OrderedDict, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom
from gradloom import nn, optim
from gradloom.atomic import WriteError
from gradloom.serialization import LoadError

DTYPES = list(gradloom.dtypes.ALL)


def there_and_back(value: Any) -> Any:
    file = io.BytesIO()
    gradloom.save(value, file)
    return gradloom.load(file)


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.binary(max_size=20),
    st.complex_numbers(allow_nan=False),
)  # fmt: skip
nests = st.recursive(
    scalars,
    lambda inside: st.one_of(
        st.lists(inside, max_size=4),
        st.lists(inside, max_size=4).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inside, max_size=4),
        st.sets(st.integers(), max_size=4),
        st.dictionaries(st.text(max_size=3), inside, max_size=3).map(OrderedDict),
    ),
    max_leaves=12,
)


@given(nests)
@settings(max_examples=60, deadline=None)
def test_plain_values_come_back_as_they_were(value: Any) -> None:
    loaded = there_and_back(value)
    assert loaded == value
    assert type(loaded) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        gradloom.Size([2, 3]),
        gradloom.device("cpu", 0),
        gradloom.bfloat16,
        Counter("abba"),
        defaultdict(list, a=[1]),
        bytearray(b"ab"),
        frozenset([1]),
        argparse.Namespace(lr=0.1, layers=[1, 2]),
        2**70,
        -(2**31) - 1,
    ],
    ids=repr,
)
def test_the_field_s_own_values_come_back(value: Any) -> None:
    loaded = there_and_back({"value": [value]})["value"][0]
    assert loaded == value
    assert type(loaded) is type(value)


def test_numpy_numbers_become_pythons_and_arrays_stay() -> None:
    loaded = there_and_back([np.float32(0.5), np.int64(3), np.arange(6, dtype=">i4").reshape(2, 3).T])
    assert loaded[:2] == [0.5, 3]
    np.testing.assert_array_equal(loaded[2], [[0, 3], [1, 4], [2, 5]])


@pytest.mark.parametrize("dtype", DTYPES, ids=repr)
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3, 4)], ids=str)
def test_tensors_come_back_in_every_dtype(dtype: gradloom.dtype, shape: tuple[int, ...]) -> None:
    x = gradloom.tensor(np.random.default_rng(0).uniform(0, 9, shape)).to(dtype)
    loaded = there_and_back(x)
    assert loaded.dtype is dtype
    assert loaded.shape == x.shape
    np.testing.assert_array_equal(loaded.array, x.array)
    loaded.fill_(1)


def test_views_share_their_memory_again() -> None:
    base = gradloom.arange(12.0).reshape(3, 4)
    saved = {"base": base, "column": base[:, 1], "turned": base.T, "same": base}
    loaded = there_and_back(saved)
    assert loaded["same"] is loaded["base"]
    loaded["base"].fill_(7)
    assert loaded["column"].tolist() == [7, 7, 7]
    assert loaded["turned"].shape == (4, 3)
    assert loaded["turned"].stride() == (1, 4)


def test_a_small_part_of_a_large_tensor_takes_little_room() -> None:
    file = io.BytesIO()
    gradloom.save(gradloom.zeros(1000, 1000)[::2, 3], file)
    assert len(file.getvalue()) < 6000


def test_containers_that_were_one_are_one_again() -> None:
    shared = [1]
    loaded = there_and_back({"a": shared, "b": shared})
    assert loaded["a"] is loaded["b"]


def test_parameters_and_gradients_wanted_come_back() -> None:
    loaded = there_and_back(
        [nn.Parameter(gradloom.ones(2)), gradloom.ones(2, requires_grad=True), gradloom.ones(2)]
    )
    assert [type(each).__name__ for each in loaded] == ["Parameter", "Tensor", "Tensor"]
    assert [each.requires_grad for each in loaded] == [True, True, False]


def test_training_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    def made() -> tuple[Any, Any]:
        gradloom.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
        return model, optim.Adam(model.parameters(), lr=0.1)

    def step(model: Any, optimizer: Any) -> float:
        optimizer.zero_grad()
        loss = model(gradloom.arange(12.0).reshape(4, 3)).pow(2).mean()
        loss.backward()
        optimizer.step()
        return float(loss.item())

    model, optimizer = made()
    step(model, optimizer)
    checkpoint = {"epoch": 1, "model": model.state_dict(), "optimizer": optimizer.state_dict()}
    gradloom.save(checkpoint, tmp_path / "last.pt")
    expected = [step(model, optimizer) for _ in range(3)]
    model, optimizer = made()
    loaded = gradloom.load(tmp_path / "last.pt", map_location="cpu", weights_only=True)
    model.load_state_dict(loaded["model"])
    optimizer.load_state_dict(loaded["optimizer"])
    assert loaded["epoch"] == 1
    assert [step(model, optimizer) for _ in range(3)] == expected


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (
            {"net": [nn.Linear(1, 1)]},
            r"never code, so it cannot save a Linear at \['net'\]\[0\]; save its state_dict",
        ),
        (print, "plain values only, so it cannot save a builtin_function_or_method."),
        ({"a": object()}, r"so it cannot save a object at \['a'\]."),
    ],
)
def test_what_is_no_plain_value_is_refused(value: Any, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_text("before")
    with pytest.raises(TypeError, match=sentence):
        gradloom.save(value, tmp_path / "x.pt")
    assert (tmp_path / "x.pt").read_text() == "before"


def test_a_file_that_cannot_be_written_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"x.pt cannot be saved: its folder does not exist"):
        gradloom.save({}, tmp_path / "nowhere" / "x.pt")


def test_the_same_values_are_the_same_bytes() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    for file in (first, second):
        gradloom.save({"w": gradloom.ones(3), "set": {"a", "b"} and 1}, file)
    assert first.getvalue() == second.getvalue()


def test_other_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    for content, sentence in (
        (b"", "x.pt is not a file that save"),
        (b"PK\x05\x06" + bytes(18), "it has no record data.pkl"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "the format that PyTorch wrote before 1.6"),
    ):
        path.write_bytes(content)
        with pytest.raises(LoadError, match=sentence):
            gradloom.load(path)
    with pytest.raises(FileNotFoundError):
        gradloom.load(tmp_path / "nowhere.pt")
    with pytest.raises(RuntimeError, match="there is no device 'cuda'"):
        gradloom.load(path, map_location="cuda")


@pytest.mark.oracle
class TestWithPyTorch:
    """Files go both ways."""

    @pytest.fixture
    def torch(self) -> Any:
        return pytest.importorskip("torch")

    def test_pytorch_reads_ours(self, torch: Any, tmp_path: Path) -> None:
        base = gradloom.arange(12.0).reshape(3, 4)
        value = {
            **{str(dtype): gradloom.ones(2, 3).to(dtype) for dtype in DTYPES},
            "base": base,
            "part": base[1:, ::2],
            "parameter": nn.Parameter(gradloom.ones(2)),
            "plain": [1, -(2**40), 2.5, "é", b"\xff", (), (1,), None, True, 1 + 2j, {3}, OrderedDict(a=1)],
            "dtype": gradloom.float16,
            "size": gradloom.Size([1, 2]),
            "device": gradloom.device("cpu"),
            "empty": gradloom.zeros(0, 3),
        }
        gradloom.save(value, tmp_path / "ours.pt")
        for options in ({}, {"mmap": True}):
            loaded = torch.load(tmp_path / "ours.pt", weights_only=True, **options)
            for dtype in DTYPES:
                assert loaded[str(dtype)].dtype is getattr(torch, dtype.name)
                assert loaded[str(dtype)].to(torch.complex64).tolist() == [[1.0] * 3] * 2
            assert loaded["part"].tolist() == [[4, 6], [8, 10]]
            assert loaded["part"].data_ptr() == loaded["base"].data_ptr() + 16
            assert loaded["plain"] == value["plain"]
            assert isinstance(loaded["parameter"], torch.nn.Parameter)
            assert loaded["dtype"] is torch.float16
            assert loaded["size"] == torch.Size([1, 2])
            assert loaded["empty"].shape == (0, 3)

    def test_we_read_pytorchs(self, torch: Any, tmp_path: Path) -> None:
        model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
        optimizer = torch.optim.AdamW(model.parameters())
        model(torch.randn(4, 2)).sum().backward()
        optimizer.step()
        base = torch.arange(12.0).reshape(3, 4)
        value = {
            **{str(dtype): torch.ones(2, 3).to(getattr(torch, dtype.name)) for dtype in DTYPES},
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "base": base,
            "turned": base.T,
            "every": base[:, ::2].expand(2, 3, 2),
            "parameter": model[0].weight,
            "plain": [1, -(2**40), 2.5, "é", b"\xff", (), (1,), None, True, 1 + 2j, {3}, OrderedDict(a=1)],
            "device": torch.device("cuda", 1),
            "dtype": torch.bfloat16,
            "size": base.shape,
            "number": np.float64(0.25),
            "array": np.arange(6).reshape(2, 3),
        }
        for protocol in (2, 4):
            torch.save(value, tmp_path / "theirs.pt", pickle_protocol=protocol)
            loaded = gradloom.load(tmp_path / "theirs.pt")
            for dtype in DTYPES:
                assert loaded[str(dtype)].dtype is dtype
                np.testing.assert_array_equal(loaded[str(dtype)].array.astype(complex), 1)
            for name in ("base", "turned", "every", "parameter"):
                np.testing.assert_array_equal(loaded[name].detach().numpy(), value[name].detach().numpy())
                assert loaded[name].stride() == value[name].stride()
            loaded["base"].fill_(5)
            assert set(loaded["turned"].reshape(-1).tolist()) == {5}
            assert loaded["plain"] == value["plain"]
            assert (str(loaded["device"]), loaded["dtype"]) == ("cuda:1", gradloom.bfloat16)
            assert (loaded["size"], loaded["number"]) == (gradloom.Size([3, 4]), 0.25)
            np.testing.assert_array_equal(loaded["array"], value["array"])
            ours = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
            assert repr(ours.load_state_dict(loaded["model"])) == "<All keys matched successfully>"
            state = optim.AdamW(ours.parameters())
            state.load_state_dict(loaded["optimizer"])

    def test_models_and_old_formats_are_refused(self, torch: Any, tmp_path: Path) -> None:
        torch.save(torch.nn.Linear(1, 1), tmp_path / "model.pt")
        with pytest.raises(
            LoadError, match=r"GLOBAL torch.nn.modules.linear.Linear was not an allowed global"
        ):
            gradloom.load(tmp_path / "model.pt")
        torch.save({}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
        with pytest.raises(LoadError, match=r"old.pt is in the format that PyTorch wrote before 1.6"):
            gradloom.load(tmp_path / "old.pt")
