"""The backward sweep: nodes in descending order of creation, which is a topological order, without recursion.

The sweep, not the rules, brings each gradient to the shape and dtype of what it belongs to, adds gradients
up, and runs hooks. It works on arrays; with `create_graph` it works on Tensors, and so is recorded itself.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Sequence
from functools import partial
from heapq import heappop, heappush
from typing import Any

import numpy as np

from gradloom.autograd.grad_mode import recording
from gradloom.autograd.record import edge_of
from gradloom.dtypes import of_array
from gradloom.kernels.casting import converted
from gradloom.kernels.copying import row_major
from gradloom.kernels.pairing import added
from gradloom.ops.elementwise.complex import real
from gradloom.ops.part import Part, put_together
from gradloom.ops.reduction.reduce import sum_to_shape
from gradloom.tape import AFTER, BEFORE, Edge, Node, Shape
from gradloom.tensor import AfterAccumulation, Tensor, wrap

_ndarray = np.ndarray
Targets = dict[Edge, int]


class Sweep:
    """One walk from results back to leaves.

    Args:
        create_graph: work on Tensors and record.
        retain_graph: leave what nodes keep for another sweep.
        targets: if given, the edges whose gradients are collected instead of accumulated in leaves.
    """

    __slots__ = (
        "collected",
        "create_graph",
        "fit",
        "heap",
        "leaves",
        "parts",
        "pending",
        "retain_graph",
        "targets",
        "useful",
        "watchers",
    )

    def __init__(self, create_graph: bool, retain_graph: bool, targets: Targets | None = None) -> None:
        self.create_graph = create_graph
        self.watchers = recording.watchers
        self.fit = _fitted_tensor if create_graph else fitted
        self.retain_graph = retain_graph
        self.targets = targets
        self.collected: dict[int, Any] = {}
        self.useful: set[Node] = set()
        self.heap: list[tuple[int, Node]] = []
        self.pending: dict[Node, list[Any]] = {}
        self.parts: dict[Edge, list[Part]] = {}
        self.leaves: dict[Tensor, Any] = {}

    def run(self, roots: Sequence[tuple[Edge, Any]]) -> None:
        """Walk from `roots`, each an edge and the gradient that starts there."""
        if self.targets is not None:
            self.useful = _leading_to(self.targets, [edge for edge, _ in roots])
        before, recording.enabled = recording.enabled, self.create_graph
        try:
            with np.errstate(all="ignore"):
                for edge, grad in roots:
                    self._deliver(edge, grad)
                del roots
                while self.heap:
                    self._visit(heappop(self.heap)[1])
                for leaf in list(self.leaves):
                    self.finish(leaf, self.leaves.pop(leaf))
        finally:
            recording.enabled = before

    def _visit(self, node: Node) -> None:
        grads = self.pending.pop(node)
        if self.parts:
            self._add_parts(node, grads)
        if node.hooks:
            grads = self._hooked(node.hooks, grads)
        if self.targets is not None:
            for slot, grad in enumerate(grads):
                if (node, slot) in self.targets:
                    self.collected[self.targets[node, slot]] = grad
            if node not in self.useful:
                return
        if self.watchers:
            given = self._watched(node, grads)
        elif self.create_graph:
            given = node.backward_recorded(grads, wrap, differentiate)
        else:
            given = self.backward_of(node, grads)
        if node.hooks and AFTER in node.hooks:
            given = self._after(node.hooks[AFTER], given, grads)
        del grads
        edges = node.edges
        if not self.retain_graph:
            node.free()
        for edge, grad in zip(edges, given, strict=True):
            if edge is not None and grad is not None:
                self._deliver(edge, grad)

    def backward_of(self, node: Node, grads: list[Any]) -> Sequence[Any]:
        """What the backward of `node` gives, on arrays."""
        return node.backward(grads)

    def added(self, held: Any, grad: Any) -> Any:
        """The sum of two gradients."""
        return held + grad if self.create_graph else added(held, grad)

    def put_together(self, parts: list[Part]) -> Any:
        """The sum of gradients that are zero but for a part."""
        return put_together(*parts)

    def _add_parts(self, node: Node, grads: list[Any]) -> None:
        """Add to the gradients of a node's results what its parts, taken from it, have got."""
        for slot, (shape, dtype) in enumerate(node.results):
            parts = self.parts.pop((node, slot), None)
            if parts:
                whole, held = self.fit(self.put_together(parts), shape, dtype), grads[slot]
                grads[slot] = whole if held is None else self.fit(self.added(held, whole), shape, dtype)

    def _deliver(self, edge: Edge, grad: Any) -> None:
        """Add `grad` to what waits at the end of `edge`, in the shape and dtype that belong there."""
        target, slot = edge
        if isinstance(target, Node):
            waiting = self.pending.get(target)
            if waiting is None:
                if self.targets is not None and target not in self.useful and edge not in self.targets:
                    return
                waiting = self.pending[target] = [None] * len(target.results)
                heappush(self.heap, (-target.order, target))
            shape, dtype = target.results[slot]
            if type(grad) is Part and dtype.kind != "V":
                self.parts.setdefault(edge, []).append(grad)
                return
            if type(grad) is not _ndarray or grad.dtype is not dtype or grad.shape != shape:
                grad = self.fit(grad, shape, dtype)
            held = waiting[slot]
            waiting[slot] = grad if held is None else self.fit(self.added(held, grad), shape, dtype)
        elif self.targets is None or edge in self.targets:
            shape, dtype = target.array.shape, target.array.dtype
            if type(grad) is not _ndarray or grad.dtype is not dtype or grad.shape != shape:
                grad = self.fit(grad, shape, dtype)
            held = self.leaves.get(target)
            self.leaves[target] = grad if held is None else self.fit(self.added(held, grad), shape, dtype)

    def _watched(self, node: Node, grads: list[Any]) -> Sequence[Any]:
        """What the backward of `node` gives, in sight of whoever watches."""

        def compute() -> Sequence[Any]:
            if self.create_graph:
                return node.backward_recorded(grads, wrap, differentiate)
            return node.backward(grads)

        for watcher in self.watchers:
            compute = partial(watcher.swept, node, compute)
        return compute()

    def _hooked(self, tables: dict[int, dict[int, Any]], grads: list[Any]) -> list[Any]:
        """The gradients of a node's results, as its hooks leave them."""
        for slot, hooks in tables.items():
            if slot >= 0 and grads[slot] is not None:
                grads[slot] = self._through(hooks, grads[slot])
        for hook in list(tables.get(BEFORE, {}).values()):
            replaced = hook(self._shown(grads))
            grads = grads if replaced is None else self._taken(replaced)
        return grads

    def _after(self, hooks: dict[int, Any], given: Sequence[Any], grads: list[Any]) -> Sequence[Any]:
        """What a node's backward gave, as the hooks that see it leave it."""
        for hook in list(hooks.values()):
            replaced = hook(self._shown(given), self._shown(grads))
            given = given if replaced is None else self._taken(replaced)
        return given

    def _shown(self, grads: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(
            [each if each is None or self.create_graph else wrap(np.asarray(each)) for each in grads]
        )

    def _taken(self, replaced: Any) -> list[Any]:
        several = replaced if isinstance(replaced, (tuple, list)) else (replaced,)
        return [each if each is None or self.create_graph else each.array for each in several]

    def _through(self, hooks: dict[int, Any], grad: Any) -> Any:
        for hook in [hooks[key] for key in sorted(hooks)]:
            if isinstance(hook, AfterAccumulation):
                continue
            seen = grad if self.create_graph else wrap(grad)
            replaced = hook(seen)
            if replaced is not None:
                grad = replaced if self.create_graph else replaced.array
        return grad

    def finish(self, leaf: Tensor, grad: Any) -> None:
        """Add what arrived at a leaf to its `grad`."""
        if leaf._hooks:
            grad = self._through(leaf._hooks, grad)
        if self.targets is not None:
            self.collected[self.targets[leaf, 0]] = grad
            return
        if leaf.grad is None:
            leaf.grad = grad if self.create_graph else wrap(_owned(grad))
        elif self.create_graph:
            leaf.grad = leaf.grad + grad
        else:
            np.add(leaf.grad.array, grad, out=leaf.grad.array)
            leaf.grad._counter[0] += 1
        for hook in list(leaf._hooks.values()) if leaf._hooks else ():
            if isinstance(hook, AfterAccumulation):
                hook.hook(leaf)


def fitted(grad: Any, shape: Shape, dtype: Any) -> Any:
    """`grad` as an array of this shape and dtype."""
    if type(grad) is not _ndarray:
        grad = np.asarray(grad)
    if grad.shape != shape:
        grad = sum_to_shape.forward(grad, shape)
    if grad.dtype is dtype or grad.dtype == dtype:
        return grad
    return converted(grad.real if grad.dtype.kind == "c" and dtype.kind != "c" else grad, dtype)


def _fitted_tensor(grad: Any, shape: Shape, dtype: Any) -> Tensor:
    """`grad` as a Tensor of this shape and dtype."""
    tensor: Tensor = grad if isinstance(grad, Tensor) else wrap(np.asarray(grad))
    if tensor.array.shape != shape:
        tensor = sum_to_shape(tensor, shape)
    if tensor.array.dtype == dtype:
        return tensor
    if tensor.array.dtype.kind == "c" and dtype.kind != "c":
        tensor = real(tensor)
    return tensor.to(of_array(np.empty(0, dtype)))


def _owned(grad: Any) -> Any:
    """`grad` itself if it is a row-major array of its own that nobody else holds, or else a copy.

    A rule may pass on its incoming gradient, a view of it, or something it kept; a leaf's `grad` must not
    share those. Nor may it hang on who holds it how its rows lie, and with that how sums over it are rounded.
    """
    if grad.base is None and sys.getrefcount(grad) <= _ALONE and grad.flags.c_contiguous:
        return grad
    return row_major(grad)


def _references(grad: Any) -> int:
    return sys.getrefcount(grad)


def _references_of_one_alone() -> int:
    """As `_owned` counts them for an array that only its caller holds; Pythons differ in it."""
    grad = np.empty(1)
    return _references(grad)


_ALONE = _references_of_one_alone()


def _leading_to(targets: Iterable[Edge], roots: list[Edge]) -> set[Node]:
    """The nodes on a way from `roots` to `targets`."""
    reached: set[Node] = set()
    unseen = [edge[0] for edge in roots if isinstance(edge[0], Node)]
    while unseen:
        node = unseen.pop()
        if node in reached:
            continue
        reached.add(node)
        unseen.extend(edge[0] for edge in node.edges if edge is not None and isinstance(edge[0], Node))
    wanted = set(targets)
    useful: set[Node] = set()
    for node in sorted(reached, key=lambda each: each.order):
        if any(edge is not None and (edge in wanted or edge[0] in useful) for edge in node.edges):
            useful.add(node)
    return useful


def starting_gradient(tensor: Tensor, gradient: Any) -> Tensor:
    """The gradient that a sweep starts with: 1 for a scalar unless given; RuntimeError if it does not fit."""
    if not tensor.requires_grad:
        raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
    if gradient is None:
        if tensor.array.size != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        return wrap(np.ones(tensor.array.shape, tensor.array.dtype))
    given: Tensor = (
        gradient if isinstance(gradient, Tensor) else wrap(np.asarray(gradient, tensor.array.dtype))
    )
    if given.array.shape != tensor.array.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {given.shape} and output[0] has a shape of "
            f"{tensor.shape}."
        )
    return given


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Accumulate in every leaf's `grad` the gradient of the sum of `tensors`.

    Args:
        tensors: where to start; scalars unless `grad_tensors` says otherwise.
        grad_tensors: the gradients to start with, one for each tensor.
        retain_graph: whether the graph can be swept again; by default as `create_graph`.
        create_graph: whether the gradients can be differentiated again.
        inputs: the tensors to accumulate in, if not all leaves.
    """
    starts = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    seeds = _aligned(grad_tensors, len(starts))
    retain = create_graph if retain_graph is None else retain_graph
    if inputs is not None:
        chosen = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        for tensor, found in zip(
            chosen, grad(starts, chosen, seeds, retain, create_graph, allow_unused=True), strict=True
        ):
            if found is not None:
                tensor.grad = found if tensor.grad is None else tensor.grad + found
        return
    recorder = recording.recorder
    sweep = Sweep(create_graph, retain) if recorder is None else recorder.sweep(create_graph, retain, seeds)
    sweep.run(_roots(starts, seeds, create_graph))


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of the sum of `outputs` with respect to `inputs`, accumulated nowhere.

    RuntimeError if an input was not used, unless `allow_unused` (then None) or `materialize_grads` (then
    zeros).
    """
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate "
            "gradient for other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    if is_grads_batched:
        return _batched(outputs, inputs, grad_outputs, create_graph, allow_unused, materialize_grads)
    if recording.recorder is not None:
        recording.recorder.refuse("asks for gradients by autograd.grad")
    starts = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    ends = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    roots = _roots(starts, _aligned(grad_outputs, len(starts)), create_graph)
    targets: Targets = {}
    for each in ends:
        if not each.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        edge = edge_of(each)
        assert edge is not None
        targets.setdefault(edge, len(targets))
    sweep = Sweep(create_graph, create_graph if retain_graph is None else retain_graph, targets)
    sweep.run(roots)
    found = [sweep.collected.get(targets[edge_of(each) or (each, 0)]) for each in ends]
    unused = next((place for place, each in enumerate(found) if each is None), None)
    if unused is not None and not (allow_unused or materialize_grads):
        raise RuntimeError(
            f"The differentiated Tensor at index {unused} appears to not have been used in the graph. Set "
            "allow_unused=True if this is the desired behavior."
        )
    if not create_graph:
        found = [None if each is None else wrap(np.array(each, order="C")) for each in found]
    if materialize_grads:
        found = [
            wrap(np.zeros_like(each.array)) if got is None else got
            for each, got in zip(ends, found, strict=True)
        ]
    return tuple(found)


