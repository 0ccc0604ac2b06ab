"""Layers that look numbers up."""

from __future__ import annotations

from typing import Any

from gradloom.autograd.grad_mode import no_grad
from gradloom.creation import Where, empty
from gradloom.dtypes import dtype as DType
from gradloom.nn import functional as F
from gradloom.nn import init
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.tensor import Tensor


class _Table(Module):
    """A table of vectors: what Embedding and EmbeddingBag have in common."""

    weight: Parameter
    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None
    max_norm: float | None
    norm_type: float
    scale_grad_by_freq: bool
    sparse: bool

    def _fill(self, weight: Tensor | None, freeze: bool, device: Where, dtype: DType | None) -> None:
        shape = (self.num_embeddings, self.embedding_dim)
        if weight is not None:
            if weight.shape != shape:
                raise AssertionError("Shape of weight does not match num_embeddings and embedding_dim")
            self.weight = Parameter(weight, not freeze)
            return
        self.weight = Parameter(empty(*shape, device=device, dtype=dtype), not freeze)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the vectors from the standard normal distribution; that of `padding_idx` is zero."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)

    def _within(self, padding_idx: int | None, name: str) -> int | None:
        if padding_idx is None:
            return None
        if not -self.num_embeddings <= padding_idx < self.num_embeddings:
            raise AssertionError(f"{name} must be within num_embeddings")
        return padding_idx % self.num_embeddings

    def _shown(self, *usual: tuple[str, Any]) -> str:
        """The settings that are not as usual, behind the sizes."""
        parts = [f"{self.num_embeddings}, {self.embedding_dim}"]
        parts += [f"{name}={getattr(self, name)!r}" for name, value in usual if getattr(self, name) != value]
        return ", ".join(parts)


def _two_dimensional(embeddings: Tensor) -> tuple[int, int]:
    if embeddings.ndim != 2:
        raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
    rows, columns = embeddings.shape
    return rows, columns


class Embedding(_Table):
    """A table with one learned vector for each of a number of things, such as words.

    Shapes: (...) of integers -> (..., embedding_dim).

    Args:
        num_embeddings: how many things there are, > 0.
        embedding_dim: size of each vector, > 0.
        padding_idx: the number of a thing that stays zero and is not trained, such as padding.
        max_norm: vectors that are looked up and are longer are shortened to this, > 0.
        norm_type: of which order the norm is, > 0.
        scale_grad_by_freq: whether gradients are divided by how often a thing is in the batch.
        sparse: accepted; gradients are whole tensors.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = self._within(padding_idx, "Padding_idx")
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self._fill(_weight, _freeze, device, dtype)
        self.sparse = sparse

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """A table of given vectors, (num_embeddings, embedding_dim), which are not trained if `freeze`."""
        rows, columns = _two_dimensional(embeddings)
        settings = (padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
        return cls(rows, columns, *settings, embeddings, freeze)

    def forward(self, input: Tensor) -> Tensor:
        return F.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq,
            self.sparse,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return self._shown(
            ("padding_idx", None), ("max_norm", None), ("norm_type", 2), ("scale_grad_by_freq", False),
            ("sparse", False),
        )  # fmt: skip


class EmbeddingBag(_Table):
    """The sum, mean or maximum of the vectors of several things, without keeping each of them.

    Shapes: (n, things) of integers -> (n, embedding_dim), or all things behind each other, with the offsets
    where each bag begins.

    Args:
        num_embeddings: how many things there are, > 0.
        embedding_dim: size of each vector, > 0.
        max_norm: vectors that are looked up and are longer are shortened to this, > 0.
        norm_type: of which order the norm is, > 0.
        scale_grad_by_freq: whether gradients are divided by how often a thing is in the batch.
        mode: "sum", "mean" or "max".
        sparse: accepted; gradients are whole tensors.
        include_last_offset: whether the offsets also say where the last bag ends.
        padding_idx: the number of a thing that does not count and is not trained, such as padding.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.padding_idx = self._within(padding_idx, "padding_idx")
        self._fill(_weight, False, device, dtype)
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """A table of given vectors, (num_embeddings, embedding_dim), which are not trained if `freeze`."""
        rows, columns = _two_dimensional(embeddings)
        settings = (max_norm, norm_type, scale_grad_by_freq, mode, sparse)
        layer = cls(rows, columns, *settings, embeddings, include_last_offset, padding_idx)
        layer.weight.requires_grad = not freeze
        return layer

    def forward(
        self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None
    ) -> Tensor:
        return F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode,
            self.sparse, per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return self._shown(
            ("max_norm", None), ("norm_type", 2), ("scale_grad_by_freq", False), ("mode", None),
            ("padding_idx", None),
        )  # fmt: skip
