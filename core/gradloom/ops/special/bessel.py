"""Bessel functions of orders 0 and 1, and Airy's function, element by element.

The derivatives are those of https://dlmf.nist.gov/10.6 and https://dlmf.nist.gov/10.29.
"""

from __future__ import annotations

from gradloom.kernels import airy, bessel, modified_bessel
from gradloom.ops.elementwise.signs import sgn
from gradloom.ops.elementwise.trigonometric import cos
from gradloom.ops.movement.selection import where
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import floats, sample

_ANY = [sample(floats(3, 4)), sample(floats(4, low=-20.0, high=20.0))]
_OFF_0 = [sample(floats(3, 4, avoid=(0.0,))), sample(floats(4, low=-20.0, high=20.0))]
_ABOVE_0 = [sample(floats(3, 4, low=0.3)), sample(floats(4, low=2.0, high=20.0))]


def _over(out: Value, input: Value) -> Value:
    """out / input of a function of order 1, which is x / 2 near 0."""
    return where(raw(input) == 0, 0.5, out / input)


@op(samples=_ANY, meeting="float", method=False)
def bessel_j0(input: Value) -> Value:
    """The Bessel function of the first kind of order 0."""
    return bessel.j0(input)


@bessel_j0.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * -bessel_j1(input)


@op(samples=_ANY, meeting="float", method=False)
def bessel_j1(input: Value) -> Value:
    """The Bessel function of the first kind of order 1."""
    return bessel.j1(input)


@bessel_j1.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    return grad * (bessel_j0(input) - _over(out, input))


@op(samples=_ABOVE_0, meeting="float", method=False)
def bessel_y0(input: Value) -> Value:
    """The Bessel function of the second kind of order 0; -inf at 0, nan below."""
    return bessel.y0(input)


@bessel_y0.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * -bessel_y1(input)


@op(samples=_ABOVE_0, meeting="float", method=False)
def bessel_y1(input: Value) -> Value:
    """The Bessel function of the second kind of order 1; -inf at 0, nan below."""
    return bessel.y1(input)


@bessel_y1.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    return grad * (bessel_y0(input) - out / input)


@op(samples=_ABOVE_0, meeting="float", method=False)
def spherical_bessel_j0(input: Value) -> Value:
    """The spherical Bessel function of the first kind of order 0: sin(x) / x."""
    return bessel.spherical_j0(input)


@spherical_bessel_j0.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    return grad * ((cos(input) - out) / input)


@op(samples=_ANY, meeting="float", inplace=True)
def i0(input: Value) -> Value:
    """The modified Bessel function of the first kind of order 0."""
    return modified_bessel.i0(input)


@i0.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * i1(input)


@op(samples=_OFF_0, meeting="float", method=False)
def i0e(input: Value) -> Value:
    """exp(-|x|) i0(x), without overflow."""
    return modified_bessel.i0e(input)


@i0e.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    return grad * (i1e(input) - sgn(input) * out)


@op(samples=_ANY, meeting="float", method=False)
def i1(input: Value) -> Value:
    """The modified Bessel function of the first kind of order 1."""
    return modified_bessel.i1(input)


@i1.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    return grad * (i0(input) - _over(out, input))


@op(samples=_OFF_0, meeting="float", method=False)
def i1e(input: Value) -> Value:
    """exp(-|x|) i1(x), without overflow."""
    return modified_bessel.i1e(input)


@i1e.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    return grad * (i0e(input) - sgn(input) * out - _over(out, input))


@op(samples=_ABOVE_0, meeting="float", method=False)
def modified_bessel_k0(input: Value) -> Value:
    """The modified Bessel function of the second kind of order 0; inf at 0, nan below."""
    return modified_bessel.k0(input)


@modified_bessel_k0.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * -modified_bessel_k1(input)


@op(samples=_ABOVE_0, meeting="float", method=False)
def modified_bessel_k1(input: Value) -> Value:
    """The modified Bessel function of the second kind of order 1; inf at 0, nan below."""
    return modified_bessel.k1(input)


@modified_bessel_k1.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    return grad * -(modified_bessel_k0(input) + out / input)


@op(samples=_ABOVE_0, meeting="float", method=False)
def scaled_modified_bessel_k0(input: Value) -> Value:
    """exp(x) modified_bessel_k0(x), which does not vanish."""
    return modified_bessel.k0e(input)


@scaled_modified_bessel_k0.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    return grad * (out - scaled_modified_bessel_k1(input))


@op(samples=_ABOVE_0, meeting="float", method=False)
def scaled_modified_bessel_k1(input: Value) -> Value:
    """exp(x) modified_bessel_k1(x), which does not vanish."""
    return modified_bessel.k1e(input)


@scaled_modified_bessel_k1.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    return grad * (out - scaled_modified_bessel_k0(input) - out / input)


@op(samples=_ANY, meeting="float", method=False)
def airy_ai(input: Value) -> Value:
    """Airy's function Ai. No gradient."""
    return airy.airy_ai(input)
