"""The loss of connectionist temporal classification."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.autograd.function import Function, once_differentiable
from gradloom.dtypes import Array
from gradloom.kernels import ctc as kernel
from gradloom.nn.functional.reduction import chosen
from gradloom.ops.layers.loss import reduced
from gradloom.ops.op import raw
from gradloom.tensor import Tensor, wrap


class _Alignments(Function):
    """Losses of a batch. No op, as its gradient is made for log_softmax and not the forward's own."""

    @staticmethod
    def forward(ctx: Any, logs: Tensor, batch: kernel.Sequences, zero_infinity: bool) -> Tensor:
        losses, begun = kernel.forward(raw(logs), batch)
        ctx.save_for_backward(logs)
        ctx.kept = losses, begun, batch, zero_infinity
        return wrap(np.where(np.isinf(losses), losses.dtype.type(0), losses) if zero_infinity else losses)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (logs,) = ctx.saved_tensors
        losses, begun, batch, zero_infinity = ctx.kept
        found = kernel.backward(raw(grad), raw(logs), losses, begun, batch)
        if zero_infinity:
            found[:, np.isinf(losses)] = 0
        return wrap(found), None, None


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """The negative log-likelihood of label sequences over all alignments (Graves et al., 2006).

    Shapes: log_probs (t, n, classes) or (t, classes), targets (n, longest), or all joined in one row, lengths
    (n). A mean divides each loss by its target's length first. The gradient takes log_probs for the result of
    log_softmax, as PyTorch's does.

    Raises:
        RuntimeError: lengths that do not fit.
    """
    reduction = chosen(reduction)
    alone = log_probs.ndim == 2
    logs = log_probs.unsqueeze(1) if alone else log_probs
    steps, count, classes = logs.shape
    inputs, lengths = _lengths(input_lengths, "input"), _lengths(target_lengths, "target")
    for name, given in (("input", inputs), ("target", lengths)):
        if len(given) != count:
            raise RuntimeError(f"{name}_lengths must be of size batch_size")
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    labels = _padded(raw(targets), lengths, count)
    for name, off in (("least 0", inputs < 0), (f"most {steps}", inputs > steps)):
        if off.any():
            raise RuntimeError(
                f"Expected input_lengths to have value at {name}, but got value {inputs[off][0]} (while "
                "checking arguments for ctc_loss_allocate_outputs)"
            )
    batch = kernel.states(labels, inputs, lengths, blank)
    losses: Any = _Alignments.apply(logs, batch, zero_infinity)
    if reduction == "mean":
        return (losses / wrap(np.maximum(lengths, 1).astype(raw(logs).dtype))).mean()
    return reduced(losses.squeeze(0) if alone and reduction == "none" else losses, reduction)


def _lengths(given: Any, name: str) -> Array:
    numbers = raw(given) if isinstance(given, Tensor) else np.asarray(given)
    if numbers.dtype.kind not in "iu":
        raise RuntimeError(f"{name}_lengths must be integral")
    return numbers.reshape(-1).astype(np.int64)


def _padded(targets: Array, lengths: Array, count: int) -> Array:
    """Targets as rows of one length; those joined in one row are taken apart."""
    longest = int(lengths.max(initial=0))
    whole = targets.astype(np.int64)
    if whole.ndim > 1:
        if whole.shape[1] < longest:
            raise RuntimeError(
                f"Expected tensor to have size at least {longest} at dimension 1, but got size "
                f"{whole.shape[1]} for argument #2 'targets' (while checking arguments for "
                "ctc_loss_allocate_outputs)"
            )
        return whole[:, :longest]
    if whole.size != lengths.sum():
        raise RuntimeError(
            f"Expected tensor to have size {lengths.sum()} at dimension 0, but got size {whole.size} for "
            "argument #2 'targets' (while checking arguments for ctc_loss_allocate_outputs)"
        )
    rows = np.zeros((count, longest), np.int64)
    rows[np.arange(longest) < lengths[:, None]] = whole
    return rows
