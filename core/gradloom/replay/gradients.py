"""What the gradients of leaves are before a step and while it is being written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gradloom.dtypes import Array
from gradloom.tensor import Tensor

Leaf = tuple[Tensor, Tensor | None]
"""A tensor and its gradient."""


class Gradients:
    """The gradients of tensors as they were at first, and as a recorder saw them last.

    Args:
        tensors: those that are known before the step.
        accumulated: those that got gradients in the recording before.
    """

    def __init__(self, tensors: Iterable[Tensor], accumulated: Iterable[Tensor]) -> None:
        self._first: dict[int, Leaf] = {id(each): (each, each.grad) for each in tensors}
        self._last = dict(self._first)
        self._kept = {id(leaf) for leaf in accumulated if leaf.grad is not None}

    def know(self, tensor: Tensor) -> None:
        """Note the gradient of a tensor that may have come up before."""
        self._first.setdefault(id(tensor), (tensor, tensor.grad))
        self._last.setdefault(id(tensor), (tensor, tensor.grad))

    def changed(self, leaf: Tensor) -> None:
        """Its gradient is now what the step has made it."""
        self._last[id(leaf)] = leaf, leaf.grad

    def may_have_changed(self) -> None:
        """All gradients are now what a function made of them that is called again when replayed."""
        self._last = {at: (tensor, tensor.grad) for at, (tensor, _) in self._last.items()}
        self._kept -= {at for at, (_, gradient) in self._last.items() if gradient is None}

    def are_as_seen(self) -> bool:
        """Whether no gradient was set by hand."""
        return all(tensor.grad is gradient for tensor, gradient in self._last.values())

    def was_dropped(self, leaf: Tensor) -> bool:
        """Whether the leaf had a gradient and lost it by hand."""
        return leaf.grad is None and id(leaf) in self._kept

    def used(self, is_constant: Callable[[Array], bool]) -> list[Leaf]:
        """The leaves whose first gradient is a constant of the step, which means it as it was."""
        first = self._first.values()
        return [(leaf, each) for leaf, each in first if each is not None and is_constant(each.array)]

    def first_of(self, leaves: Iterable[Tensor]) -> list[Leaf]:
        """The first gradients of these leaves."""
        return [self._first[id(leaf)] for leaf in leaves]
