"""Two-dimensional convolution and its two gradients: bilinear ops, each the derivative of the others."""

from __future__ import annotations

from typing import TypeAlias

from gradloom.dtypes import Array
from gradloom.kernels import convolution as kernel
from gradloom.kernels.windows import Geometry
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape

Pair: TypeAlias = tuple[int, int]

_SAMPLES = [
    Geometry((3, 2)),
    Geometry((3, 3), stride=(2, 1), padding=((1, 1), (1, 1))),
    Geometry((2, 2), padding=((0, 1), (1, 0)), dilation=(2, 1)),
    Geometry((1, 1), padding=((1, 1), (0, 0))),
]


def _misfit(input: Array, weight: Array, bias: Array | None, geometry: Geometry, groups: int) -> str | None:
    """What does not fit, in PyTorch's words; the kernel would read past the end of an image."""
    if input.ndim != 4 or weight.ndim != 4:
        return (
            "Expected 3D (unbatched) or 4D (batched) input to conv2d, "
            f"but got input of size: {list(input.shape)}"
        )
    if input.shape[1] != weight.shape[1] * groups:
        return (
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input{list(input.shape)} "
            f"to have {weight.shape[1] * groups} channels, but got {input.shape[1]} channels instead"
        )
    if weight.shape[0] % groups:
        return (
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got weight of size {list(weight.shape)} instead"
        )
    padded = geometry.padded_size((input.shape[2], input.shape[3]))
    if any(size < extent for size, extent in zip(padded, geometry.extent, strict=True)):
        return (
            f"Calculated padded input size per channel: ({padded[0]} x {padded[1]}). Kernel size: "
            f"({geometry.extent[0]} x {geometry.extent[1]}). "
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
        *(sample(floats(2, 2, 5, 4), floats(3, 2, *each.kernel), floats(3), each) for each in _SAMPLES),
        sample(floats(2, 4, 4, 4), floats(6, 2, 2, 2), None, Geometry((2, 2)), groups=2),
    ],
    method=False,
)
def convolution(
    input: Value, weight: Value, bias: Value | None, geometry: Geometry, groups: int = 1
) -> Value:
    """The cross-correlation of images with weights, plus a bias for each output channel.

    Shapes: input (n, c, h, w), weight (o, c / groups, kh, kw), bias (o); the result is (n, o, h', w').
    """
    if (message := _misfit(input, weight, bias, geometry, groups)) is not None:
        raise RuntimeError(message)
    return kernel.convolve(input, weight, bias, geometry, groups)


@convolution.gradient("input")
def _(grad: Value, weight: Value, input_shape: Shape, geometry: Geometry, groups: int) -> Value:
    return convolution_input(grad, weight, (input_shape[2], input_shape[3]), geometry, groups)


@convolution.gradient("weight")
def _(grad: Value, input: Value, geometry: Geometry, groups: int) -> Value:
    return convolution_weight(input, grad, geometry, groups)


@convolution.gradient("bias")
def _(grad: Value) -> Value:
    return grad.sum((0, 2, 3))


@op(
    samples=[
        sample(floats(2, 3, *each.output_size((5, 4))), floats(3, 2, *each.kernel), (5, 4), each)
        for each in _SAMPLES
    ],
    method=False,
)
def convolution_input(output: Value, weight: Value, size: Pair, geometry: Geometry, groups: int = 1) -> Value:
    """The transposed convolution: what each output position sends back to images of `size`.

    Shapes: output (n, o, h', w'), weight (o, c / groups, kh, kw); the result is (n, c, *size).
    """
    return kernel.input_gradient(output, weight, size, geometry, groups)


@convolution_input.gradient("output")
def _(grad: Value, weight: Value, geometry: Geometry, groups: int) -> Value:
    return convolution(grad, weight, None, geometry, groups)


@convolution_input.gradient("weight")
def _(grad: Value, output: Value, geometry: Geometry, groups: int) -> Value:
    return convolution_weight(grad, output, geometry, groups)


@op(
    samples=[sample(floats(2, 2, 5, 4), floats(2, 3, *each.output_size((5, 4))), each) for each in _SAMPLES],
    method=False,
)
def convolution_weight(input: Value, output: Value, geometry: Geometry, groups: int = 1) -> Value:
    """The correlation of images with outputs, for each offset in the window.

    Shapes: input (n, c, h, w), output (n, o, h', w'); the result is (o, c / groups, kh, kw).
    """
    return kernel.weight_gradient(input, output, geometry, groups)


@convolution_weight.gradient("input")
def _(grad: Value, output: Value, input_shape: Shape, geometry: Geometry, groups: int) -> Value:
    return convolution_input(output, grad, (input_shape[2], input_shape[3]), geometry, groups)


@convolution_weight.gradient("output")
def _(grad: Value, input: Value, geometry: Geometry, groups: int) -> Value:
    return convolution(input, grad, None, geometry, groups)
