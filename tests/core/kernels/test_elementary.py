"""Elementary functions of compiled kernels against double precision."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

numba = pytest.importorskip("numba")

Array = Any
FASTMATH = {"reassoc", "contract", "nsz"}


def _sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    return np.where(x < 0, small, 1) / (1 + small)


EXACT: dict[str, tuple[Callable[[Array], Array], float]] = {
    "exp": (np.exp, 1.0),
    "expm1": (np.expm1, 1.5),
    "log": (np.log, 1.0),
    "log1p": (np.log1p, 1.5),
    "tanh": (np.tanh, 2.0),
    "sigmoid": (_sigmoid, 2.5),
    "erf": (np.vectorize(math.erf), 1.5),
}
"""Each function in double precision, and how many units in the last place ours may be off."""

ENDS = np.array(
    [0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 88.722839, 88.7229, -87.4, -104, 1e-45, -1e-45, 3e38]
)


def _arguments() -> Array:
    rng = np.random.default_rng(0)
    near = [rng.uniform(low, high, 20_000) for low, high in ((-1, 1), (-10, 10), (-105, 90), (0.5, 2))]
    everywhere = np.arange(0, 2**32, 70_001, dtype=np.uint64).astype(np.uint32).view(np.float32)
    return np.concatenate([*(each.astype(np.float32) for each in (ENDS, *near)), everywhere])


@pytest.mark.parametrize("name", EXACT)
def test_a_function_is_exact_to_the_last_digits(name: str) -> None:
    function = getattr(import_module("gradloom.kernels.compiled.elementary"), name)

    @numba.njit(fastmath=FASTMATH)
    def apply(x: Array, out: Array) -> None:
        for i in range(x.size):
            out[i] = function(x[i])

    x = _arguments()
    out = np.empty_like(x)
    apply(x, out)
    reference, most = EXACT[name]
    with np.errstate(all="ignore"):
        exact = reference(x.astype(np.float64))
        rounded = exact.astype(np.float32)
    finite = np.isfinite(rounded)
    np.testing.assert_array_equal(out[~finite], rounded[~finite])
    allowed = most * np.spacing(np.abs(rounded[finite]))
    assert (np.abs(out[finite] - exact[finite]) <= allowed).all()
    np.testing.assert_array_equal(np.signbit(out[finite]), np.signbit(rounded[finite]))
    assert " x float>" in "".join(apply.inspect_llvm().values())
