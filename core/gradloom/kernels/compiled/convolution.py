"""Convolution and its gradients: for few outputs, for few positions, by tiles, or by the definition."""

from __future__ import annotations

from operator import gt

from gradloom.kernels.compiled.convolving import direct, gathered, patched, sliding
from gradloom.kernels.windows import Array, Geometry, Sizes


def convolve(images: Array, weight: Array, bias: Array | None, geometry: Geometry, groups: int = 1) -> Array:
    alone = sliding.serves(geometry, images.shape[1], len(weight), groups)
    if alone or sliding.serves_few(geometry, len(weight), groups):
        return sliding.convolve(images, weight, bias, geometry, groups)
    if gathered.serves(len(images), geometry.output_size(images.shape[2:]), weight.size, groups):
        return gathered.convolve(images, weight, bias, geometry)
    made = patched.convolve(images, weight, bias, geometry, groups)
    return direct.convolve(images, weight, bias, geometry, groups) if made is None else made


def weight_gradient(images: Array, gradient: Array, geometry: Geometry, groups: int = 1) -> Array:
    if sliding.serves(geometry, images.shape[1], gradient.shape[1], groups):
        return sliding.weight_gradient(images, gradient, geometry)
    weights = gradient.shape[1] * images.shape[1] * geometry.places
    if gathered.serves(len(images), gradient.shape[2:], weights, groups):
        return gathered.weight_gradient(images, gradient, geometry)
    made = patched.weight_gradient(images, gradient, geometry, groups)
    return direct.weight_gradient(images, gradient, geometry, groups) if made is None else made


def input_gradient(
    gradient: Array, weight: Array, bias: Array | None, size: Sizes, geometry: Geometry, groups: int = 1
) -> Array:
    if bias is not None and any(map(gt, geometry.stride, geometry.kernel)):
        # There are positions that no window reaches.
        back = input_gradient(gradient, weight, None, size, geometry, groups)
        back += bias.reshape(-1, *(1,) * len(size))
        return back
    alone = sliding.serves(geometry, weight.shape[1] * groups, len(weight), groups)
    if alone or sliding.serves_few(geometry, weight.shape[1], groups):
        return sliding.input_gradient(gradient, weight, bias, size, geometry, groups)
    if gathered.serves(len(gradient), gradient.shape[2:], weight.size, groups):
        return gathered.input_gradient(gradient, weight, bias, size, geometry)
    made = patched.input_gradient(gradient, weight, bias, size, geometry, groups)
    return direct.input_gradient(gradient, weight, bias, size, geometry, groups) if made is None else made
