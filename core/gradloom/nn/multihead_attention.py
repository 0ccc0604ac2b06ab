"""Attention by several heads."""

from __future__ import annotations

from gradloom.creation import Where, empty
from gradloom.dtypes import dtype as DType
from gradloom.nn import functional as F
from gradloom.nn import init
from gradloom.nn.functional.attention import canonical_mask
from gradloom.nn.linear import NonDynamicallyQuantizableLinear
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.tensor import Tensor


class MultiheadAttention(Module):
    """Each step looks at all steps and sums up what it finds, by several heads (Vaswani et al., 2017).

    Shapes: query (l, n, embed_dim), key (s, n, kdim), value (s, n, vdim), with n first if `batch_first`, or
    without it; the results are (l, n, embed_dim) and the weights (n, l, s).

    Args:
        embed_dim: size of each step, > 0.
        num_heads: how many heads share it, > 0.
        dropout: share of weights set to zero while training, in [0, 1].
        bias: whether learned numbers are added to the projections.
        add_bias_kv: whether a learned key and value are added to the sequence.
        add_zero_attn: whether a key and value of zeros are added to the sequence.
        kdim: size of the keys; embed_dim if not given.
        vdim: size of the values; embed_dim if not given.
        batch_first: whether the batch comes first.
    """

    in_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                "embed_dim and num_heads must be greater than 0, got "
                f"embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")

        def weight(name: str, *shape: int, wanted: bool = True) -> None:
            made = Parameter(empty(*shape, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, made)

        same = self._qkv_same_embed_dim
        weight("in_proj_weight", 3 * embed_dim, embed_dim, wanted=same)
        weight("q_proj_weight", embed_dim, embed_dim, wanted=not same)
        weight("k_proj_weight", embed_dim, self.kdim, wanted=not same)
        weight("v_proj_weight", embed_dim, self.vdim, wanted=not same)
        weight("in_proj_bias", 3 * embed_dim, wanted=bias)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias, device, dtype)
        weight("bias_k", 1, 1, embed_dim, wanted=add_bias_kv)
        weight("bias_v", 1, 1, embed_dim, wanted=add_bias_kv)
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        projections = (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        for projection in projections:
            if projection is not None:
                init.xavier_uniform_(projection)
        if self.in_proj_bias is not None and self.out_proj.bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """What each step of `query` finds, and with which weights (None unless `need_weights`).

        Args:
            query: what each step asks.
            key: what each step offers.
            value: what is summed up.
            key_padding_mask: (n, s), True where a key is padding, or numbers to add to the scores.
            need_weights: whether the weights are returned.
            attn_mask: (l, s) or (n * heads, l, s), True where a step may not look, or numbers to add.
            average_attn_weights: whether the weights are averaged over the heads.
            is_causal: a hint that `attn_mask` hides later steps and nothing else.
        """
        padding = canonical_mask(key_padding_mask, "key_padding_mask", query.dtype, attn_mask, "attn_mask")
        mask = canonical_mask(attn_mask, "attn_mask", query.dtype)
        turned = self.batch_first and query.ndim == 3
        if turned:
            query, key, value = _turned(query, key, value)
        out, weights = F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias,
            self.bias_k, self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight,
            self.out_proj.bias, self.training, padding, need_weights, mask,
            not self._qkv_same_embed_dim, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight,
            average_attn_weights=average_attn_weights, is_causal=is_causal,
        )  # fmt: skip
        return (out.transpose(0, 1) if turned else out), weights


def _turned(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """With the batch second; what was one tensor stays one, so that it is projected at once."""
    query_turned = query.transpose(0, 1)
    key_turned = query_turned if key is query else key.transpose(0, 1)
    value_turned = key_turned if value is key else value.transpose(0, 1)
    return query_turned, key_turned, value_turned
