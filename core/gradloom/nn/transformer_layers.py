"""One layer of a Transformer's encoder or decoder (Vaswani et al., 2017)."""

from __future__ import annotations

from collections.abc import Callable

from gradloom.creation import Where
from gradloom.dtypes import dtype as DType
from gradloom.nn import functional as F
from gradloom.nn.dropout import Dropout
from gradloom.nn.functional.attention import canonical_mask
from gradloom.nn.linear import Linear
from gradloom.nn.module import Module
from gradloom.nn.multihead_attention import MultiheadAttention
from gradloom.nn.normalization import LayerNorm
from gradloom.tensor import Tensor

Activation = str | Callable[[Tensor], Tensor]


class TransformerEncoderLayer(Module):
    """Self-attention, then two linear layers, each with a shortcut around it and a layer norm.

    Shapes: (t, n, d_model) -> the same, with n first if `batch_first`, or without it.

    Args:
        d_model: size of each step, > 0.
        nhead: how many heads the attention has, > 0.
        dim_feedforward: size between the two linear layers, > 0.
        dropout: share of values set to zero while training, in [0, 1].
        activation: between the two linear layers: "relu", "gelu" or a function.
        layer_norm_eps: what keeps the norms from dividing by zero, > 0.
        batch_first: whether the batch comes first.
        norm_first: whether the norms stand before attention and linear layers, not behind.
        bias: whether learned numbers are added in linear layers and norms.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, device=device, dtype=dtype
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, device, dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, device, dtype)
        self.norm_first = norm_first
        self.norm1 = norm_of(d_model, layer_norm_eps, bias, dtype)
        self.norm2 = norm_of(d_model, layer_norm_eps, bias, dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = _function(activation)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """The sequence, each step informed by the others; masks as for `MultiheadAttention`."""
        padding = canonical_mask(
            src_key_padding_mask, "src_key_padding_mask", src.dtype, src_mask, "src_mask"
        )
        mask = canonical_mask(src_mask, "src_mask", src.dtype)
        if self.norm_first:
            x = src + self._sa_block(self.norm1(src), mask, padding, is_causal)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(src + self._sa_block(src, mask, padding, is_causal))
        return self.norm2(x + self._ff_block(x))

    def _sa_block(
        self, x: Tensor, attn_mask: Tensor | None, key_padding_mask: Tensor | None, is_causal: bool = False
    ) -> Tensor:
        return self.dropout1(
            self.self_attn(x, x, x, key_padding_mask, False, attn_mask, is_causal=is_causal)[0]
        )

    def _ff_block(self, x: Tensor) -> Tensor:
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerDecoderLayer(Module):
    """Self-attention, attention to the encoder's result, then two linear layers, with shortcuts and norms.

    Shapes: (t, n, d_model) and memory (s, n, d_model) -> (t, n, d_model), with n first if `batch_first`.

    Args:
        d_model: size of each step, > 0.
        nhead: how many heads the attention has, > 0.
        dim_feedforward: size between the two linear layers, > 0.
        dropout: share of values set to zero while training, in [0, 1].
        activation: between the two linear layers: "relu", "gelu" or a function.
        layer_norm_eps: what keeps the norms from dividing by zero, > 0.
        batch_first: whether the batch comes first.
        norm_first: whether the norms stand before attention and linear layers, not behind.
        bias: whether learned numbers are added in linear layers and norms.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        heads = {"batch_first": batch_first, "device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, **heads)  # type: ignore[arg-type]
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, bias, **heads)  # type: ignore[arg-type]
        self.linear1 = Linear(d_model, dim_feedforward, bias, device, dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, device, dtype)
        self.norm_first = norm_first
        self.norm1 = norm_of(d_model, layer_norm_eps, bias, dtype)
        self.norm2 = norm_of(d_model, layer_norm_eps, bias, dtype)
        self.norm3 = norm_of(d_model, layer_norm_eps, bias, dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = _function(activation)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence, informed by itself and by `memory`; masks as for `MultiheadAttention`."""
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        other = (memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        if self.norm_first:
            x = tgt + self._sa_block(self.norm1(tgt), *own)
            x = x + self._mha_block(self.norm2(x), *other)
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(tgt + self._sa_block(tgt, *own))
        x = self.norm2(x + self._mha_block(x, *other))
        return self.norm3(x + self._ff_block(x))

    def _sa_block(
        self, x: Tensor, attn_mask: Tensor | None, key_padding_mask: Tensor | None, is_causal: bool = False
    ) -> Tensor:
        return self.dropout1(
            self.self_attn(x, x, x, key_padding_mask, False, attn_mask, is_causal=is_causal)[0]
        )

    def _mha_block(
        self,
        x: Tensor,
        mem: Tensor,
        attn_mask: Tensor | None,
        key_padding_mask: Tensor | None,
        is_causal: bool = False,
    ) -> Tensor:
        return self.dropout2(
            self.multihead_attn(x, mem, mem, key_padding_mask, False, attn_mask, is_causal=is_causal)[0]
        )

    def _ff_block(self, x: Tensor) -> Tensor:
        return self.dropout3(self.linear2(self.dropout(self.activation(self.linear1(x)))))


def norm_of(size: int, eps: float, bias: bool, dtype: DType | None) -> LayerNorm:
    """A layer norm of this dtype."""
    norm = LayerNorm(size, eps, bias=bias)
    return norm if dtype is None else norm.to(dtype)


def _function(activation: Activation) -> Callable[[Tensor], Tensor]:
    if not isinstance(activation, str):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {activation}")
    function: Callable[[Tensor], Tensor] = getattr(F, activation)
    return function
