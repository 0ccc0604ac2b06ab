"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

from gradloom.autograd.grad_mode import no_grad
from gradloom.ops.movement.joining import cat
from gradloom.tensor import Tensor


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All values, one parameter after the other, as one vector."""
    return cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Copy the values of `vec` into the parameters, in order."""
    start = 0
    with no_grad():
        for parameter in parameters:
            count = parameter.numel()
            parameter.copy_(vec[start : start + count].reshape(parameter.shape))
            start += count
