"""Attention and the Transformer beside PyTorch's, on what its own records leave out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom.nn import functional as F

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")
from oracle.modules import compare_run  # noqa: E402 - it needs PyTorch
from oracle.scripts import outcome  # noqa: E402
from oracle.twins import Twins, compare  # noqa: E402

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")]


def normal(*shape: int) -> Any:
    return torch.randn(*shape, requires_grad=True)


ALL, SOME = torch.zeros(4, 5, dtype=torch.bool), torch.rand(2, 1, 4, 5) < 0.6
CASES: dict[str, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], dict[str, Any]]] = {
    "plain": ((2, 3, 4, 6), (2, 3, 5, 6), (2, 3, 5, 7), {}),
    "one sequence": ((4, 6), (5, 6), (5, 6), {}),
    "three dimensions": ((3, 4, 6), (3, 4, 6), (3, 4, 6), {"is_causal": True}),
    "causal": ((2, 3, 5, 6), (2, 3, 5, 6), (2, 3, 5, 6), {"is_causal": True}),
    "causal with more keys": ((2, 3, 4, 6), (2, 3, 5, 6), (2, 3, 5, 6), {"is_causal": True}),
    "causal with fewer keys": ((2, 3, 5, 6), (2, 3, 4, 6), (2, 3, 4, 6), {"is_causal": True}),
    "scaled": ((2, 3, 4, 6), (2, 3, 5, 6), (2, 3, 5, 6), {"scale": 0.3}),
    "masked": ((2, 3, 4, 6), (2, 3, 5, 6), (2, 3, 5, 6), {"attn_mask": SOME}),
    "all hidden": ((2, 3, 4, 6), (2, 3, 5, 6), (2, 3, 5, 6), {"attn_mask": ALL}),
    "biased": ((2, 3, 4, 6), (2, 3, 5, 6), (2, 3, 5, 6), {"attn_mask": normal(3, 4, 5)}),
    "dropped": ((2, 3, 4, 6), (2, 3, 5, 6), (2, 3, 5, 6), {"dropout_p": 0.4}),
    "grouped": ((2, 6, 4, 6), (2, 2, 5, 6), (2, 2, 5, 6), {"enable_gqa": True}),
    "broadcast": ((2, 3, 4, 6), (1, 1, 5, 6), (2, 1, 5, 6), {}),
    "large": ((4, 8, 128, 64), (4, 8, 128, 64), (4, 8, 128, 64), {"is_causal": True}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_attention_is_pytorchs(case: Any) -> None:
    *shapes, settings = case
    given = [normal(*shape) for shape in shapes]
    twins = Twins()
    own, own_settings = twins(given), twins(settings)
    torch.manual_seed(2)
    expected = torch.nn.functional.scaled_dot_product_attention(*given, **settings)
    gradloom.manual_seed(2)
    found = F.scaled_dot_product_attention(*own, **own_settings)
    compare(found, expected, "value")
    (expected * expected).sum().backward()
    (found * found).sum().backward()
    for leaf, twin in twins.leaves:
        compare(twin.grad, leaf.grad, "gradient", slack=10.0)
        leaf.grad = None


@pytest.mark.parametrize(
    "settings",
    [
        {"dropout": 0.3},
        {"bias": False, "kdim": 3, "vdim": 5},
        {"add_bias_kv": True, "add_zero_attn": True, "batch_first": True},
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        {},
        {"need_weights": False},
        {"average_attn_weights": False, "attn_mask": torch.rand(3, 4) < 0.3},
        {"need_weights": False, "attn_mask": torch.randn(4, 3, 4)},
        {"need_weights": False, "key_padding_mask": torch.tensor([[False] * 4, [False, False, True, True]])},
    ],
)
def test_several_heads_are_pytorchs(settings: dict[str, Any], call: dict[str, Any]) -> None:
    theirs = torch.nn.MultiheadAttention(8, 2, **settings)
    ours = gradloom.nn.MultiheadAttention(8, 2, **settings)
    ours.load_state_dict(Twins()(dict(theirs.state_dict())))
    shape = (lambda n: (2, n)) if settings.get("batch_first") else (lambda n: (n, 2))
    sizes = (3, 8), (4, settings.get("kdim", 8)), (4, settings.get("vdim", 8))
    compare_run(ours, theirs, tuple(normal(*shape(steps), size) for steps, size in sizes), call)


def test_first_weights_of_a_transformer_are_pytorchs() -> None:
    for kind, args in (("Transformer", (16, 2, 1, 1, 8)), ("MultiheadAttention", (8, 2, 0.0, True, True))):
        gradloom.manual_seed(4)
        ours = getattr(gradloom.nn, kind)(*args)
        torch.manual_seed(4)
        theirs = getattr(torch.nn, kind)(*args)
        for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), atol=2.4e-7, rtol=0)


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("norm_first", [False, True])
def test_padding_is_left_out_when_nobody_asks_for_gradients(norm_first: bool) -> None:
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=norm_first)
    theirs = torch.nn.TransformerEncoder(layer, 2, torch.nn.LayerNorm(8)).eval()
    own_layer = gradloom.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=norm_first)
    ours = gradloom.nn.TransformerEncoder(own_layer, 2, gradloom.nn.LayerNorm(8)).eval()
    ours.load_state_dict(Twins()(dict(theirs.state_dict())))
    data, hidden = torch.randn(2, 4, 8), torch.tensor([[False] * 4, [False, False, True, True]])
    with torch.no_grad(), gradloom.no_grad():
        expected = theirs(data, src_key_padding_mask=hidden)
        assert bool(expected[1, 2:].any()) is norm_first
        compare(ours(Twins()(data), src_key_padding_mask=Twins()(hidden)), expected, "value")


def heads(lib: Any, **settings: Any) -> Any:
    return lib.nn.MultiheadAttention(4, 2, **settings)


def attend(lib: Any, *shapes: Any, **settings: Any) -> Any:
    given = [lib.ones(*shape) for shape in shapes]
    return lib.nn.functional.scaled_dot_product_attention(*given, **settings)


@pytest.mark.parametrize(
    "script",
    [
        lambda lib: lib.nn.Transformer.generate_square_subsequent_mask(3),
        lambda lib: repr(lib.nn.Transformer(4, 2, 1, 1, 8, activation="gelu")),
        lambda lib: lib.nn.TransformerEncoderLayer(4, 2, activation="tanh"),
        lambda lib: lib.nn.MultiheadAttention(4, 3),
        lambda lib: lib.nn.MultiheadAttention(0, 3),
        lambda lib: heads(lib)(lib.ones(2, 4), lib.ones(2, 1, 4), lib.ones(2, 1, 4)),
        lambda lib: heads(lib)(lib.ones(4), lib.ones(4), lib.ones(4)),
        lambda lib: heads(lib)(*[lib.ones(2, 1, 4)] * 3, attn_mask=lib.ones(2)),
        lambda lib: heads(lib)(*[lib.ones(2, 1, 4)] * 3, attn_mask=lib.ones(2, 3)),
        lambda lib: heads(lib)(*[lib.ones(2, 1, 4)] * 3, attn_mask=lib.ones(1, 2, 2)),
        lambda lib: heads(lib)(*[lib.ones(2, 1, 4)] * 3, attn_mask=lib.ones(2, 2).long()),
        lambda lib: heads(lib)(*[lib.ones(2, 4)] * 3, attn_mask=lib.ones(1, 2, 2)),
        lambda lib: heads(lib)(*[lib.ones(2, 1, 4)] * 3, key_padding_mask=lib.ones(2)),
        lambda lib: heads(lib)(*[lib.ones(2, 1, 4)] * 3, key_padding_mask=lib.zeros(2, 2)),
        lambda lib: heads(lib)(*[lib.ones(2, 1, 4)] * 3, key_padding_mask=lib.zeros(1, 3)),
        lambda lib: heads(lib)(*[lib.ones(2, 1, 4)] * 3, is_causal=True),
        lambda lib: heads(lib)(*[lib.ones(2, 1, 6)] * 3),
        lambda lib: heads(lib)(lib.ones(2, 1, 4), lib.ones(3, 1, 4), lib.ones(2, 1, 4)),
        lambda lib: lib.nn.Transformer(4, 2, 1, 1, 8)(lib.ones(2, 3, 4), lib.ones(2, 2, 4)),
        lambda lib: lib.nn.Transformer(4, 2, 1, 1, 8)(lib.ones(2, 3, 4), lib.ones(2, 3, 5)),
        lambda lib: attend(lib, (2, 4), (2, 4), (2, 4), attn_mask=lib.ones(2, 2), is_causal=True),
        lambda lib: attend(lib, (4,), (2, 4), (2, 4)),
        lambda lib: attend(lib, (2, 4), (2, 4), (2, 4), attn_mask=lib.ones(2, 2).long()),
        lambda lib: attend(lib, (2, 3, 2, 4), (2, 2, 2, 4), (2, 2, 2, 4), enable_gqa=True),
        lambda lib: lib.nn.functional.scaled_dot_product_attention(
            lib.ones(2, 4), lib.ones(2, 4).double(), lib.ones(2, 4)
        ),
    ],
)
def test_words_and_looks_are_pytorchs(script: Callable[[Any], Any]) -> None:
    ours, theirs = outcome(script, gradloom), outcome(script, torch)
    assert ours[0] == theirs[0]
    assert isinstance(theirs[1], list) or ours[1] == theirs[1]


def test_kernels_are_accepted() -> None:
    from gradloom.nn.attention import SDPBackend, sdpa_kernel

    data = gradloom.ones(1, 1, 2, 4)
    with sdpa_kernel([SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]), sdpa_kernel(SDPBackend.MATH):
        assert F.scaled_dot_product_attention(data, data, data).shape == (1, 1, 2, 4)
    with pytest.raises(AssertionError, match="instance of SDPBackend"), sdpa_kernel(["math"]):
        pass
