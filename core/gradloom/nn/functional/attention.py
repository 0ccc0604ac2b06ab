"""Attention as functions."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.creation import ones, zeros
from gradloom.dtypes import dtype as DType
from gradloom.dtypes import native_name
from gradloom.nn.functional.noise import dropout
from gradloom.nn.functional.padding import pad
from gradloom.ops.elementwise.activation import softmax
from gradloom.ops.layers.attention import attention
from gradloom.ops.layers.linear import linear
from gradloom.ops.matrix.matmul import matmul
from gradloom.ops.movement.joining import cat
from gradloom.tensor import Tensor, wrap


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query key^T * scale + mask) value (Vaswani et al., 2017, eq. 1).

    Shapes: query (..., heads, l, e), key (..., heads, s, e), value (..., heads, s, v), attn_mask (..., l, s);
    the result is (..., heads, l, v).

    Args:
        query: what each step asks.
        key: what each step offers.
        value: what is summed up.
        attn_mask: True where a step may look, or numbers to add to the scores.
        dropout_p: share of weights set to zero; unlike elsewhere this does not ask whether one is training.
        is_causal: whether step i sees only steps up to i.
        scale: factor of the scores; 1 / sqrt(e) if not given.
        enable_gqa: whether groups of query heads share a key and value head (Ainslie et al., 2023).

    Raises:
        RuntimeError: both a mask and `is_causal`, or shapes or dtypes that do not fit.
    """
    _check_attention(query, key, value, attn_mask, is_causal)
    if enable_gqa:
        key, value = _shared_heads(query, key), _shared_heads(query, value)
    bias = _added(attn_mask, query.dtype)
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    keep = None
    if dropout_p > 0:
        batch = np.broadcast_shapes(query.shape[:-2], key.shape[:-2])
        keep = dropout(ones(*batch, query.shape[-2], key.shape[-2], dtype=query.dtype), dropout_p)
    return attention(query, key, value, bias, keep, factor, is_causal)


def _check_attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, is_causal: bool) -> None:
    if not query.dtype is key.dtype is value.dtype:
        kinds = [native_name(each.array.dtype) for each in (query, key, value)]
        raise RuntimeError(
            f"Expected query, key, and value to have the same dtype, but got query.dtype: {kinds[0]} "
            f"key.dtype: {kinds[1]} and value.dtype: {kinds[2]} instead."
        )
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.ndim} key.dim: {key.ndim} and value.dim: {value.ndim} instead."
        )
    if mask is None:
        return
    if is_causal:
        raise RuntimeError(
            "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
        )
    if mask.dtype not in (dtypes.bool_, query.dtype):
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{native_name(mask.array.dtype)} and  query.dtype: {native_name(query.array.dtype)} instead."
        )


