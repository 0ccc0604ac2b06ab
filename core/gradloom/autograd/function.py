"""Function: operations of one's own, with a forward and a backward on Tensors."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.autograd.grad_mode import is_grad_enabled, no_grad, recording
from gradloom.autograd.record import edge_of
from gradloom.dtypes import is_differentiable
from gradloom.tape import FREED, Differentiate, Edge, Node, Shape, Wrap
from gradloom.tensor import Tensor, wrap


class FunctionCtx:
    """What `forward` leaves for `backward`; any attribute may be set on it.

    Attributes:
        needs_input_grad: for each argument of `apply` whether it needs a gradient.
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self.to_save: tuple[Tensor | None, ...] = ()
        self.constant: tuple[Tensor, ...] = ()
        self.dirty: tuple[Tensor, ...] = ()
        self.materialize = True
        self.saved: list[Saved | None] | None = []
        self.node: Callable[[], Node | None] = lambda: None

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep inputs or results for `backward`, which finds them in `saved_tensors`."""
        self.to_save = tensors

    def mark_non_differentiable(self, *results: Tensor) -> None:
        """Say that these results carry no gradient."""
        self.constant = results

    def mark_dirty(self, *inputs: Tensor) -> None:
        """Say that these inputs were changed in place, and are returned."""
        self.dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` gets zeros (the default) or None for results that were not used."""
        self.materialize = value

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What `save_for_backward` kept; RuntimeError if it was freed or has been changed since."""
        if self.saved is None:
            raise RuntimeError(FREED)
        return tuple(None if each is None else each.restored(self.node()) for each in self.saved)


class Saved:
    """A tensor kept for backward: its memory, the version it had, and where it hangs in the graph."""

    __slots__ = ("array", "counter", "edge", "result", "version")

    def __init__(self, tensor: Tensor, result: int | None) -> None:
        self.array = tensor.array
        self.counter = tensor._counter
        self.version = tensor._counter[0]
        self.result = result
        self.edge = edge_of(tensor) if result is None else None

    def restored(self, node: Node | None) -> Tensor:
        """The tensor again; RuntimeError if it was written in place since."""
        if self.counter[0] != self.version:
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an inplace "
                f"operation: a tensor of shape {list(self.array.shape)}, saved for backward, is at version "
                f"{self.counter[0]}; expected version {self.version} instead."
            )
        edge: Edge | None = self.edge
        if self.result is not None and node is not None:
            edge = (node, self.result)
        return wrap(self.array, edge)


class FunctionNode(Node):
    """A node whose backward is that of a Function."""

    __slots__ = ("ctx", "function")

    def __init__(
        self, function: type[Function], ctx: FunctionCtx, edges: list[Edge | None], results: Any
    ) -> None:
        super().__init__(edges, results)
        self.function = function
        self.ctx = ctx

    def name(self) -> str:
        return f"{self.function.__name__}Backward"

    def backward(self, grads: list[Any]) -> Sequence[Any]:
        given = self._call([None if grad is None else wrap(grad) for grad in grads])
        return [None if each is None else each.array for each in given]

    def backward_recorded(self, grads: list[Any], wrap: Wrap, differentiate: Differentiate) -> Sequence[Any]:
        return self._call(grads)

    def _call(self, grads: list[Any]) -> list[Any]:
        if self.ctx.materialize:
            grads = [
                wrap(np.zeros(shape, dtype)) if grad is None else grad
                for grad, (shape, dtype) in zip(grads, self.results, strict=True)
            ]
        given = self.function.backward(self.ctx, *grads)
        gradients = list(given) if isinstance(given, tuple) else [given]
        while len(gradients) > len(self.edges) and gradients[-1] is None:
            gradients.pop()
        if len(gradients) != len(self.edges):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected "
                f"{len(self.edges)}, got {len(gradients)})"
            )
        for place, (edge, gradient) in enumerate(zip(self.edges, gradients, strict=True)):
            if edge is not None and gradient is not None:
                self._check(place, edge, gradient.array.shape)
        return gradients

    def _check(self, place: int, edge: Edge, found: Shape) -> None:
        """RuntimeError if a gradient of shape `found` cannot be summed to the shape of its input."""
        target, result = edge
        shape = target.results[result][0] if isinstance(target, Node) else target.array.shape
        lead = len(found) - len(shape)
        if lead < 0 or any(want not in (1, have) for want, have in zip(shape, found[lead:], strict=True)):
            raise RuntimeError(
                f"Function {self.name()} returned an invalid gradient at index {place} - got {list(found)} "
                f"but expected shape compatible with {list(shape)}"
            )

    def free(self) -> None:
        if self.ctx.saved:
            self.ctx.saved = None


class Function:
    """An operation with a backward of its own; call it by `apply`.

        class Double(Function):
            @staticmethod
            def forward(ctx, x):
                return 2 * x

            @staticmethod
            def backward(ctx, grad):
                return 2 * grad

    `backward` gets one gradient for each result and returns one for each argument of `apply` (None where
    there is none).
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the results; the first parameter is `ctx` unless `setup_context` is overridden."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep what backward needs, for a `forward` without `ctx`."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the arguments from those of the results."""
        raise NotImplementedError("You must implement the backward function for custom autograd.Function.")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run `forward`, recorded as one node."""
        if recording.recorder is not None:
            recording.recorder.refuse("calls functions of its own, whose Python must run")
        needs = tuple(isinstance(each, Tensor) and each.requires_grad for each in args)
        ctx = FunctionCtx(needs)
        with no_grad():
            if cls.setup_context is Function.setup_context:
                output = cls.forward(ctx, *args, **kwargs)
            else:
                output = cls.forward(*args, **kwargs)
                cls.setup_context(ctx, args, output)
        results = list(output) if isinstance(output, tuple) else [output]
        if any(needs) and is_grad_enabled():
            results = cls._recorded(ctx, args, results)
        for tensor in ctx.dirty:
            tensor._counter[0] += 1
        return tuple(results) if isinstance(output, tuple) else results[0]

    @classmethod
    def _recorded(cls, ctx: FunctionCtx, args: tuple[Any, ...], results: list[Any]) -> list[Any]:
        edges = [edge_of(each) if isinstance(each, Tensor) else None for each in args]
        # An input handed through unchanged becomes a result of its own, as it now has two histories.
        handed = [
            each if any(each is dirty for dirty in ctx.dirty) else _fresh(each, args) for each in results
        ]
        shapes = tuple(
            (each.array.shape, each.array.dtype) if isinstance(each, Tensor) else ((), np.dtype("float32"))
            for each in handed
        )
        node = FunctionNode(cls, ctx, edges, shapes)
        ctx.node = weakref.ref(node)
        ctx.saved = [
            None if each is None else Saved(each, _place(each, results, args)) for each in ctx.to_save
        ]
        ctx.to_save = ()
        for place, (before, result) in enumerate(zip(results, handed, strict=True)):
            constant = any(before is each for each in ctx.constant)
            if isinstance(result, Tensor) and not constant and is_differentiable(result.array):
                result._edge, result._requires_grad = (node, place), True
        ctx.constant = ()
        for watcher in recording.watchers:
            watcher.recorded(node)
        return handed


