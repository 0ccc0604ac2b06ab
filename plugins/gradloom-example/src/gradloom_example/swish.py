"""Swish, an activation."""

from __future__ import annotations

from gradloom import Tensor, nn, tensor


class Swish(nn.Module):
    """x * sigmoid(beta * x), element by element; beta 1 is SiLU, and a large beta comes close to ReLU.

    Source: Ramachandran, Zoph and Le, "Searching for Activation Functions", 2017.

    Args:
        beta: slope of the gate at the start, > 0.
        trainable: whether beta is learned with the weights.
    """

    family = "activation"

    def __init__(self, beta: float = 1.0, trainable: bool = False) -> None:
        super().__init__()
        self.beta = nn.Parameter(tensor(beta)) if trainable else beta

    def forward(self, input: Tensor) -> Tensor:
        return input * (self.beta * input).sigmoid()
