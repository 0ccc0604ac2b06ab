"""Losses as modules."""

from __future__ import annotations

from typing import Literal

from gradloom.nn import functional as F
from gradloom.nn.functional.loss import Reduction
from gradloom.nn.module import Module
from gradloom.tensor import Tensor


class _Loss(Module):
    reduction: Reduction

    def __init__(self, *, reduction: Literal["mean", "sum", "none"] = "mean") -> None:
        super().__init__()
        self.reduction = reduction


class _WeightedLoss(_Loss):
    weight: Tensor | None

    def __init__(
        self, weight: Tensor | None = None, *, reduction: Literal["mean", "sum", "none"] = "mean"
    ) -> None:
        super().__init__(reduction=reduction)
        self.register_buffer("weight", weight)


class CrossEntropyLoss(_WeightedLoss):
    """How surprised softmax(scores) is by the right class: the usual loss for classification.

    Shapes: input (n, c) or (n, c, ...) of scores, target (n) or (n, ...) of class numbers, or class
    probabilities shaped like the input.

    Args:
        weight: how much each class counts.
        ignore_index: a class number that does not count.
        reduction: whether to take the mean over samples, their sum, or neither.
        label_smoothing: share of each target that is spread over all classes, in [0, 1].
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        ignore_index: int = -100,
        reduction: Literal["mean", "sum", "none"] = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(_WeightedLoss):
    """The same as CrossEntropyLoss for a network that ends in LogSoftmax.

    Shapes: input (n, c) or (n, c, ...) of log-probabilities, target (n) or (n, ...) of class numbers.

    Args:
        weight: how much each class counts.
        ignore_index: a class number that does not count.
        reduction: whether to take the mean over samples, their sum, or neither.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        ignore_index: int = -100,
        reduction: Literal["mean", "sum", "none"] = "mean",
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class MSELoss(_Loss):
    """The mean of squared differences: the usual loss for numbers.

    Args:
        reduction: whether to take the mean over elements, their sum, or neither.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """The mean of absolute differences, which outliers sway less.

    Args:
        reduction: whether to take the mean over elements, their sum, or neither.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.l1_loss(input, target, reduction=self.reduction)


class HuberLoss(_Loss):
    """Squared for small differences, straight for large ones.

    Args:
        reduction: whether to take the mean over elements, their sum, or neither.
        delta: where small ends and large begins, > 0.
    """

    def __init__(self, reduction: Literal["mean", "sum", "none"] = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.huber_loss(input, target, self.reduction, self.delta)


class SmoothL1Loss(_Loss):
    """Absolute differences, rounded off near zero.

    Args:
        reduction: whether to take the mean over elements, their sum, or neither.
        beta: below this a difference counts squared, >= 0.
    """

    def __init__(self, *, reduction: Literal["mean", "sum", "none"] = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class BCELoss(_WeightedLoss):
    """Cross-entropy for yes-or-no answers given as probabilities, as after Sigmoid.

    Args:
        weight: how much each element counts.
        reduction: whether to take the mean over elements, their sum, or neither.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """Cross-entropy for yes-or-no answers given as scores; steadier than Sigmoid and BCELoss.

    Args:
        weight: how much each element counts.
        reduction: whether to take the mean over elements, their sum, or neither.
        pos_weight: how much a yes counts compared with a no, for each class.
    """

    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        reduction: Literal["mean", "sum", "none"] = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class KLDivLoss(Module):
    """How far log-probabilities are from a target distribution (Kullback and Leibler, 1951).

    Args:
        reduction: whether to take the mean over elements, over samples, the sum, or neither.
        log_target: whether the target is given as log-probabilities too.
    """

    def __init__(
        self,
        *,
        reduction: Literal["mean", "sum", "none", "batchmean"] = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__()
        self.reduction: Literal["mean", "sum", "none", "batchmean"] = reduction
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)
