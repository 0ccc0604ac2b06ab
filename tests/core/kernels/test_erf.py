"""The error function against Python's own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradloom.kernels.erf import erf


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-15), (np.float32, 1.2e-7)])
def test_erf_is_exact_to_the_last_digits(dtype: type, tolerance: float) -> None:
    x = np.linspace(-7, 7, 5001).astype(dtype)
    expected = [math.erf(each) for each in x]
    np.testing.assert_allclose(erf(x), expected, rtol=tolerance * 2, atol=tolerance)
    assert erf(x).dtype == dtype


def test_its_ends() -> None:
    np.testing.assert_array_equal(erf(np.array([np.inf, -np.inf, 0.0, np.nan])), [1.0, -1.0, 0.0, np.nan])
    assert erf(np.array(0.5)) == pytest.approx(math.erf(0.5))
