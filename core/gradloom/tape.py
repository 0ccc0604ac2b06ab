"""A node of the graph: how one result was made, and what its backward needs.

Nodes point from results to inputs only and hold arrays, never the tensors they made, so a graph has no
reference cycles and goes when its last tensor goes.
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

from gradloom import dtypes
from gradloom.ops.node_names import node_name
from gradloom.ops.op import Plan

if TYPE_CHECKING:
    from gradloom.tensor import Tensor

Edge = tuple["Node | Tensor", int]
"""Where a gradient goes: a node and which of its results, or a leaf tensor."""

Wrap = Callable[..., "Tensor"]
Differentiate = Callable[[Any, list[Any], Any], Sequence[Any]]
Shape = tuple[int, ...]

BEFORE, AFTER = -1, -2
"""Under these numbers stand the hooks of a whole node, beside those of its results."""

LAST = sys.maxsize
"""The key of the one hook of a result that sees what all others left of its gradient, whenever they came."""

next_order = itertools.count().__next__
_next_key = itertools.count().__next__


class Watcher:
    """Sees each node that is recorded, and each that is swept, while it stands in `recording.watchers`."""

    def recorded(self, node: Any) -> None:
        """`node` was just written."""

    def swept(self, node: Any, compute: Callable[[], Any]) -> Any:
        """Carry out the backward of `node`, which is `compute()`, and return what it gave."""
        return compute()


class _Recording(threading.local):
    enabled: bool = True
    watchers: tuple[Watcher, ...] = ()
    recorder: Any = None
    """Who writes this thread's computations down, to replay them; see `replay`."""


recording = _Recording()


class RemovableHandle:
    """Takes a hook off again with `remove()`, or at the end of a `with` block."""

    __slots__ = ("_hooks", "_key")

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        self._hooks = hooks
        self._key = _next_key()
        hooks[self._key] = hook

    @property
    def id(self) -> int:
        """The hook's number."""
        return self._key

    def remove(self) -> None:
        """Take the hook off; a second call does nothing."""
        self._hooks.pop(self._key, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have "
    "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
    "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or "
    "if you need to access saved tensors after calling backward."
)


class Node:
    """One recorded operation.

    Attributes:
        edges: where the gradients of its inputs go, None where none is needed.
        results: shape and NumPy dtype of each result, which its gradients must have.
        order: later nodes have larger numbers, so descending order is a topological order.
        hooks: for each result the functions that see, and may replace, its gradient; under BEFORE those that
            see all of them together, under AFTER those that see what backward gave as well.
    """

    __slots__ = ("__weakref__", "edges", "hooks", "order", "results")

    def __init__(self, edges: Sequence[Edge | None], results: tuple[tuple[Shape, Any], ...]) -> None:
        self.edges = edges
        self.results = results
        self.order = next_order()
        self.hooks: dict[int, dict[int, Callable[[Any], Any]]] | None = None

    def name(self) -> str:
        """What PyTorch would call it, such as "MulBackward0"."""
        raise NotImplementedError

    def backward(self, grads: list[Any]) -> Sequence[Any]:
        """The gradients for `edges`, from the gradient arrays of the results (None where there is none)."""
        raise NotImplementedError

    def backward_recorded(self, grads: list[Any], wrap: Wrap, differentiate: Differentiate) -> Sequence[Any]:
        """The same on Tensors, recorded.

        Args:
            grads: gradients as Tensors.
            wrap: `wrap(array, edge)` makes a tensor that hangs on `edge`.
            differentiate: `differentiate(outs, inputs, grads)` gives the recorded gradients of a composition.
        """
        raise NotImplementedError

    def free(self) -> None:
        """Let go of what backward needs."""

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes (or leaf tensors) that gradients go to, each with the number of the result."""
        return tuple(
            (None, 0)
            if edge is None
            else (edge if isinstance(edge[0], Node) else (AccumulateGrad(edge[0]), 0))
            for edge in self.edges
        )

    def register_prehook(self, fn: Callable[[tuple[Any, ...]], Any]) -> RemovableHandle:
        """Call `fn(grad_outputs)` before this node's backward; what it returns replaces them."""
        return RemovableHandle(self.hooks_of(BEFORE), fn)

    def register_hook(self, fn: Callable[[tuple[Any, ...], tuple[Any, ...]], Any]) -> RemovableHandle:
        """Call `fn(grad_inputs, grad_outputs)` after this node's backward; it may replace the first."""
        return RemovableHandle(self.hooks_of(AFTER), fn)

    def hooks_of(self, place: int) -> dict[int, Callable[..., Any]]:
        """The hooks of one result, or under BEFORE and AFTER those of the whole node."""
        if self.hooks is None:
            self.hooks = {}
        return self.hooks.setdefault(place, {})

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


