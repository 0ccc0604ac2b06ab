from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradloom.creation import from_numpy
from gradloom.tensor import Tensor


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def leaf(rng: np.random.Generator) -> Callable[..., Tensor]:
    """A tensor of float64 normal numbers that requires gradients."""

    def make(*shape: int) -> Tensor:
        return from_numpy(rng.standard_normal(shape)).requires_grad_()

    return make


@pytest.fixture
def agree() -> Callable[[Any, Any], None]:
    """Asserts that a tensor of ours and one of PyTorch's hold the same values."""

    def check(ours: Any, theirs: Any, rtol: float = 1e-5, atol: float = 1e-6) -> None:
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol, atol, strict=True)

    return check
