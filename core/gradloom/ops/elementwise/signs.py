"""Signs and sizes, element by element."""

from __future__ import annotations

import numpy as np

from gradloom.kernels import activations as kernel
from gradloom.ops.copying import zero
from gradloom.ops.elementwise.complex import conjugate, real
from gradloom.ops.movement.selection import where
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import complexes, floats, integers, sample
from gradloom.ops.shapes import explain_broadcast


@op(samples=[sample(floats(3, 4, avoid=(0.0,))), sample(complexes(3))], inplace=True, aliases=("absolute",))
def abs(input: Value) -> Value:  # noqa: A001
    """The absolute value. Its gradient at 0 is 0."""
    return np.abs(input)


@abs.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * sgn(input)


@op(samples=[sample(floats(3, 4, avoid=(0.0,)))], inplace=True)
def sign(input: Value) -> Value:
    """-1, 0 or 1 as each element is below, at or above 0. Its gradient is 0."""
    if input.dtype.kind == "c":
        raise NotImplementedError(
            "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn "
            "instead."
        )
    return kernel.sign(input) if input.dtype.kind != "b" else input


@sign.gradient("input")
def _(grad: Value) -> Value:
    return zero(grad)


@op(samples=[sample(floats(3, 4, avoid=(0.0,))), sample(complexes(3))], inplace=True)
def sgn(input: Value) -> Value:
    """Where each element points: `sign` of real numbers, z / |z| of complex ones and 0 of 0."""
    if input.dtype.kind != "c":
        return sign.forward(input)
    size = np.abs(input)
    return np.where(size == 0, 0, input / size)


@sgn.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    if raw(input).dtype.kind != "c":
        return zero(grad)
    # What of grad points along the number cannot turn it.
    turning = (grad - real(grad * conjugate(out)) * out) / abs(input)
    return where(raw(input) == 0, 0, turning)


@op(samples=[sample(floats(3, 4))], meeting="as_is")
def signbit(input: Value) -> Value:
    """Where the sign is negative, also that of -0.0."""
    return np.signbit(input) if input.dtype.kind in "fV" else input < 0


_AWAY = floats(3, 4, avoid=(0.0,))


@op(
    samples=[sample(_AWAY, floats(4, avoid=(0.0,))), sample(_AWAY, -1.0)],
    meeting="float",
    explain=explain_broadcast,
    inplace=True,
    tensors=("input",),
)
def copysign(input: Value, other: Value) -> Value:
    """The size of `input` with the sign of `other`."""
    return np.copysign(input, other)


@copysign.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    return grad * raw(where(raw(input) == 0, 0, raw(out) / raw(input)))


@copysign.gradient("other")
def _(grad: Value) -> Value:
    return zero(grad)


@op(
    samples=[sample(integers(3, 4, low=-2), integers(4))],
    explain=explain_broadcast,
    inplace=True,
    tensors=("input", "values"),
)
def heaviside(input: Value, values: Value) -> Value:
    """0 below 0, 1 above 0, `values` at 0."""
    return np.where(input == 0, values, np.asarray(input > 0, np.asarray(values).dtype))
