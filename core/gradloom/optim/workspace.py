"""In-place arithmetic of the optimizers' formulas: on arrays with buffers, or on tensors for the tape.

The two classes have the same methods, so that a formula is written once. A name with an underscore changes
its first argument; the others return a new value, which for arrays lives in a buffer until the same method is
called again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gradloom.tensor import Tensor, wrap

Array = npt.NDArray[Any]


class ArrayWorkspace:
    """Buffers shaped like one array, made when first needed and kept from step to step."""

    def __init__(self, like: Array) -> None:
        self._like = like.shape, like.dtype
        self._buffers: dict[str, Array] = {}
        self.work = np.empty_like(like)

    def buffer(self, name: str) -> Array:
        """The work array of this name; its content is arbitrary."""
        kept = self._buffers.get(name)
        if kept is None:
            kept = self._buffers[name] = np.empty_like(self.work)
        return kept

    def kept(self, state: dict[str, Any], name: str, start: float = 0.0) -> Array:
        """The array that `state` keeps under `name`; `start` everywhere at first."""
        try:
            array: Array = state[name].array
        except KeyError:
            array = np.full_like(self.work, start)
            state[name] = wrap(array)
        return array

    def started(self, state: dict[str, Any], name: str, value: Array) -> Array:
        """The array that `state` keeps under `name` from now on: a copy of `value`."""
        state[name] = wrap(value.copy())
        array: Array = state[name].array
        return array

    def add_(self, target: Array, other: Array, scale: float = 1.0) -> None:
        """target + scale * other"""
        if scale == 1.0:
            target += other
        else:
            np.multiply(other, scale, out=self.work)
            target += self.work

    def lerp_(self, target: Array, end: Array, weight: float) -> None:
        """target + weight * (end - target)"""
        work = np.subtract(end, target, out=self.work)
        work *= weight
        target += work

    def addcmul_(self, target: Array, first: Array, second: Array, scale: float = 1.0) -> None:
        """target + scale * first * second"""
        work = np.multiply(first, second, out=self.work)
        if scale != 1.0:
            work *= scale
        target += work

    def addcdiv_(self, target: Array, numerator: Array, denominator: Array, scale: float = 1.0) -> None:
        """target + scale * numerator / denominator"""
        if scale == 1.0:
            work = np.divide(numerator, denominator, out=self.work)
        else:
            work = np.multiply(numerator, scale, out=self.work)
            work /= denominator
        target += work

    def max_(self, target: Array, other: Array) -> None:
        """The larger of the two, element by element."""
        np.maximum(target, other, out=target)

    def copy_(self, target: Array, other: Array) -> None:
        """The other's values."""
        target[...] = other

    def neg(self, value: Array) -> Array:
        """-value"""
        return np.negative(value, out=self.buffer("gradient"))

    def plus(self, value: Array, other: Array, scale: float) -> Array:
        """value + scale * other"""
        work = np.multiply(other, scale, out=self.work)
        return np.add(value, work, out=self.buffer("gradient"))

    def times(self, value: Array, other: Array) -> Array:
        """value * other"""
        return np.multiply(value, other, out=self.buffer("product"))

    def ratio(self, numerator: Array, denominator: Array, eps: float) -> Array:
        """(numerator + eps) / (denominator + eps)"""
        below = np.add(denominator, eps, out=self.work)
        above = np.add(numerator, eps, out=self.buffer("product"))
        above /= below
        return above

    def choose(self, where: Array, value: float, other: Any) -> Array:
        """The value where the condition holds, elsewhere the other."""
        chosen = np.where(where, value, other)
        return chosen.astype(self.work.dtype, copy=False)

    def clamp_(self, target: Array, low: float, high: float) -> None:
        """The values within [low, high]."""
        np.clip(target, low, high, out=target)

    def sqrt(self, value: Array) -> Array:
        """The square root."""
        return np.sqrt(value, out=self.buffer("root"))

    def abs(self, value: Array) -> Array:
        """The absolute value."""
        return np.abs(value, out=self.buffer("root"))

    def sign(self, value: Array) -> Array:
        """-1, 0 or 1."""
        return np.sign(value, out=self.buffer("sign"))


class TensorWorkspace:
    """The same on tensors, recorded. What is overwritten later is a copy of what the tape keeps."""

    def __init__(self, like: Tensor) -> None:
        self._like = like

    def kept(self, state: dict[str, Any], name: str, start: float = 0.0) -> Any:
        if name not in state:
            state[name] = wrap(np.full_like(self._like.array, start))
        return state[name]

    def started(self, state: dict[str, Any], name: str, value: Any) -> Any:
        state[name] = value.detach().clone()
        return state[name]

    def add_(self, target: Any, other: Any, scale: Any = 1.0) -> None:
        target += other * scale

    def lerp_(self, target: Any, end: Any, weight: Any) -> None:
        target += (end - target) * weight

    def addcmul_(self, target: Any, first: Any, second: Any, scale: Any = 1.0) -> None:
        target += first.clone() * second.clone() * scale

    def addcdiv_(self, target: Any, numerator: Any, denominator: Any, scale: Any = 1.0) -> None:
        target += numerator.clone() * scale / denominator.clone()

    def max_(self, target: Any, other: Any) -> None:
        target.copy_(target.clone().maximum(other.clone()))

    def copy_(self, target: Any, other: Any) -> None:
        target.copy_(other)

    def neg(self, value: Any) -> Any:
        return -value

    def plus(self, value: Any, other: Any, scale: Any) -> Any:
        return value + other.clone() * scale

    def times(self, value: Any, other: Any) -> Any:
        return value.clone() * other.clone()

    def ratio(self, numerator: Any, denominator: Any, eps: float) -> Any:
        return ((numerator.clone() + eps) / (denominator.clone() + eps)).clone()

    def choose(self, where: Any, value: float, other: Any) -> Any:
        kept = other if isinstance(other, Tensor) else self._like.detach() * 0 + other
        return kept.masked_fill(where, value)

    def clamp_(self, target: Any, low: float, high: float) -> None:
        target.clamp_(low, high)

    def sqrt(self, value: Any) -> Any:
        return value.clone().sqrt().clone()

    def abs(self, value: Any) -> Any:
        return value.clone().abs()

    def sign(self, value: Any) -> Any:
        return value.clone().sign()