def _fresh(result: Any, args: tuple[Any, ...]) -> Any:
    return result.detach() if any(result is each for each in args) and isinstance(result, Tensor) else result


def _place(tensor: Tensor, results: list[Any], args: tuple[Any, ...]) -> int | None:
    """Which result `tensor` is, None if it is an argument or neither."""
    if any(tensor is each for each in args):
        return None
    return next((place for place, each in enumerate(results) if each is tensor), None)


class _Refusal(Node):
    """Stands behind a gradient that cannot be differentiated."""

    __slots__ = ()

    def name(self) -> str:
        return "Error"

    def backward(self, grads: list[Any]) -> Sequence[Any]:
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )

    def backward_recorded(self, grads: list[Any], wrap: Wrap, differentiate: Differentiate) -> Sequence[Any]:
        return self.backward(grads)


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """For a `backward` that cannot be differentiated: doing so raises instead of giving wrong numbers."""

    @functools.wraps(function)
    def backward(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            given = function(ctx, *grads)
        if not is_grad_enabled():
            return given
        marked = tuple(map(_refusing, given if isinstance(given, tuple) else (given,)))
        return marked if isinstance(given, tuple) else marked[0]

    return backward


def _refusing(gradient: Tensor | None) -> Tensor | None:
    if gradient is None:
        return None
    array = gradient.array
    return wrap(array, (_Refusal([], ((array.shape, array.dtype),)), 0))
