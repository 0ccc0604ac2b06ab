"""Complex numbers: their parts, their conjugates, and the two ways to see them as pairs.

Gradients follow PyTorch's convention: the gradient of a real loss L with respect to z = x + iy is
dL/dx + i dL/dy, so a rule multiplies by the conjugate of the derivative
(https://docs.pytorch.org/docs/stable/notes/autograd.html#autograd-for-complex-numbers).
"""

from __future__ import annotations

import builtins
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.ops.copying import clone, zero
from gradloom.ops.movement.selection import where
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.operand import Operand
from gradloom.ops.sample import complexes, floats, sample

_COMPLEX = (builtins.complex, np.complexfloating)


def conjugate(value: Value) -> Value:
    """The complex conjugate, for gradient rules: what is real passes through and costs nothing."""
    if type(value) is np.ndarray and value.dtype.kind != "c":
        return value
    if isinstance(value, (np.ndarray, Operand)):
        return conj(value) if raw(value).dtype.kind == "c" else value
    return np.conj(value) if isinstance(value, _COMPLEX) else value


@op(samples=[sample(complexes(2, 3)), sample(floats(3))], meeting="as_is", moves=True)
def conj(input: Value) -> Value:
    """The complex conjugate: x - iy for x + iy."""
    return np.conj(input) if input.dtype.kind == "c" else input


@conj.gradient("input")
def _(grad: Value) -> Value:
    return conjugate(grad)


@op(samples=[sample(complexes(2, 3)), sample(floats(3))], meeting="as_is", moves=True, inplace=True)
def conj_physical(input: Value) -> Value:
    """The same as `conj`, which does not wait here either."""
    return conj.forward(input)


@conj_physical.gradient("input")
def _(grad: Value) -> Value:
    return conjugate(grad)


@composite(samples=[sample(complexes(2, 3))])
def resolve_conj(input: Value) -> Value:
    """The tensor itself: its conjugation, if there was one, is done."""
    return input


@composite(samples=[sample(floats(2, 3))])
def resolve_neg(input: Value) -> Value:
    """The tensor itself: its negation, if there was one, is done."""
    return input


@op(samples=[sample(complexes(2, 3)), sample(floats(3, avoid=(0.0,)))], meeting="float")
def angle(input: Value) -> Value:
    """The angle of each number with the positive real axis, in (-pi, pi]."""
    if input.dtype.kind == "c":
        return np.angle(input)
    return np.where(np.isnan(input), input, np.where(input < 0, input.dtype.type(math.pi), 0))


@angle.gradient("input")
def _(grad: Value, input: Value) -> Value:
    if raw(input).dtype.kind != "c":
        return zero(grad)
    turning = input * 1j / _real(input * conjugate(input))
    # 0 has no angle.
    return grad * where(raw(input) == 0, 0, turning)


@op(samples=[sample(complexes(2, 3)), sample(floats(3))], meeting="as_is", view=True, method=False)
def real(input: Value) -> Value:
    """The real part, a view; a real tensor is its own."""
    return input.real if input.dtype.kind == "c" else input.view()


@real.gradient("input")
def _(grad: Value) -> Value:
    return grad


@op(samples=[sample(complexes(2, 3))], meeting="as_is", view=True, method=False)
def imag(input: Value) -> Value:
    """The imaginary part, a view; RuntimeError if the tensor is not complex."""
    if input.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return input.imag


@imag.gradient("input")
def _(grad: Value) -> Value:
    return grad * 1j


def require_one_dtype(first: Array, second: Array) -> None:
    """RuntimeError unless both are of the same floating-point dtype."""
    names = [dtypes.legacy_name(each.dtype) for each in (first, second)]
    if first.dtype.kind != "f" or second.dtype.kind != "f":
        raise RuntimeError(
            f"Expected both inputs to be Half, Float or Double tensors but got {names[0]} and {names[1]}"
        )
    if first.dtype != second.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {names[0]} but got scalar type {names[1]} for second argument"
        )


# The parameters of `complex` have their names.
_real, _imag = real, imag


@op(samples=[sample(floats(2, 3), floats(2, 3))], meeting="as_is", method=False)
def complex(real: Value, imag: Value) -> Value:  # noqa: A001 - PyTorch's name
    """The complex numbers with these parts, which have to be of one floating-point dtype."""
    require_one_dtype(real, imag)
    whole = np.empty(np.broadcast_shapes(real.shape, imag.shape), np.result_type(real, np.complex64))
    whole.real, whole.imag = real, imag
    return whole


@complex.gradient("real")
def _(grad: Value) -> Value:
    return _real(grad)


@complex.gradient("imag")
def _(grad: Value) -> Value:
    return _imag(grad)


@op(samples=[sample(complexes(2, 3))], meeting="as_is", view=True, method=False)
def view_as_real(input: Value) -> Value:
    """A view with one dim more, of size 2, that holds real and imaginary part."""
    if input.dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    half = input.itemsize // 2
    return as_strided(input.real, (*input.shape, 2), (*input.strides, half))


@view_as_real.gradient("input")
def _(grad: Value) -> Value:
    return view_as_complex(grad if raw(grad).flags.c_contiguous else clone(grad))


@op(samples=[sample(floats(3, 2))], meeting="as_is", view=True, method=False)
def view_as_complex(input: Value) -> Value:
    """A view that joins the last dim, of size 2, to complex numbers."""
    if input.dtype.kind != "f":
        raise RuntimeError(
            "view_as_complex is only supported for half, float and double tensors, but got a tensor of "
            f"scalar type: {dtypes.legacy_name(input.dtype)}"
        )
    if not input.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if input.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if input.strides[-1] != input.itemsize and input.size:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    return input.view(np.result_type(input, np.complex64))[..., 0]


@view_as_complex.gradient("input")
def _(grad: Value) -> Value:
    return view_as_real(grad)