def _batched(
    outputs: Any, inputs: Any, grad_outputs: Any, create_graph: bool, allow_unused: bool | None, zeros: bool
) -> tuple[Any, ...]:
    """The gradients for each row of `grad_outputs`, stacked."""
    from gradloom.ops.movement.joining import stack  # a family that most scripts load later

    seeds = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)
    rows = [
        grad(
            outputs,
            inputs,
            [each[at] for each in seeds],
            True,
            create_graph,
            True,
            allow_unused,
            False,
            zeros,
        )
        for at in range(len(seeds[0]))
    ]
    return tuple(None if column[0] is None else stack(column) for column in zip(*rows, strict=True))


def differentiate(outs: list[Tensor], inputs: list[Tensor], gradients: list[Tensor]) -> Sequence[Any]:
    """The recorded gradients of a composition, for nodes whose rules work on arrays only."""
    return grad(outs, inputs, gradients, create_graph=True, allow_unused=True)


def _aligned(seeds: Any, count: int) -> list[Any]:
    if seeds is None:
        return [None] * count
    given = [seeds] if isinstance(seeds, Tensor) else list(seeds)
    if len(given) != count:
        raise RuntimeError(f"got {count} tensors and {len(given)} gradients")
    return given


def _roots(starts: list[Tensor], seeds: list[Any], create_graph: bool) -> list[tuple[Edge, Any]]:
    roots: list[tuple[Edge, Any]] = []
    for tensor, seed in zip(starts, seeds, strict=True):
        start = starting_gradient(tensor, seed)
        edge = edge_of(tensor)
        assert edge is not None
        roots.append((edge, start if create_graph else start.array))
    return roots
