"""Connectionist temporal classification: the likelihood of a label sequence over all its alignments.

The recursions are those of A. Graves et al., "Connectionist temporal classification", 2006, equations 6 to
16, in logarithms and double precision. A label sequence of length L is read as 2 L + 1 states, with a blank
before, between and behind.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradloom.dtypes import Array


class Sequences(NamedTuple):
    """The states of a batch: their labels (n, states), which may be entered past a blank, and the lengths."""

    labels: Array
    skips: Array
    inputs: Array
    targets: Array


def states(targets: Array, inputs: Array, lengths: Array, blank: int) -> Sequences:
    """The states of padded targets (n, longest)."""
    count, longest = targets.shape
    labels = np.full((count, 2 * longest + 1), blank, np.int64)
    inside = np.arange(longest) < lengths[:, None]
    labels[:, 1::2] = np.where(inside, targets, blank)
    skips = np.zeros(labels.shape, np.bool_)
    skips[:, 3::2] = labels[:, 3::2] != labels[:, 1:-2:2]
    return Sequences(labels, skips, inputs, lengths)


def forward(logs: Array, batch: Sequences) -> tuple[Array, Array]:
    """The negative log-likelihoods (n), and the log-probabilities of all beginnings (t, n, states)."""
    steps, count, _ = logs.shape
    rows = np.arange(count)
    begun = np.full((steps, *batch.labels.shape), -np.inf)
    seen = np.take_along_axis(logs, batch.labels[None], 2)
    if steps:
        begun[0, :, 0] = seen[0, :, 0]
        begun[0, :, 1:2] = np.where(batch.targets[:, None] > 0, seen[0, :, 1:2], -np.inf)
    for step in range(1, steps):
        begun[step] = _entered(begun[step - 1], batch.skips) + seen[step]
    last = np.maximum(batch.inputs - 1, 0)
    ends = begun[last, rows] if steps else np.full(batch.labels.shape, -np.inf)
    final = ends[rows, 2 * batch.targets]
    before = np.where(batch.targets > 0, ends[rows, np.maximum(2 * batch.targets - 1, 0)], -np.inf)
    losses = -np.logaddexp(final, before)
    nothing = np.where(batch.targets > 0, np.inf, 0.0)
    return np.where(batch.inputs > 0, losses, nothing).astype(logs.dtype), begun


def backward(grad: Array, logs: Array, losses: Array, begun: Array, batch: Sequences) -> Array:
    """The gradient of log-probabilities that came from a softmax, given that of the losses."""
    steps, count, _ = logs.shape
    rows = np.arange(count)
    width = batch.labels.shape[1]
    seen = np.take_along_axis(logs, batch.labels[None], 2)
    ends = np.full(batch.labels.shape, -np.inf)
    ends[rows, 2 * batch.targets] = 0
    several = batch.targets > 0
    ends[rows[several], 2 * batch.targets[several] - 1] = 0
    outgoing = np.zeros_like(batch.skips)
    outgoing[:, : width - 2] = batch.skips[:, 2:]
    left = np.full(batch.labels.shape, -np.inf)
    found = np.full(logs.shape, -np.inf)
    for step in reversed(range(steps)):
        left = _entered(left[:, ::-1], outgoing[:, ::-1])[:, ::-1]
        left = np.where((batch.inputs - 1 == step)[:, None], ends, left) + seen[step]
        both = begun[step] + left
        for state in range(width):
            at = (step, rows, batch.labels[:, state])
            found[at] = np.logaddexp(found[at], both[:, state])
    result = np.exp(logs) - np.exp(found + losses[:, None] - logs)
    result[np.arange(steps)[:, None] >= batch.inputs] = 0
    return np.asarray(result * grad[:, None], logs.dtype)


def _entered(before: Array, skips: Array) -> Array:
    """The log-probability of coming to each state from itself, from the one before, or past a blank."""
    result = before.copy()
    result[:, 1:] = np.logaddexp(result[:, 1:], before[:, :-1])
    past = np.where(skips[:, 2:], before[:, :-2], -np.inf)
    result[:, 2:] = np.logaddexp(result[:, 2:], past)
    return result