def _shared_heads(query: Tensor, shared: Tensor) -> Tensor:
    heads, given = query.shape[-3], shared.shape[-3]
    if heads % given:
        raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
    return shared if heads == given else shared.repeat_interleave(heads // given, -3)


def _added(mask: Tensor | None, dtype: DType) -> Tensor | None:
    """A mask as numbers to add: minus infinity where one that is True or False is False."""
    if mask is None or mask.dtype is not dtypes.bool_:
        return mask
    return wrap(np.where(mask.array, np.zeros((), dtype.numpy), np.array(-np.inf, dtype.numpy)))


# Several heads


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention by several heads, each in its own projection (Vaswani et al., 2017, section 3.2.2).

    Shapes: query (l, n, e), key and value (s, n, e), all without n if there is one sequence; attn_mask (l, s)
    or (n * heads, l, s), key_padding_mask (n, s). The results are (l, n, e) and, if `need_weights`, the
    weights: (n, l, s), or (n, heads, l, s) unless `average_attn_weights`.

    The masks are True where a step may not look, or numbers to add to the scores.
    """
    batched = check_attention_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    steps, count, size = query.shape
    _check_sizes(key, value, size, embed_dim_to_check, num_heads, use_separate_proj_weight)
    padding = canonical_mask(key_padding_mask, "key_padding_mask", query.dtype, attn_mask, "attn_mask")
    mask, is_causal = _hint(attn_mask, is_causal, padding is not None or need_weights, query.dtype)
    if mask is not None:
        mask = _three_dimensional(mask, steps, key.shape[0], count * num_heads)
    weights = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else in_proj_weight
    q, k, v = _projections(query, key, value, weights, in_proj_bias)
    if bias_k is not None and bias_v is not None:
        k, v = cat([k, bias_k.repeat(1, count, 1)]), cat([v, bias_v.repeat(1, count, 1)])
        mask, padding = _one_more_key(mask), _one_more_key(padding)
    q, k, v = (_heads(each, num_heads) for each in (q, k, v))
    k, v = _static(static_k, k, "k"), _static(static_v, v, "v")
    if add_zero_attn:
        nothing = zeros(count, num_heads, 1, size // num_heads, dtype=k.dtype)
        k, v = cat([k, nothing], 2), cat([v, nothing], 2)
        mask, padding = _one_more_key(mask), _one_more_key(padding)
    bias = _merged(mask, padding, count, num_heads, k.shape[2])
    dropout_p = dropout_p if training else 0.0
    if not need_weights:
        attended = scaled_dot_product_attention(q, k, v, bias, dropout_p, is_causal and bias is None)
        return _joined(attended, out_proj_weight, out_proj_bias, batched), None
    scores = matmul(q * math.sqrt(1.0 / q.shape[-1]), k.transpose(-2, -1))
    shares = softmax(scores if bias is None else scores + bias, -1)
    shares = dropout(shares, dropout_p) if dropout_p > 0 else shares
    out = _joined(matmul(shares, v), out_proj_weight, out_proj_bias, batched)
    shares = shares.mean(1) if average_attn_weights else shares
    return out, (shares if batched else shares.squeeze(0))


def _projections(
    query: Tensor, key: Tensor, value: Tensor, weights: Any, bias: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    biases: Any = (None,) * 3 if bias is None else bias.chunk(3)
    if isinstance(weights, tuple):
        q, k, v = (linear(*each) for each in zip((query, key, value), weights, biases, strict=True))
        return q, k, v
    if query is key is value or (query is key and key is value):
        q, k, v = linear(query, weights, bias).chunk(3, -1)
        return q, k, v
    parts = weights.chunk(3)
    q, k, v = (linear(*each) for each in zip((query, key, value), parts, biases, strict=True))
    return q, k, v


def _heads(rows: Tensor, heads: int) -> Tensor:
    """(l, n, heads * d) -> (n, heads, l, d)."""
    steps, count, size = rows.shape
    split: Tensor = rows.reshape(steps, count, heads, size // heads).permute(1, 2, 0, 3)
    return split


def _joined(heads: Tensor, weight: Tensor, bias: Tensor | None, batched: bool) -> Tensor:
    """(n, heads, l, d) -> (l, n, heads * d), projected."""
    count, number, steps, size = heads.shape
    rows = heads.permute(2, 0, 1, 3).reshape(steps, count, number * size)
    out: Tensor = linear(rows, weight, bias)
    return out if batched else out.squeeze(1)


def _static(given: Tensor | None, projected: Tensor, name: str) -> Tensor:
    if given is None:
        return projected
    count, heads, _, size = projected.shape
    if len(given) != count * heads:
        raise AssertionError(f"expecting static_{name}.size(0) of {count * heads}, but got {len(given)}")
    if given.shape[2] != size:
        raise AssertionError(f"expecting static_{name}.size(2) of {size}, but got {given.shape[2]}")
    return given.reshape(count, heads, -1, size)


# Masks


def canonical_mask(
    mask: Tensor | None, name: str, dtype: DType, other: Tensor | None = None, other_name: str = ""
) -> Tensor | None:
    """A mask as numbers to add to scores: minus infinity where one that is True or False is True.

    Warns if `other`, which it will be used with, has another dtype.
    """
    if mask is None:
        return None
    if mask.dtype is not dtypes.bool_ and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {name} are supported")
    if other is not None and other.dtype is not mask.dtype:
        warnings.warn(
            f"Support for mismatched {name} and {other_name} is deprecated. Use same type for both instead.",
            stacklevel=4,
        )
    if mask.is_floating_point():
        return mask
    return wrap(np.where(mask.array, np.array(-np.inf, dtype.numpy), np.zeros((), dtype.numpy)))


def _hint(mask: Tensor | None, is_causal: bool, needs_mask: bool, dtype: DType) -> tuple[Tensor | None, bool]:
    """The mask, or nothing where the hint that it is causal says it all; and whether the hint holds."""
    if is_causal and mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and not needs_mask:
        return None, True
    return canonical_mask(mask, "attn_mask", dtype), False


def _three_dimensional(mask: Tensor, steps: int, keys: int, rows: int) -> Tensor:
    if mask.ndim == 2:
        if mask.shape != (steps, keys):
            raise RuntimeError(
                f"The shape of the 2D attn_mask is {mask.shape}, but should be {(steps, keys)}."
            )
        return mask.unsqueeze(0)
    if mask.shape != (rows, steps, keys):
        raise RuntimeError(
            f"The shape of the 3D attn_mask is {mask.shape}, but should be {(rows, steps, keys)}."
        )
    return mask


def _one_more_key(mask: Tensor | None) -> Tensor | None:
    return None if mask is None else pad(mask, (0, 1))


def _merged(mask: Tensor | None, padding: Tensor | None, count: int, heads: int, keys: int) -> Tensor | None:
    """Both masks as one that broadcasts over (n, heads, l, s)."""
    if mask is not None:
        whole = (1, 1) if len(mask) == 1 else (count, heads)
        mask = mask.reshape(*whole, *mask.shape[1:])
    if padding is None:
        return mask
    for dim, size in enumerate((count, keys)):
        if padding.shape[dim] != size:
            raise AssertionError(
                f"Expected key_padded_mask.shape[{dim}] to be {size}, but got {padding.shape[dim]}"
            )
    padding = padding.reshape(count, 1, 1, keys)
    return padding if mask is None else mask + padding


# What does not fit


def check_attention_shapes(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None,
    attn_mask: Tensor | None,
    num_heads: int,
) -> bool:
    """Whether the input is batched; AssertionError where dimensions do not fit."""
    if query.ndim not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query tensor"
        )
    dims = query.ndim
    what = "batched (3-D)" if dims == 3 else "unbatched (2-D)"
    if not key.ndim == value.ndim == dims:
        raise AssertionError(
            f"For {what} `query`, expected `key` and `value` to be {dims}-D but found {key.ndim}-D and "
            f"{value.ndim}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.ndim != dims - 1:
        raise AssertionError(
            f"For {what} `query`, expected `key_padding_mask` to be `None` or {dims - 1}-D but found "
            f"{key_padding_mask.ndim}-D tensor instead"
        )
    if attn_mask is not None and attn_mask.ndim not in (2, 3):
        raise AssertionError(
            f"For {what} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.ndim}-D "
            "tensor instead"
        )
    if attn_mask is not None and dims == 2 and attn_mask.ndim == 3:
        expected = (num_heads, query.shape[0], key.shape[0])
        if attn_mask.shape != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}")
    return dims == 3


def _check_sizes(key: Tensor, value: Tensor, size: int, expected: int, heads: int, separate: bool) -> None:
    if size != expected:
        raise AssertionError(f"was expecting embedding dimension of {expected}, but got {size}")
    if size % heads:
        raise AssertionError(f"embed_dim {size} not divisible by num_heads {heads}")
    if separate and key.shape[:2] != value.shape[:2]:
        raise AssertionError(
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
        )
    if not separate and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
