"""Convolution along any number of dimensions and its two gradients, each the derivative of the others."""

from __future__ import annotations

from gradloom.dtypes import Array
from gradloom.kernels import convolution as kernel
from gradloom.kernels.windows import Geometry, Sizes
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.op import Value, op
from gradloom.ops.reduction.reduce import sum  # noqa: A004
from gradloom.ops.sample import complexes, floats, sample
from gradloom.ops.shapes import Shape

_SAMPLES = [
    ((5, 4), Geometry((3, 2))),
    ((5, 4), Geometry((3, 3), stride=(2, 1), padding=((1, 1), (1, 1)))),
    ((5, 4), Geometry((2, 2), padding=((0, 1), (1, 0)), dilation=(2, 1))),
    ((5, 4), Geometry((1, 1), padding=((1, 1), (0, 0)))),
    ((5,), Geometry((3,), stride=(2,), padding=((1, 1),))),
    ((2, 3, 3), Geometry((2, 1, 2), padding=((1, 0), (0, 0), (0, 1)))),
]


def _misfit(input: Array, weight: Array, bias: Array | None, geometry: Geometry, groups: int) -> str | None:
    """What does not fit, in PyTorch's words; the kernel would read past the end of an image."""
    if weight.shape[0] < groups:
        return (
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, "
            f"but got weight of size {list(weight.shape)} instead"
        )
    if weight.shape[0] % groups:
        return (
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got weight of size [{list(weight.shape)}] instead"
        )
    if input.shape[1] != weight.shape[1] * groups:
        return (
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input{list(input.shape)} "
            f"to have {weight.shape[1] * groups} channels, but got {input.shape[1]} channels instead"
        )
    padded = geometry.padded_size(input.shape[2:])
    if any(size < extent for size, extent in zip(padded, geometry.extent, strict=True)):
        return (
            f"Calculated padded input size per channel: ({' x '.join(map(str, padded))}). Kernel size: "
            f"({' x '.join(map(str, geometry.extent))}). "
            "Kernel size can't be greater than actual input size"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        return (
            f"Given weight of size {list(weight.shape)}, expected bias to be 1-dimensional with "
            f"{weight.shape[0]} elements, but got bias of size {list(bias.shape)} instead"
        )
    return None


@op(
    samples=[
        *(
            sample(floats(2, 2, *size), floats(3, 2, *each.kernel), floats(3), each)
            for size, each in _SAMPLES
        ),
        sample(floats(2, 4, 4, 4), floats(6, 2, 2, 2), None, Geometry((2, 2)), groups=2),
        sample(complexes(1, 2, 3, 3), complexes(2, 2, 2, 2), complexes(2), Geometry((2, 2))),
    ],
    method=False,
)
def convolution(
    input: Value, weight: Value, bias: Value | None, geometry: Geometry, groups: int = 1
) -> Value:
    """The cross-correlation of images with weights, plus a bias for each output channel.

    Shapes: input (n, c, *size), weight (o, c / groups, *kernel), bias (o); the result is (n, o, *positions).
    """
    if (message := _misfit(input, weight, bias, geometry, groups)) is not None:
        raise RuntimeError(message)
    return kernel.convolve(input, weight, bias, geometry, groups)


@convolution.gradient("input")
def _(grad: Value, weight: Value, input_shape: Shape, geometry: Geometry, groups: int) -> Value:
    return convolution_input(grad, conjugate(weight), None, input_shape[2:], geometry, groups)


@convolution.gradient("weight")
def _(grad: Value, input: Value, geometry: Geometry, groups: int) -> Value:
    return convolution_weight(conjugate(input), grad, geometry, groups)


@convolution.gradient("bias")
def _(grad: Value) -> Value:
    return sum(grad, (0, *range(2, grad.ndim)))


@op(
    samples=[
        *(
            sample(floats(2, 3, *each.output_size(size)), floats(3, 2, *each.kernel), None, size, each)
            for size, each in _SAMPLES
        ),
        sample(floats(2, 3, 2, 2), floats(3, 2, 1, 2), floats(2), (3, 5), Geometry((1, 2), stride=(2, 2))),
    ],
    method=False,
)
def convolution_input(
    output: Value, weight: Value, bias: Value | None, size: Sizes, geometry: Geometry, groups: int = 1
) -> Value:
    """The transposed convolution: what each output position sends back to images of `size`, plus a bias.

    Shapes: output (n, o, *positions), weight (o, c / groups, *kernel), bias (c); the result is (n, c, *size).
    """
    return kernel.input_gradient(output, weight, bias, size, geometry, groups)


@convolution_input.gradient("output")
def _(grad: Value, weight: Value, geometry: Geometry, groups: int) -> Value:
    return convolution(grad, conjugate(weight), None, geometry, groups)


@convolution_input.gradient("weight")
def _(grad: Value, output: Value, geometry: Geometry, groups: int) -> Value:
    return convolution_weight(grad, conjugate(output), geometry, groups)


@convolution_input.gradient("bias")
def _(grad: Value) -> Value:
    return sum(grad, (0, *range(2, grad.ndim)))


@op(
    samples=[
        sample(floats(2, 2, *size), floats(2, 3, *each.output_size(size)), each) for size, each in _SAMPLES
    ],
    method=False,
)
def convolution_weight(input: Value, output: Value, geometry: Geometry, groups: int = 1) -> Value:
    """The correlation of images with outputs, for each offset in the window.

    Shapes: input (n, c, *size), output (n, o, *positions); the result is (o, c / groups, *kernel).
    """
    return kernel.weight_gradient(input, output, geometry, groups)


@convolution_weight.gradient("input")
def _(grad: Value, output: Value, input_shape: Shape, geometry: Geometry, groups: int) -> Value:
    return convolution_input(conjugate(output), grad, None, input_shape[2:], geometry, groups)


@convolution_weight.gradient("output")
def _(grad: Value, input: Value, geometry: Geometry, groups: int) -> Value:
    return convolution(conjugate(input), grad, None, geometry, groups)
