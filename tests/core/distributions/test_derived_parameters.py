"""Parameters that follow from others carry gradients, whoever asked for them first."""

from __future__ import annotations

import gradloom
from gradloom.distributions import Categorical


def test_sampling_first_loses_no_gradient() -> None:
    logits = gradloom.tensor([[0.5, -1.0, 2.0]], requires_grad=True)
    slopes = []
    for draws in (0, 1):
        distribution = Categorical(logits=logits)
        for _ in range(draws):
            distribution.sample()
        slopes.append(gradloom.autograd.grad(distribution.entropy().sum(), logits)[0].tolist())
    assert slopes[0] == slopes[1]
    assert any(slopes[0][0])
