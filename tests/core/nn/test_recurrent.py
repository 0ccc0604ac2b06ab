"""Recurrent layers, cells and packed sequences beside PyTorch's, and their second derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom import nn
from gradloom.autograd import gradgradcheck
from gradloom.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")
from oracle.modules import compare_looks, compare_run  # noqa: E402 - it needs PyTorch
from oracle.scripts import outcome  # noqa: E402
from oracle.twins import Twins, compare  # noqa: E402

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore:LSTM with projections is not supported")]

SETTINGS: list[dict[str, Any]] = [
    {},
    {"num_layers": 2, "bias": False},
    {"num_layers": 2, "bidirectional": True, "batch_first": True},
    {"num_layers": 3, "dropout": 0.4},
    {"num_layers": 2, "bidirectional": True, "dropout": 0.3},
]
LAYERS = [
    *((kind, {**settings}) for kind in ("RNN", "LSTM", "GRU") for settings in SETTINGS),
    ("RNN", {"nonlinearity": "relu", "num_layers": 2}),
    ("LSTM", {"proj_size": 2, "num_layers": 2, "bidirectional": True}),
    ("LSTM", {"proj_size": 3, "bias": False}),
]
each_layer = pytest.mark.parametrize(
    ("kind", "settings"), LAYERS, ids=[f"{kind}-{'-'.join(map(str, each))}" for kind, each in LAYERS]
)


def pair(kind: str, settings: dict[str, Any]) -> tuple[Any, Any]:
    """Both engines' layer with one seed's weights."""
    torch.manual_seed(3)
    theirs = getattr(torch.nn, kind)(3, 5, **settings)
    gradloom.manual_seed(3)
    ours = getattr(nn, kind)(3, 5, **settings)
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_array_equal(own.detach().numpy(), other.detach().numpy())
    return ours, theirs


def states(kind: str, settings: dict[str, Any], count: int | None) -> Any:
    layers = settings.get("num_layers", 1) * (2 if settings.get("bidirectional") else 1)
    rows = (layers,) if count is None else (layers, count)
    hidden = torch.randn(*rows, settings.get("proj_size", 5), requires_grad=True)
    return (hidden, torch.randn(*rows, 5, requires_grad=True)) if kind == "LSTM" else hidden


@each_layer
@pytest.mark.parametrize("training", [True, False])
def test_layer_is_pytorchs(kind: str, settings: dict[str, Any], training: bool) -> None:
    ours, theirs = pair(kind, settings)
    compare_looks(ours, theirs)
    assert [len(each) for each in ours.all_weights] == [len(each) for each in theirs.all_weights]
    ours.train(training)
    theirs.train(training)
    shape = (4, 6, 3) if settings.get("batch_first") else (6, 4, 3)
    compare_run(ours, theirs, (torch.randn(*shape, requires_grad=True),), {})
    compare_run(ours, theirs, (torch.randn(*shape, requires_grad=True), states(kind, settings, 4)), {})
    compare_run(ours, theirs, (torch.randn(6, 3, requires_grad=True), states(kind, settings, None)), {})


@each_layer
@pytest.mark.parametrize("lengths", [[6, 4, 4, 1], [2, 5, 1, 5]])
def test_packed_sequences_are_pytorchs(kind: str, settings: dict[str, Any], lengths: list[int]) -> None:
    ours, theirs = pair(kind, settings)
    data = torch.randn(6, 4, 3, requires_grad=True)
    twins = Twins()
    first = states(kind, settings, 4)
    packed = torch.nn.utils.rnn.pack_padded_sequence(data, lengths, enforce_sorted=False)
    own = pack_padded_sequence(twins(data), lengths, enforce_sorted=False)
    compare(tuple(own), tuple(packed), "packed")
    torch.manual_seed(1)
    expected, last = theirs(packed, first)
    gradloom.manual_seed(1)
    found, own_last = ours(own, twins(first))
    compare(tuple(found), tuple(expected), "result")
    compare(own_last, last, "last states")
    padded, sizes = torch.nn.utils.rnn.pad_packed_sequence(expected, total_length=7, padding_value=2.0)
    own_padded, own_sizes = pad_packed_sequence(found, total_length=7, padding_value=2.0)
    compare((own_padded, own_sizes), (padded, sizes), "padded")
    (padded * padded).sum().backward()
    (own_padded * own_padded).sum().backward()
    for leaf, twin in twins.leaves:
        compare(twin.grad, leaf.grad, "gradient", slack=10.0)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        compare(one.grad, other.grad, "gradient", slack=10.0)


@pytest.mark.parametrize("kind", ["RNNCell", "LSTMCell", "GRUCell"])
def test_first_weights_of_cells_are_pytorchs(kind: str) -> None:
    pair(kind, {})
    pair(kind, {"bias": False})


def test_gradients_of_gradients_go_through_all_of_it() -> None:
    layer = nn.LSTM(2, 2, bidirectional=True).double()
    data = gradloom.randn(2, 1, 2, dtype=gradloom.float64, requires_grad=True)
    assert gradgradcheck(lambda x, *_: layer(x)[0], (data, layer.weight_hh_l0))


def sequences(lib: Any) -> list[Any]:
    return [lib.arange(float(n * 2)).reshape(n, 2) + 10 * n for n in (2, 4, 1)]


def rnn(lib: Any) -> Any:
    return lib.nn.utils.rnn


@pytest.mark.parametrize(
    "script",
    [
        lambda lib: rnn(lib).pad_sequence(sequences(lib)),
        lambda lib: rnn(lib).pad_sequence(sequences(lib), True, -1.0, padding_side="left"),
        lambda lib: tuple(rnn(lib).pack_sequence(sequences(lib), enforce_sorted=False)),
        lambda lib: rnn(lib).unpack_sequence(rnn(lib).pack_sequence(sequences(lib), enforce_sorted=False)),
        lambda lib: rnn(lib).unpad_sequence(lib.ones(2, 4, 3), lib.tensor([1, 4]), batch_first=True),
        lambda lib: tuple(rnn(lib).pack_padded_sequence(lib.ones(2, 4, 3), [4, 2], batch_first=True)),
        lambda lib: rnn(lib).pack_sequence(sequences(lib), False).double().data,
        lambda lib: rnn(lib).pack_sequence(sequences(lib)),
        lambda lib: rnn(lib).pack_padded_sequence(lib.ones(4, 2, 3), [2, 0]),
        lambda lib: rnn(lib).pack_padded_sequence(lib.ones(4, 2, 3), [2]),
        lambda lib: rnn(lib).pad_packed_sequence(
            rnn(lib).pack_sequence(sequences(lib), False), total_length=2
        ),
        lambda lib: rnn(lib).pad_sequence(3),
        lambda lib: lib.nn.LSTM(3, 4, dropout=2),
        lambda lib: repr(lib.nn.LSTM(3, 4, dropout=0.5)),
        lambda lib: lib.nn.LSTM(3, 4, num_layers=0),
        lambda lib: lib.nn.LSTM(0, 4),
        lambda lib: lib.nn.LSTM(3.0, 4),
        lambda lib: lib.nn.LSTM(3, 4, bias=1),
        lambda lib: lib.nn.LSTM(3, 4, proj_size=4),
        lambda lib: lib.nn.LSTM(3, 4, proj_size=-1),
        lambda lib: lib.nn.RNN(3, 4, nonlinearity="sin"),
        lambda lib: lib.nn.LSTM(3, 4)(lib.ones(1, 2, 3, 4)),
        lambda lib: lib.nn.RNN(3, 4)(lib.ones(3)),
        lambda lib: lib.nn.RNN(3, 4)(lib.ones(0, 2, 3)),
        lambda lib: lib.nn.GRU(3, 4, bidirectional=True)(lib.ones(2, 0, 3))[0].shape[2],
        lambda lib: lib.nn.LSTMCell(3, 4)(lib.ones(2, 3), (lib.ones(2, 4), lib.ones(2, 5))),
        lambda lib: lib.nn.GRUCell(3, 4)(lib.ones(2, 3), lib.ones(3, 4)),
        lambda lib: lib.nn.GRUCell(3, 4)(lib.ones(2, 4)),
        lambda lib: lib.nn.GRU(3, 4)(lib.ones(3)),
        lambda lib: lib.nn.GRU(3, 4)(lib.ones(2, 2, 5)),
        lambda lib: lib.nn.GRU(3, 4)(lib.ones(2, 2, 3).double()),
        lambda lib: lib.nn.GRU(3, 4)(lib.ones(2, 2, 3), lib.ones(1, 4)),
        lambda lib: lib.nn.GRU(3, 4)(lib.ones(2, 3), lib.ones(1, 1, 4)),
        lambda lib: lib.nn.GRU(3, 4)(lib.ones(2, 2, 3), lib.ones(1, 1, 4)),
        lambda lib: lib.nn.LSTM(3, 4)(lib.ones(2, 2, 3), (lib.ones(1, 4), lib.ones(1, 4))),
        lambda lib: lib.nn.LSTM(3, 4)(lib.ones(2, 3), (lib.ones(1, 1, 4), lib.ones(1, 1, 4))),
        lambda lib: lib.nn.LSTM(3, 4)(lib.ones(2, 2, 3), (lib.ones(1, 2, 3), lib.ones(1, 2, 4))),
        lambda lib: lib.nn.LSTM(3, 4)(lib.ones(2, 2, 3), (lib.ones(1, 2, 4), lib.ones(1, 2, 5))),
        lambda lib: lib.nn.RNNCell(3, 4)(lib.ones(2, 2, 3)),
        lambda lib: lib.nn.LSTMCell(3, 4)(lib.ones(2, 3), (lib.ones(1, 2, 4), lib.ones(2, 4))),
        lambda lib: lib.nn.GRUCell(3, 4)(lib.ones(2, 3), lib.ones(1, 2, 4)),
        lambda lib: lib.nn.RNNCell(3, 4, nonlinearity="sin")(lib.ones(2, 3)),
    ],
)
def test_words_and_padding_are_pytorchs(script: Callable[[Any], Any]) -> None:
    assert outcome(script, gradloom) == outcome(script, torch)
