"""Losses for classes, as modules."""

from __future__ import annotations

import math

from gradloom.creation import Where
from gradloom.dtypes import dtype as DType
from gradloom.nn import functional as F
from gradloom.nn.functional.reduction import Reduction
from gradloom.nn.linear import Linear
from gradloom.nn.loss import _Loss, _WeightedLoss
from gradloom.tensor import Tensor


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
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
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
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class LinearCrossEntropyLoss(_Loss):
    """A Linear layer for the scores and CrossEntropyLoss on them, in one.

    Args:
        in_features: size of each input sample, > 0.
        num_classes: how many classes there are, > 0.
        out_features: sizes of further dimensions of the target.
        bias: whether a learned number is added to each score.
        reduction: whether to take the mean over samples, their sum, or neither.
        weight: how much each class counts.
        ignore_index: a class number that does not count.
        label_smoothing: share of each target that is spread over all classes, in [0, 1].
    """

    weight: Tensor | None
    linear: Linear

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Where = None,
        dtype: DType | None = None,
        reduction: Reduction = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: object = None,
    ) -> None:
        super().__init__(reduction=reduction)
        self.num_classes = num_classes
        self.out_features = out_features
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.options = options
        self.register_buffer("weight", weight)
        self.linear = Linear(in_features, math.prod((num_classes, *out_features)), bias, device, dtype)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        shape = (self.num_classes, *self.out_features)
        bias = self.linear.bias
        return F.linear_cross_entropy(
            input,
            self.linear.weight.reshape(*shape, self.linear.in_features),
            target,
            linear_bias=None if bias is None else bias.reshape(*shape),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            options=self.options,
        )

    def extra_repr(self) -> str:
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
            f"out_features={self.out_features}, bias={self.linear.bias is not None}, "
            f"reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options={self.options}"
        )


class MultiMarginLoss(_WeightedLoss):
    """Wants the right class's score to be above each other one by a margin.

    Shapes: input (n, c) of scores, target (n) of class numbers.

    Args:
        p: whether what is lacking counts as it is (1) or squared (2), in [1, 2].
        margin: how far above, > 0.
        weight: how much each class counts.
        reduction: whether to take the mean over samples, their sum, or neither.
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        if weight is not None and weight.ndim != 1:
            raise ValueError(
                f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.ndim}D instead"
            )
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multi_margin_loss(input, target, self.p, self.margin, self.weight, reduction=self.reduction)


class MultiLabelMarginLoss(_Loss):
    """Wants the score of each right class to be above that of each wrong one by 1.

    Shapes: input (n, c) of scores, target (n, c) of the right classes' numbers, up to the first -1.

    Args:
        reduction: whether to take the mean over samples, their sum, or neither.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """BCEWithLogitsLoss for several classes at once, with the mean over the classes of each sample.

    Shapes: input (n, c) of scores, target (n, c) of zeros and ones.

    Args:
        weight: how much each class counts.
        reduction: whether to take the mean over samples, their sum, or neither.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)


class CTCLoss(_Loss):
    """Finds a label sequence in a longer one of predictions, wherever it lies (Graves et al., 2006).

    Shapes: log_probs (t, n, classes), targets (n, longest), both lengths (n).

    Args:
        blank: the number of the class that stands for nothing, >= 0.
        reduction: whether to take the mean over samples, their sum, or neither.
        zero_infinity: whether sequences that do not fit count for nothing.
    """

    def __init__(self, blank: int = 0, reduction: Reduction = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(
        self, log_probs: Tensor, targets: Tensor, input_lengths: Tensor, target_lengths: Tensor
    ) -> Tensor:
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )
