"""The normal distribution of angles.

Sources: D. J. Best and N. I. Fisher, "Efficient simulation of the von Mises distribution" (1979); the Bessel
function is Abramowitz and Stegun's, 9.8.1-4.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.autograd.grad_mode import no_grad
from gradloom.distributions import constraints
from gradloom.distributions.distribution import Distribution, Shape, as_tensors, batch_shape_of
from gradloom.ops.movement.selection import where
from gradloom.random import rand
from gradloom.tensor import Tensor

_SMALL = (
    (1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.360768e-1, 0.45813e-2),
    (0.5, 0.87890594, 0.51498869, 0.15084934, 0.2658733e-1, 0.301532e-2, 0.32411e-3),
)
_LARGE = (
    (0.39894228, 0.1328592e-1, 0.225319e-2, -0.157565e-2, 0.916281e-2, -0.2057706e-1, 0.2635537e-1,
     -0.1647633e-1, 0.392377e-2),
    (0.39894228, -0.3988024e-1, -0.362018e-2, 0.163801e-2, -0.1031555e-1, 0.2282967e-1, -0.2895312e-1,
     0.1787654e-1, -0.420059e-2),
)  # fmt: skip


def _polynomial(y: Tensor, coefficients: tuple[float, ...]) -> Tensor:
    result = y * 0 + coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        result = coefficient + y * result
    return result


def log_bessel(x: Tensor, order: int = 0) -> Tensor:
    """log of the modified Bessel function of the first kind, of order 0 or 1; x > 0."""
    small = _polynomial((x / 3.75).pow(2), _SMALL[order])
    if order == 1:
        small = x.abs() * small
    large = x - 0.5 * x.log() + _polynomial(3.75 / x, _LARGE[order]).log()
    return where(x < 3.75, small.log(), large)


class VonMises(Distribution):
    """An angle around another, in [-pi, pi).

    Args:
        loc: the angle, in radians.
        concentration: how closely, > 0.
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = as_tensors(loc, concentration)
        shape = batch_shape_of((loc, concentration), self.loc)
        super().__init__(shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return 1 - (log_bessel(self.concentration, 1) - log_bessel(self.concentration)).exp()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        known = self.concentration * (value - self.loc).cos()
        return known - math.log(2 * math.pi) - log_bessel(self.concentration)

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            angles = self._rejected(shape)
            moved = angles + math.pi + self.loc.array.astype(np.float64)
            return self.loc.new_tensor((moved % (2 * math.pi)) - math.pi)

    def _rejected(self, shape: Shape) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Angles around 0."""
        kappa = np.broadcast_to(self.concentration.array.astype(np.float64), tuple(shape))
        tau = 1 + np.sqrt(1 + 4 * kappa**2)
        rho = (tau - np.sqrt(2 * tau)) / (2 * kappa)
        r = np.where(kappa < 1e-5, 1 / kappa + kappa, (1 + rho**2) / (2 * rho))
        angles = np.zeros(tuple(shape))
        done = np.zeros(tuple(shape), bool)
        while not done.all():
            first, second, third = rand(3, *shape, dtype=self._doubles()).array
            z = np.cos(math.pi * first)
            f = (1 + r * z) / (r + z)
            c = kappa * (r - f)
            with np.errstate(divide="ignore"):
                accepted = (c * (2 - c) - second > 0) | (np.log(c / second) + 1 - c >= 0)
            fresh = np.sign(third - 0.5) * np.arccos(np.clip(f, -1, 1))
            angles = np.where(accepted, fresh, angles)
            done |= accepted
        return angles

    @staticmethod
    def _doubles() -> Any:
        from gradloom.dtypes import float64

        return float64
