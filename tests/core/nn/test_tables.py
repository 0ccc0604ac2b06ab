"""Embedding, EmbeddingBag and the layers that move channels about, beside PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import gradloom
from gradloom import nn

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")
from oracle.modules import compare_looks, compare_run  # noqa: E402 - it needs PyTorch
from oracle.scripts import outcome  # noqa: E402
from oracle.twins import Twins  # noqa: E402

pytestmark = pytest.mark.oracle

NUMBERS = torch.tensor([[0, 2, 5], [5, 1, 5]])
FLAT, OFFSETS, ENDED = (
    torch.tensor([1, 5, 5, 0, 3, 2]),
    torch.tensor([0, 2, 2, 5]),
    torch.tensor([0, 2, 2, 6]),
)
FACTORS = torch.rand(6, requires_grad=True)
CASES: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[Any, ...]]] = [
    ("Embedding", (6, 3), {}, (NUMBERS,)),
    ("Embedding", (6, 3), {"padding_idx": -1, "scale_grad_by_freq": True}, (NUMBERS,)),
    ("Embedding", (6, 3), {"max_norm": 1.0}, (NUMBERS,)),
    ("Embedding", (6, 3), {"max_norm": 0.5, "norm_type": 1.0, "padding_idx": 0}, (NUMBERS,)),
    ("EmbeddingBag", (6, 3), {}, (NUMBERS,)),
    ("EmbeddingBag", (6, 3), {"mode": "sum"}, (FLAT, OFFSETS, FACTORS)),
    ("EmbeddingBag", (6, 3), {"mode": "max"}, (FLAT, OFFSETS)),
    ("EmbeddingBag", (6, 3), {"mode": "max", "padding_idx": 5}, (NUMBERS,)),
    ("EmbeddingBag", (6, 3), {"mode": "mean", "padding_idx": 5, "max_norm": 1.0}, (FLAT, OFFSETS)),
    ("EmbeddingBag", (6, 3), {"include_last_offset": True, "scale_grad_by_freq": True}, (FLAT, ENDED)),
    ("PixelShuffle", (2,), {}, (torch.randn(2, 8, 3, 2, requires_grad=True),)),
    ("PixelUnshuffle", (3,), {}, (torch.randn(2, 6, 3, requires_grad=True),)),
    ("ChannelShuffle", (2,), {}, (torch.randn(2, 6, 3, 2, requires_grad=True),)),
    ("CosineSimilarity", (), {"dim": -1}, (torch.randn(2, 3, requires_grad=True), torch.randn(3))),
    ("CosineSimilarity", (), {"eps": 5.0}, (torch.randn(2, 3, requires_grad=True), torch.randn(2, 1))),
    ("PairwiseDistance", (1.0, 1e-4, True), {}, (torch.randn(2, 3, requires_grad=True), torch.randn(2, 3))),
    ("Bilinear", (3, 2, 4), {}, (torch.randn(5, 3, requires_grad=True), torch.randn(5, 2))),
    ("Unflatten", (1, (2, 3)), {}, (torch.randn(2, 6, requires_grad=True),)),
]


@pytest.mark.parametrize(("kind", "args", "settings", "given"), CASES, ids=[str(case[:3]) for case in CASES])
def test_layer_is_pytorchs(kind: str, args: Any, settings: dict[str, Any], given: Any) -> None:
    theirs, ours = getattr(torch.nn, kind)(*args, **settings), getattr(nn, kind)(*args, **settings)
    compare_looks(ours, theirs)
    ours.load_state_dict(Twins()(dict(theirs.state_dict())))
    compare_run(ours, theirs, given, {})


def bag(lib: Any, *args: Any, **settings: Any) -> Any:
    given = [lib.tensor(each) if isinstance(each, list) else each for each in args]
    return lib.nn.functional.embedding_bag(given[0], lib.ones(3, 2), *given[1:], **settings)


def grad_of_nothing(lib: Any, layer: Any) -> Any:
    layer(lib.zeros(0, dtype=lib.long)).sum().backward()
    return layer.weight.grad


@pytest.mark.parametrize(
    "script",
    [
        lambda lib: repr(lib.nn.Embedding(4, 2, 1, 3.0, 1.0, True, True)),
        lambda lib: repr(lib.nn.EmbeddingBag(4, 2, 3.0, mode="sum", padding_idx=-1)),
        lambda lib: lib.nn.Embedding.from_pretrained(lib.ones(3, 2), padding_idx=1).weight,
        lambda lib: lib.nn.Embedding.from_pretrained(lib.ones(3, 2), freeze=False, max_norm=2.0).weight,
        lambda lib: lib.nn.EmbeddingBag.from_pretrained(lib.ones(3, 2), mode="sum").weight,
        lambda lib: lib.nn.Embedding.from_pretrained(lib.ones(3)),
        lambda lib: lib.nn.Embedding(4, 2, 4),
        lambda lib: lib.nn.Embedding(4, 2, _weight=lib.ones(3, 2)),
        lambda lib: lib.nn.Embedding(4, 2, dtype=lib.float64).weight.dtype.itemsize,
        lambda lib: lib.nn.Embedding(4, 2)(lib.tensor([4])),
        lambda lib: lib.nn.functional.embedding(lib.tensor([1.0]), lib.ones(3, 2)),
        lambda lib: lib.nn.functional.embedding(lib.tensor([1]), lib.ones(3, 2), 5),
        lambda lib: bag(lib, [0, 1], [0, 0, 2]),
        lambda lib: bag(lib, [0, 1], [0, 1, 2], include_last_offset=True),
        lambda lib: bag(lib, [0, 1], [0, 3]),
        lambda lib: bag(lib, [0, 5], [0]),
        lambda lib: bag(lib, [0.0, 1], [0]),
        lambda lib: bag(lib, [0, 1]),
        lambda lib: bag(lib, [0, 1], [[0]]),
        lambda lib: bag(lib, lib.zeros(0, dtype=lib.long), [0, 0], mode="max"),
        lambda lib: grad_of_nothing(lib, lib.nn.Embedding(3, 2)),
        lambda lib: bag(lib, [[[0, 1]]]),
        lambda lib: bag(lib, [0, 1], [0], mode="max", per_sample_weights=lib.ones(2)),
        lambda lib: bag(lib, [0, 1], [0], mode="sum", per_sample_weights=lib.ones(3)),
        lambda lib: bag(lib, [0, 1], [0], mode="min"),
        lambda lib: bag(lib, [0, 1], [0], mode="max", scale_grad_by_freq=True),
        lambda lib: bag(lib, [0, 1], [0], padding_idx=7),
        lambda lib: lib.nn.functional.pixel_shuffle(lib.ones(1, 3, 2, 2), 2),
        lambda lib: lib.nn.functional.pixel_shuffle(lib.ones(2, 2), 2),
        lambda lib: lib.nn.functional.pixel_shuffle(lib.ones(1, 4, 2, 2), 0),
        lambda lib: lib.nn.functional.pixel_unshuffle(lib.ones(1, 4, 3, 2), 2),
        lambda lib: lib.nn.functional.pixel_unshuffle(lib.ones(1, 4, 2, 3), 2),
        lambda lib: lib.nn.functional.channel_shuffle(lib.ones(1, 3, 2, 2), 2),
        lambda lib: lib.nn.functional.channel_shuffle(lib.ones(1, 4), 2),
        lambda lib: lib.nn.functional.channel_shuffle(lib.ones(1, 4, 2), 0),
        lambda lib: lib.cosine_similarity(lib.tensor([1]), lib.tensor([2]), 0),
        lambda lib: lib.nn.Unflatten(1, 2),
        lambda lib: lib.nn.Unflatten(1, (2, 2.0)),
        lambda lib: lib.nn.Bilinear(0, 2, 3),
        lambda lib: lib.nn.Linear(2, 3)(lib.ones(1, 2).double()),
        lambda lib: lib.nn.Linear(2, 3, bias=False)(lib.ones(1, 2).long()),
        lambda lib: lib.nn.Bilinear(2, 2, 3)(lib.ones(2, 2), lib.ones(2, 3)),
        lambda lib: lib.nn.Linear(2, 3, bias=False, dtype=lib.float64).weight.dtype.itemsize,
    ],
)  # fmt: skip
def test_words_are_pytorchs(script: Callable[[Any], Any]) -> None:
    assert outcome(script, gradloom) == outcome(script, torch)
