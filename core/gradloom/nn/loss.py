"""Losses that compare numbers, or distributions, element by element, as modules."""

from __future__ import annotations

from typing import Literal

from gradloom.nn import functional as F
from gradloom.nn.functional.reduction import Reduction, chosen
from gradloom.nn.module import Module
from gradloom.tensor import Tensor


class _Loss(Module):
    reduction: str

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__()
        legacy = size_average is not None or reduce is not None
        self.reduction = chosen(reduction, size_average, reduce) if legacy else reduction


class _WeightedLoss(_Loss):
    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


# Differences of numbers


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

    def __init__(self, reduction: Reduction = "mean", delta: float = 1.0) -> None:
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

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: Reduction = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class PoissonNLLLoss(_Loss):
    """How surprised a Poisson distribution is by the counts in the target.

    Args:
        log_input: whether the network gives the logarithm of the rate, or the rate.
        full: whether to add what does not depend on the network.
        eps: added to a rate before its logarithm, > 0.
        reduction: whether to take the mean over elements, their sum, or neither.
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        return F.poisson_nll_loss(
            log_input,
            target,
            log_input=self.log_input,
            full=self.full,
            eps=self.eps,
            reduction=self.reduction,
        )


class GaussianNLLLoss(_Loss):
    """How surprised a normal distribution, whose mean and variance the network gives, is by the target.

    Args:
        full: whether to add what does not depend on the network.
        eps: the least that a variance counts, > 0.
        reduction: whether to take the mean over elements, their sum, or neither.
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


# Differences of distributions


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
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: Reduction = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class KLDivLoss(_Loss):
    """How far log-probabilities are from a target distribution (Kullback and Leibler, 1951).

    Args:
        reduction: whether to take the mean over elements, over samples, the sum, or neither.
        log_target: whether the target is given as log-probabilities too.
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: Literal["mean", "sum", "none", "batchmean"] = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce)
        if size_average is None and reduce is None:
            self.reduction = reduction
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)
