"""The Transformer: stacks of encoder and decoder layers, and both together (Vaswani et al., 2017)."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.autograd.grad_mode import is_grad_enabled
from gradloom.creation import Where
from gradloom.dtypes import dtype as DType
from gradloom.nn import functional as F
from gradloom.nn import init
from gradloom.nn.activation import GELU
from gradloom.nn.containers import ModuleList
from gradloom.nn.functional.attention import canonical_mask
from gradloom.nn.module import Module
from gradloom.nn.rectifiers import ReLU
from gradloom.nn.transformer_layers import (
    Activation,
    TransformerDecoderLayer,
    TransformerEncoderLayer,
    norm_of,
)
from gradloom.ops.movement.selection import where
from gradloom.tensor import Tensor, wrap


class TransformerEncoder(Module):
    """A stack of encoder layers, each a copy of the first.

    Args:
        encoder_layer: the layer that is copied.
        num_layers: how many there are, > 0.
        norm: a norm behind the last layer.
        enable_nested_tensor: whether evaluating without gradients leaves zeros where there is padding.
        mask_check: accepted as PyTorch's.
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """The sequence through all layers; whether `mask` is causal is found out if `is_causal` is None."""
        padding = canonical_mask(src_key_padding_mask, "src_key_padding_mask", src.dtype, mask, "mask")
        added = canonical_mask(mask, "mask", src.dtype)
        causal = _is_causal(added, is_causal)
        out = src
        for layer in self.layers:
            out = layer(out, src_mask=added, is_causal=causal, src_key_padding_mask=padding)
        if padding is not None and added is None and self._drops_padding(src, padding):
            out = where(wrap(np.isneginf(padding.array)[..., None]), 0.0, out)
        return out if self.norm is None else self.norm(out)

    def _drops_padding(self, src: Tensor, padding: Tensor) -> bool:
        """Whether PyTorch would leave padding out of its computation, and put zeros in its place."""
        first: Any = self.layers[0]
        if not self.enable_nested_tensor or first.training or src.ndim != 3:
            return False
        if not isinstance(first, TransformerEncoderLayer) or first.norm_first:
            return False
        attention = first.self_attn
        if not attention.batch_first or attention.in_proj_bias is None or attention.num_heads % 2:
            return False
        if first.activation not in (F.relu, F.gelu) and not isinstance(first.activation, (ReLU, GELU)):
            return False
        hidden = np.isneginf(padding.array)
        aligned = bool((hidden[:, 1:] >= hidden[:, :-1]).all())
        watched = is_grad_enabled() and (
            src.requires_grad or any(p.requires_grad for p in first.parameters())
        )
        return aligned and not watched


class TransformerDecoder(Module):
    """A stack of decoder layers, each a copy of the first.

    Args:
        decoder_layer: the layer that is copied.
        num_layers: how many there are, > 0.
        norm: a norm behind the last layer.
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(decoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence through all layers; whether `tgt_mask` is causal is found out if the hint is None."""
        causal = _is_causal(tgt_mask, tgt_is_causal)
        out = tgt
        for layer in self.layers:
            out = layer(
                out, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask, memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=causal, memory_is_causal=memory_is_causal,
            )  # fmt: skip
        return out if self.norm is None else self.norm(out)


class Transformer(Module):
    """An encoder that reads one sequence, and a decoder that writes another (Vaswani et al., 2017).

    Shapes: src (s, n, d_model), tgt (t, n, d_model) -> (t, n, d_model), with n first if `batch_first`.

    Args:
        d_model: size of each step, > 0.
        nhead: how many heads each attention has, > 0.
        num_encoder_layers: how many layers the encoder has, > 0.
        num_decoder_layers: how many layers the decoder has, > 0.
        dim_feedforward: size between the two linear layers of each layer, > 0.
        dropout: share of values set to zero while training, in [0, 1].
        activation: between the two linear layers: "relu", "gelu" or a function.
        custom_encoder: an encoder to use instead.
        custom_decoder: a decoder to use instead.
        layer_norm_eps: what keeps the norms from dividing by zero, > 0.
        batch_first: whether the batch comes first.
        norm_first: whether the norms stand before attention and linear layers, not behind.
        bias: whether learned numbers are added in linear layers and norms.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        settings: Any = (
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first,
            bias, device, dtype,
        )  # fmt: skip
        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*settings),
            num_encoder_layers,
            norm_of(d_model, layer_norm_eps, bias, dtype),
        )
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*settings),
            num_decoder_layers,
            norm_of(d_model, layer_norm_eps, bias, dtype),
        )
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The decoder's result for `tgt` and what the encoder makes of `src`."""
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal
        )
        return self.decoder(
            tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask, memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal, memory_is_causal=memory_is_causal,
        )  # fmt: skip

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Where = None, dtype: DType | None = None) -> Tensor:
        """(sz, sz) numbers to add to scores, so that each step sees itself and earlier ones."""
        kind = (dtype or dtypes.get_default_dtype()).numpy
        return wrap(np.triu(np.full((sz, sz), -np.inf, kind), 1))


def _is_causal(mask: Tensor | None, hint: bool | None) -> bool:
    """Whether `mask` hides later steps and nothing else, unless `hint` already says."""
    if hint is not None or mask is None:
        return hint is True
    if mask.ndim != 2 or mask.shape[0] != mask.shape[1] or not mask.is_floating_point():
        return False
    causal = Transformer.generate_square_subsequent_mask(len(mask), dtype=mask.dtype)
    return bool(np.array_equal(mask.array, causal.array))
