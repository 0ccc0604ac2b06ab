"""Losses that want a margin, as modules."""

from __future__ import annotations

from collections.abc import Callable

from gradloom.nn import functional as F
from gradloom.nn.functional.reduction import Reduction
from gradloom.nn.loss import _Loss
from gradloom.tensor import Tensor


class SoftMarginLoss(_Loss):
    """The logistic loss for answers that are 1 or -1.

    Args:
        reduction: whether to take the mean over elements, their sum, or neither.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class HingeEmbeddingLoss(_Loss):
    """Wants distances small where the target is 1, and above a margin where it is -1.

    Args:
        margin: how far apart what is not alike should be, > 0.
        reduction: whether to take the mean over elements, their sum, or neither.
    """

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.hinge_embedding_loss(input, target, self.margin, reduction=self.reduction)


class MarginRankingLoss(_Loss):
    """Wants the first input ranked above the second where the target is 1, and below it where it is -1.

    Args:
        margin: how far above, >= 0.
        reduction: whether to take the mean over elements, their sum, or neither.
    """

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return F.margin_ranking_loss(input1, input2, target, self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """Wants vectors to point the same way where the target is 1, and not where it is -1.

    Args:
        margin: the cosine up to which vectors do not point the same way, in [-1, 1].
        reduction: whether to take the mean over samples, their sum, or neither.
    """

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return F.cosine_embedding_loss(input1, input2, target, self.margin, reduction=self.reduction)


class TripletMarginLoss(_Loss):
    """Wants an anchor nearer to something alike than to something else, by a margin (Balntas et al., 2016).

    Args:
        margin: how much nearer, > 0.
        p: the norm that distances are measured by, > 0.
        eps: added to differences so that a distance has a gradient everywhere, > 0.
        swap: whether the nearer of anchor and its like to the other one counts.
        reduction: whether to take the mean over samples, their sum, or neither.
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead")
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return F.triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, reduction=self.reduction
        )


class TripletMarginWithDistanceLoss(_Loss):
    """TripletMarginLoss by a distance of one's own.

    Args:
        margin: how much nearer, > 0.
        swap: whether the nearer of anchor and its like to the other one counts.
        reduction: whether to take the mean over samples, their sum, or neither.
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        if margin <= 0:
            raise ValueError(
                f"TripletMarginWithDistanceLoss: expected margin to be greater than 0, got {margin} instead"
            )
        self.distance_function = distance_function or F.pairwise_distance
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )
