"""A perceptron's training step as one would write it for this one network: arrays, buffers, no graph."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from gradloom.kernels.process import settle

Array = npt.NDArray[np.float32]


class PerceptronByHand:
    """The step; calling it trains once. Cross-entropy; SGD with momentum, or Adam.

    Args:
        sizes: the layers' sizes.
        batch: samples in a step.
        activation: "ReLU" or "Tanh".
        adam: whether Adam trains it.
    """

    def __init__(self, sizes: tuple[int, ...], batch: int, activation: str, adam: bool) -> None:
        settle()
        rng = np.random.default_rng(0)
        self.x = rng.standard_normal((batch, sizes[0]), np.float32)
        self.y = rng.integers(0, sizes[-1], batch)
        pairs = list(pairwise(sizes))
        # All parameters in one array, so that the optimizer takes each of its steps once.
        self.values, weights, biases = _flat(pairs)
        self.gradient, weight_gradients, bias_gradients = _flat(pairs)
        self.values[...] = 0.05 * rng.standard_normal(self.values.size, np.float32)
        self.layers = list(zip(weights, biases, weight_gradients, bias_gradients, strict=True))
        self.outs = [np.empty((batch, size), np.float32) for size in sizes[1:]]
        self.backs = [np.empty((batch, size), np.float32) for size in sizes[1:]]
        self.first, self.second = np.zeros_like(self.values), np.zeros_like(self.values)
        self.work = np.empty_like(self.values)
        self.root = np.empty_like(self.values)
        self.rows = np.arange(batch)
        self.tanh, self.adam, self.steps = activation == "Tanh", adam, 0

    def __call__(self) -> None:
        scores = self._forward()
        self._backward(scores)
        if self.adam:
            self._adam()
        else:
            self.first *= 0.9
            self.first += self.gradient
            np.multiply(self.first, 0.01, out=self.work)
            self.values -= self.work

    def _forward(self) -> Array:
        given = self.x
        for (weight, bias, _, _), out in zip(self.layers, self.outs, strict=True):
            np.matmul(given, weight.T, out=out)
            out += bias
            if out is not self.outs[-1]:
                np.tanh(out, out=out) if self.tanh else np.maximum(out, 0, out=out)
            given = out
        return given

    def _backward(self, scores: Array) -> None:
        grad = self.backs[-1]
        np.subtract(scores, scores.max(axis=1, keepdims=True), out=grad)
        np.exp(grad, out=grad)
        total = grad.sum(axis=1, keepdims=True)
        self.loss = float((np.log(total[:, 0]) - np.log(grad[self.rows, self.y])).mean())
        grad /= total
        grad[self.rows, self.y] -= 1
        grad *= np.float32(1 / len(grad))
        for at in reversed(range(len(self.layers))):
            weight, _, weight_gradient, bias_gradient = self.layers[at]
            given = self.outs[at - 1] if at else self.x
            np.matmul(grad.T, given, out=weight_gradient)
            grad.sum(axis=0, out=bias_gradient)
            if at:
                grad = np.matmul(grad, weight, out=self.backs[at - 1])
                if self.tanh:
                    slope = np.multiply(given, given, out=given)
                    grad *= np.subtract(1, slope, out=slope)
                else:
                    grad *= given > 0

    def _adam(self) -> None:
        self.steps += 1
        work = np.subtract(self.gradient, self.first, out=self.work)
        work *= 0.1
        self.first += work
        self.second *= 0.999
        np.multiply(self.gradient, self.gradient, out=work)
        work *= 0.001
        self.second += work
        correction = (1 - 0.999**self.steps) ** 0.5
        root = np.sqrt(self.second, out=self.root)
        root += 1e-8 * correction
        np.multiply(self.first, -1e-3 * correction / (1 - 0.9**self.steps), out=work)
        work /= root
        self.values += work


def _flat(pairs: list[tuple[int, int]]) -> tuple[Array, list[Array], list[Array]]:
    """One array, and views of it shaped like all layers' weights and biases."""
    whole = np.zeros(sum(outputs * (inputs + 1) for inputs, outputs in pairs), np.float32)
    weights, biases, at = [], [], 0
    for inputs, outputs in pairs:
        weights.append(whole[at : at + inputs * outputs].reshape(outputs, inputs))
        at += inputs * outputs
        biases.append(whole[at : at + outputs])
        at += outputs
    return whole, weights, biases
