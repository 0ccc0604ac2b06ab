"""Square brackets, beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom

SHAPE = (3, 4, 5)
KEYS: list[Any] = [
    0,
    -1,
    slice(1, 3),
    slice(None, None, 2),
    Ellipsis,
    None,
    (0, 1),
    (0, 1, 2),
    (slice(None), 2),
    (Ellipsis, -1),
    (None, 0, Ellipsis, None),
    [0, 2],
    ([0, 2], [1, 3]),
    (slice(None), [0, 2, 2]),
    (0, slice(None), [1, 2]),
    ([0, 1], slice(None), [1, 2]),
    ([[0], [1]], [1, 3]),
    (slice(1, None), [0, 3], slice(2)),
    (Ellipsis, [0, 0]),
    (0, [1, 2], [1, 2]),
    ([2, 0], 1),
    (slice(0, 0),),
    (slice(2, 100),),
    (Ellipsis, Ellipsis),
    True,
    (False, 0),
    (slice(None), True),
    ([0, 2], None, [1, 3]),
    [],
    (),
    range(2),
    (0, [True, False, True, False], [1, 2]),
]


def both(key: Any) -> tuple[Any, Any]:
    """The key for our engine and for PyTorch; arrays become tensors of each."""
    torch = pytest.importorskip("torch")

    def made(part: Any, engine: Any) -> Any:
        return engine.from_numpy(part.copy()) if isinstance(part, np.ndarray) else part

    parts = key if isinstance(key, tuple) else (key,)
    ours, theirs = (tuple(made(part, engine) for part in parts) for engine in (gradloom, torch))
    return (ours, theirs) if isinstance(key, tuple) else (ours[0], theirs[0])


def compare(key: Any, shape: tuple[int, ...] = SHAPE) -> None:
    torch = pytest.importorskip("torch")
    picked, slopes, written = [], [], []
    for engine, own in zip((gradloom, torch), both(key), strict=True):
        x = engine.arange(float(np.prod(shape))).reshape(shape).requires_grad_()
        part = x[own]
        picked.append(part.detach().numpy())
        (part * part).sum().backward()
        slopes.append(x.grad.numpy())
        y = x * 1
        y[own] = x.sum() * 0 - 1.0
        (y * y).sum().backward()
        slopes.append(x.grad.numpy())
        written.append(y.detach().numpy())
    np.testing.assert_array_equal(*picked)
    np.testing.assert_array_equal(*written)
    np.testing.assert_allclose(slopes[0], slopes[2])
    np.testing.assert_allclose(slopes[1], slopes[3])


@pytest.mark.oracle
@pytest.mark.parametrize("key", KEYS, ids=str)
def test_keys(key: Any) -> None:
    compare(key)


@pytest.mark.oracle
@pytest.mark.parametrize(
    "key",
    [
        np.arange(60).reshape(SHAPE) % 3 == 0,
        np.array([True, False, True]),
        (slice(None), np.array([True, False, True, True])),
        (np.ones((3, 4), bool), 2),
        (0, np.array([False] * 4)),
        np.array([[0, 1], [2, 2]]),
        (np.array(1), slice(None)),
        (np.array([0, 1, 2]), Ellipsis, np.array([0, 1, 4])),
    ],
    ids=["mask", "row mask", "inner mask", "mask and number", "empty mask", "matrix", "0-dim", "apart"],
)
def test_index_tensors_and_masks(key: Any) -> None:
    compare(key)


@st.composite
def keys(draw: st.DrawFn) -> Any:
    parts: list[Any] = []
    for size in SHAPE[: draw(st.integers(1, 3))]:
        part = draw(
            st.one_of(
                st.integers(-size, size - 1),
                st.builds(slice, st.integers(-size, size), st.integers(-size, size + 2), st.integers(1, 3)),
                st.lists(st.integers(-size, size - 1), min_size=2, max_size=2),
            )
        )
        parts.extend(draw(st.sampled_from([(part,), (None, part)])))
    return tuple(parts)


@pytest.mark.oracle
@settings(max_examples=60, deadline=None)
@given(keys())
def test_any_key(key: Any) -> None:
    compare(key)


def test_basic_keys_give_views_and_others_copies() -> None:
    x = gradloom.zeros(3, 4)
    x[1].fill_(1.0)
    x[2, 3].fill_(1.0)
    x[[0]].fill_(1.0)
    assert x.sum().item() == 5.0


@pytest.mark.parametrize(
    ("key", "error", "sentence"),
    [
        (5, IndexError, "index 5 is out of bounds for dimension 0 with size 3"),
        ((0, 0, 0, 0), IndexError, "too many indices for tensor of dimension 3"),
        ([0, 9], IndexError, "index 9 is out of bounds for dimension 0 with size 3"),
        (slice(None, None, -1), ValueError, "step must be greater than zero"),
        (gradloom.tensor([0.5]), IndexError, "must be long, int, byte or bool"),
        (0.5, IndexError, "only integers, slices"),
        ("a", TypeError, "invalid data type 'str'"),
        (np.array([True, False]), IndexError, r"The shape of the mask \[2\] at index 0 does not match"),
        (([0, 1], [0, 1, 2]), IndexError, r"could not be broadcast together with shapes \[2\], \[3\]"),
    ],
)
def test_keys_that_do_not_fit(key: Any, error: type[Exception], sentence: str) -> None:
    x = gradloom.zeros(SHAPE)
    with pytest.raises(error, match=sentence):
        x[key]


def test_values_that_do_not_fit() -> None:
    x = gradloom.zeros(3, 4)
    with pytest.raises(RuntimeError, match=r"expanded size of the tensor \(4\) must match the existing size"):
        x[0] = gradloom.ones(2)
    with pytest.raises(
        RuntimeError, match=r"shape mismatch: value tensor of shape \[2\] cannot be broadcast"
    ):
        x[[0, 1]] = gradloom.ones(2)
    with pytest.raises(TypeError, match=r"can't assign a str to a \w+.FloatTensor"):
        x[0] = "one"
    with pytest.raises(
        RuntimeError, match="more than one element of the written-to tensor refers to a single"
    ):
        gradloom.zeros(3).expand(2, 3)[0:2] = 1.0


def test_assignment_casts_to_the_tensors_dtype() -> None:
    x = gradloom.zeros(2, dtype=gradloom.int64)
    x[0] = 1.7
    assert x.tolist() == [1, 0]


@pytest.mark.parametrize("key", [1, -2, slice(1, 3), (1, 0), (slice(1, None), 1)])
def test_a_part_takes_part_in_what_happens_to_the_whole_later(key: Any) -> None:
    base, weight = gradloom.zeros(3, 2), gradloom.ones(2, requires_grad=True)
    part = base[key]
    part_of_part = part[...]
    assert part._base is part_of_part._base is base
    base.add_(weight)
    assert part.requires_grad
    assert part_of_part.requires_grad
    part_of_part.sum().backward()
    expected = np.zeros((3, 2))
    expected[key] = 1
    assert weight.grad.tolist() == expected.sum(axis=0).tolist()
    with gradloom.no_grad():
        unrecorded = base[key]
    assert not unrecorded.requires_grad
    unrecorded.zero_()
    assert not base[key].detach().numpy().any()


@pytest.mark.parametrize(
    ("shape", "key", "words"),
    [
        ((3, 2), 3, "index 3 is out of bounds for dimension 0 with size 3"),
        ((3, 2), (0, 2), "index 2 is out of bounds for dimension 1 with size 2"),
        ((3, 2), (0, 1, 0), "too many indices for tensor of dimension 2"),
        ((), 0, "invalid index of a 0-dim tensor"),
    ],
)
def test_an_index_that_is_not_there_is_said_as_pytorch_says_it(
    shape: tuple[int, ...], key: Any, words: str
) -> None:
    with pytest.raises(IndexError, match=words):
        gradloom.zeros(shape)[key]
