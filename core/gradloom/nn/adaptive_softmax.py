"""A softmax for very many classes, most of which are rare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gradloom.creation import Where
from gradloom.dtypes import dtype as DType
from gradloom.nn import functional as F
from gradloom.nn.containers import ModuleList, Sequential
from gradloom.nn.linear import Linear
from gradloom.nn.module import Module
from gradloom.ops.movement.joining import cat
from gradloom.ops.op import raw
from gradloom.tensor import Tensor, wrap


class _ASMoutput(NamedTuple):
    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Frequent classes by themselves, rare ones in clusters of ever smaller width (Grave et al., 2017).

    Called with inputs (n, in_features) or (in_features) and class numbers (n) or one, it gives the
    log-probability of each sample's class, and the loss, which is minus their mean.

    Args:
        in_features: size of each input sample, > 0.
        n_classes: how many classes there are, the most frequent first, > 0.
        cutoffs: where the clusters begin.
        div_value: by how much each cluster is narrower than the one before, > 0.
        head_bias: whether a learned number is added to the scores of frequent classes.
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        given = list(cutoffs)
        if not given:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        whole = all(int(each) == each for each in given)
        if given != sorted(set(given)) or min(given) <= 0 or max(given) > n_classes - 1 or not whole:
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, "
                "where each value is between 1 and n_classes-1"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*given, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = given[0]
        self.n_clusters = len(given)
        self.head_size = self.shortlist_size + self.n_clusters
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, head_bias, **where)
        self.tail = ModuleList()
        for place, (first, behind) in enumerate(zip(self.cutoffs, self.cutoffs[1:], strict=False), 1):
            width = int(in_features // div_value**place)
            self.tail.append(
                Sequential(
                    Linear(in_features, width, False, **where), Linear(width, behind - first, False, **where)
                )
            )

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        self.head.reset_parameters()
        for cluster in self.tail:
            for layer in cluster:
                layer.reset_parameters()

    def forward(self, input: Tensor, target: Tensor) -> _ASMoutput:
        self._check(input, target)
        rows = input if target.ndim else input.unsqueeze(0)
        numbers = raw(target).reshape(-1)
        if numbers.size and (numbers.min() < 0 or numbers.max() >= self.n_classes):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{numbers.min()}, {numbers.max()}] were found. "
            )
        # Classes of a cluster stand in the head for that cluster.
        cluster = np.searchsorted(self.cutoffs, numbers, "right") - 1
        in_head = np.where(cluster < 0, numbers, self.shortlist_size + cluster)
        chances: Any = F.log_softmax(self.head(rows), 1).gather(1, wrap(in_head[:, None])).squeeze(1)
        for place, layers in enumerate(self.tail):
            chosen = np.flatnonzero(cluster == place)
            if chosen.size:
                inside = wrap((numbers[chosen] - self.cutoffs[place])[:, None])
                there = F.log_softmax(layers(rows.index_select(0, wrap(chosen))), 1).gather(1, inside)
                chances = chances.index_add(0, wrap(chosen), there.squeeze(1))
        loss = (-chances).mean()
        return _ASMoutput(chances if target.ndim else chances.squeeze(0), loss)

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes: (n, in_features) -> (n, n_classes)."""
        head: Any = F.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for place, layers in enumerate(self.tail):
            of_cluster = head[:, self.shortlist_size + place].unsqueeze(1)
            parts.append(F.log_softmax(layers(input), 1) + of_cluster)
        joined: Tensor = cat(parts, 1)
        return joined

    def predict(self, input: Tensor) -> Tensor:
        """The likeliest class of each sample: (n, in_features) -> (n)."""
        return self.log_prob(input).argmax(1)

    def _check(self, input: Tensor, target: Tensor) -> None:
        if target.ndim > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if target.ndim == 1:
            if input.shape[0] != target.shape[0]:
                raise RuntimeError("Input and target should have the same size in the batch dimension.")
            if input.ndim != 2:
                raise RuntimeError(
                    f"1D target tensor expects 2D input tensors, but found inputs with size {input.shape}"
                )
        elif input.ndim != 1:
            raise RuntimeError(
                f"0D target tensor expects 1D input tensors, but found inputs with size {input.shape}"
            )