class AccumulateGrad:
    """The end of an edge at a leaf: where its gradient is added up.

    Attributes:
        variable: the leaf.
    """

    __slots__ = ("variable",)
    next_functions: tuple[tuple[Any, int], ...] = ()

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable

    def name(self) -> str:
        """What PyTorch calls it."""
        return "torch::autograd::AccumulateGrad"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AccumulateGrad) and other.variable is self.variable

    def __hash__(self) -> int:
        return id(self.variable)

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self.variable):#x}>"


class OpNode(Node):
    """A node whose backward are the rules of an op."""

    __slots__ = ("kept", "plan", "versions")

    def __init__(
        self,
        plan: Plan,
        edges: Sequence[Edge | None],
        results: tuple[tuple[Shape, Any], ...],
        kept: Sequence[Any],
        versions: list[tuple[list[int], int]],
    ) -> None:
        self.edges = edges
        self.results = results
        self.order = next_order()
        self.hooks = None
        self.plan = plan
        self.kept: Sequence[Any] | None = kept
        self.versions = versions

    def name(self) -> str:
        plan = self.plan
        kept = {} if self.kept is None else self.kept
        named = dict.fromkeys(plan.op.parameters[at] for at in plan.wanted)
        named |= {plan.op.frame[at]: value for at, value in zip(plan.keep, kept, strict=False)}
        return node_name(plan.op.name, self.results, named)

    def _unpack(self) -> Sequence[Any]:
        kept = self.kept
        if kept is None:
            raise RuntimeError(FREED)
        for counter, expected in self.versions:
            if counter[0] != expected:
                raise RuntimeError(self._stale(counter[0], expected))
        return kept

    def _stale(self, found: int, expected: int) -> str:
        shape, dtype = self.results[0]
        kind = dtypes.legacy_name(dtype)
        return (
            "one of the variables needed for gradient computation has been modified by an inplace "
            f"operation: [gradloom.{kind}Tensor {list(shape)}], which is needed by {self.name()}, is at "
            f"version {found}; expected version {expected} instead."
        )

    def calls(self, grads: list[Any]) -> list[tuple[Callable[..., Any], tuple[Any, ...], Any]]:
        """The rules that `backward` calls, their arguments, and which of several gradients are wanted."""
        kept = self._unpack()
        grad = grads if self.plan.op.several else grads[0]
        return [
            (function, (grad, *pick(kept if flags is None else (*kept, flags))), flags)
            for function, pick, flags in self.plan.calls
        ]

    def backward(self, grads: list[Any]) -> Sequence[Any]:
        kept = self._unpack()
        plan = self.plan
        grad = grads if plan.op.several else grads[0]
        if plan.op.variadic:
            function, pick, _ = plan.calls[0]
            given: Sequence[Any] = function(grad, *pick(kept))
            return given
        gradients: list[Any] = []
        for function, pick, flags in plan.calls:
            if flags is None:
                gradients.append(function(grad, *pick(kept)))
            else:
                several = function(grad, *pick((*kept, flags)))
                gradients.extend(each for each, wanted in zip(several, flags, strict=True) if wanted)
        return gradients

    def backward_recorded(self, grads: list[Any], wrap: Wrap, differentiate: Differentiate) -> Sequence[Any]:
        arrays = self._unpack()
        kept = list(arrays)
        plan = self.plan
        edge_of = dict(zip(plan.wanted, self.edges, strict=not plan.op.variadic))
        for i, value in enumerate(kept):
            if dtypes.is_array(value) and plan.keep[i] >= plan.op.arity:
                kept[i] = wrap(value)
        for i, at in plan.kept_inputs:
            if plan.op.variadic:
                kept[i] = [wrap(value, edge) for value, edge in zip(kept[i], self.edges, strict=True)]
            elif dtypes.is_array(kept[i]):
                kept[i] = wrap(kept[i], edge_of.get(at))
        for i, result in plan.kept_results:
            if result < len(self.results):
                kept[i] = wrap(arrays[i], (self, result))
        if plan.op.composite is not None:
            return self._through_composite(grads, kept, differentiate)
        whole = OpNode(plan, self.edges, self.results, kept, [])
        return whole.backward(grads)

    def _through_composite(
        self, grads: list[Any], kept: list[Any], differentiate: Differentiate
    ) -> Sequence[Any]:
        """Differentiate the composition instead of the rules, which work on arrays only."""
        plan = self.plan
        by_position = dict(zip(plan.keep, kept, strict=True))
        arguments = [by_position[at] for at in range(plan.op.arity)]
        for at in plan.wanted:
            arguments[at] = arguments[at].view_as(arguments[at])
        assert plan.op.composite is not None
        made = plan.op.composite(*arguments)
        outs = list(made) if isinstance(made, tuple) else [made]
        known = [(out, grad) for out, grad in zip(outs, grads, strict=False) if grad is not None]
        return differentiate(
            [out for out, _ in known], [arguments[at] for at in plan.wanted], [grad for _, grad in known]
        )

    def free(self) -> None:
        if self.kept:
            self.kept = None
