"""Views share memory, versions and history; in-place writes reach all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom

VIEWS: list[Callable[[Any], Any]] = [
    lambda x: x.view(3, 2),
    lambda x: x.reshape(6),
    lambda x: x.t(),
    lambda x: x.T[1:],
    lambda x: x.permute(1, 0),
    lambda x: x.unsqueeze(0),
    lambda x: x[1],
    lambda x: x[:, 1:],
    lambda x: x[..., None, 0],
    lambda x: x.narrow(1, 0, 2),
    lambda x: x.select(0, 1),
    lambda x: x.flatten()[2:5],
    lambda x: x.diagonal(),
    lambda x: x.squeeze(),
    lambda x: x.expand(2, 3),
    lambda x: x.mT[0],
]

# PyTorch does not write into these while recording.
PARTS: list[Callable[[Any], Any]] = [
    lambda x: x.split(2, 1)[0],
    lambda x: x.chunk(3, 1)[2],
    lambda x: x.unbind(1)[1],
]


@pytest.mark.parametrize("view", VIEWS + PARTS)
def test_a_view_shares_memory(view: Callable[[Any], Any]) -> None:
    x = gradloom.zeros(2, 3)
    view(x).fill_(1.0)
    assert x.sum().item() == view(gradloom.ones(2, 3)).numel()


@pytest.mark.oracle
@pytest.mark.parametrize("view", VIEWS)
def test_writing_into_a_view_as_pytorch_does(view: Callable[[Any], Any]) -> None:
    torch = pytest.importorskip("torch")
    start = np.arange(6.0).reshape(2, 3)
    grads = []
    for engine in (gradloom, torch):
        x = engine.tensor(start.tolist(), requires_grad=True)
        y = x * 2
        other = y[0] if y.ndim else y
        part = view(y)
        part.mul_(3.0)
        part.add_(x.sum())
        (y * y).sum().backward(retain_graph=True)
        (other.sum() + part.sum()).backward()
        grads.append(x.grad.tolist())
    np.testing.assert_allclose(*grads)


def test_a_leaf_that_requires_gradients_is_not_written_while_recording() -> None:
    x = gradloom.ones(3, requires_grad=True)
    with pytest.raises(
        RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"
    ):
        x.add_(1)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        x[0] = 2.0
    with gradloom.no_grad():
        x.add_(1)
    assert x.tolist() == [2.0, 2.0, 2.0]


def test_a_view_made_without_recording_is_not_written_with_it() -> None:
    x = gradloom.ones(3, requires_grad=True) * 1
    with gradloom.no_grad():
        part = x[:2]
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode"):
        part.mul_(gradloom.ones(2, requires_grad=True))


def test_a_constant_gains_a_history_by_assignment() -> None:
    x = gradloom.tensor([1.0, 2.0], requires_grad=True)
    table = gradloom.zeros(2, 2)
    early = table[1]
    table[0] = x * 3
    assert table.requires_grad
    (table.sum() + early.sum()).backward()
    assert x.grad is not None
    assert x.grad.tolist() == [3.0, 3.0]


def test_in_place_results_keep_the_dtype_or_are_refused() -> None:
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        gradloom.ones(2, dtype=gradloom.int64).mul_(1.5)
    x = gradloom.ones(2)
    assert x.add_(gradloom.ones(2, dtype=gradloom.float64)).dtype is gradloom.float32
    with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
        gradloom.ones(3).add_(gradloom.ones(2, 3))


def test_augmented_assignment_writes_in_place() -> None:
    x = gradloom.ones(3)
    alias = x
    x += 1
    x *= 3
    x -= 2
    x /= 4
    assert alias.tolist() == [1.0, 1.0, 1.0]


def test_versions_are_shared_among_views_and_detached_tensors() -> None:
    x = gradloom.ones(4) * 1
    part, cut = x[:2], x.detach()
    part.zero_()
    assert x._version == part._version == cut._version == 1


def test_numpy_shares_memory() -> None:
    array = np.zeros(3, np.float32)
    x = gradloom.from_numpy(array)
    x.add_(1)
    assert array.tolist() == [1.0, 1.0, 1.0]
    assert np.shares_memory(x.numpy(), array)


def test_a_conflicting_alias_is_noticed() -> None:
    x = gradloom.ones(3, requires_grad=True)
    y = x * 1
    kept = y * y
    y[0] = 5.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        kept.sum().backward()


COMPOSED: list[tuple[str, tuple[Any, ...]]] = [
    ("div", (2.0,)),
    ("addcmul", (gradloom.full((3,), 2.0), gradloom.full((3,), 3.0))),
    ("clamp_min", (1.5,)),
    ("float_power", (2,)),
    ("mvlgamma", (1,)),
    ("polygamma", (1,)),
]


@pytest.mark.parametrize(("name", "args"), COMPOSED)
def test_compositions_written_in_place_are_what_they_are_out_of_place(name: str, args: Any) -> None:
    leaves = [gradloom.tensor([1.0, 2.0, 3.0], requires_grad=True) for _ in range(2)]
    apart = getattr(leaves[0] * 1, name)(*args)
    within = leaves[1] * 1
    same = getattr(within, name + "_")(*args)
    assert same is within
    assert within._version == 1
    np.testing.assert_allclose(within.detach().numpy(), apart.detach().numpy(), rtol=1e-6)
    for each in (apart, within):
        each.sum().backward()
    np.testing.assert_allclose(leaves[1].grad.numpy(), leaves[0].grad.numpy(), rtol=1e-6)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place"):
        getattr(leaves[0], name + "_")(*args)


def test_functions_with_an_underscore_are_the_methods() -> None:
    x = gradloom.tensor([-1.0, 4.0])
    assert gradloom.relu_(x) is x
    assert gradloom.sqrt_(x).tolist() == [0.0, 2.0]
