"""The backward sweep of a step that is being written down: each rule is a line of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from gradloom.autograd.sweep import Sweep, fitted
from gradloom.kernels.pairing import added
from gradloom.ops.part import Part, put_together
from gradloom.replay.recorder import Recorder
from gradloom.tape import Edge, Node, OpNode, Shape
from gradloom.tensor import Tensor


class RecordedSweep(Sweep):
    """A sweep that tells `recorder` what it computes."""

    __slots__ = ("recorder",)

    def __init__(self, recorder: Recorder, create_graph: bool, retain_graph: bool) -> None:
        super().__init__(create_graph, retain_graph)
        self.recorder = recorder
        self.fit = self._fit
        if create_graph or self.watchers:
            recorder.refuse("differentiates its gradients")

    def run(self, roots: Sequence[tuple[Edge, Any]]) -> None:
        for _, grad in roots:
            self.recorder.starts(grad)
        super().run(roots)

    def backward_of(self, node: Node, grads: list[Any]) -> Sequence[Any]:
        if not isinstance(node, OpNode) or node.hooks:
            self.recorder.refuse("has functions or hooks of its own in the graph")
            return super().backward_of(node, grads)
        given: list[Any] = []
        for function, inputs, flags in node.calls(grads):
            made = function(*inputs)
            self.recorder.ruled(function, inputs, made, node.plan.op.name)
            given += _gradients(made, flags) if node.plan.op.variadic or flags is not None else [made]
        return given

    def added(self, held: Any, grad: Any) -> Any:
        total = added(held, grad)
        self.recorder.ruled(added, (held, grad), total)
        return total

    def put_together(self, parts: list[Part]) -> Any:
        whole = put_together(*parts)
        self.recorder.ruled(put_together, parts, whole)
        return whole

    def _fit(self, grad: Any, shape: Shape, dtype: Any) -> Any:
        fit = fitted(grad, shape, dtype)
        if fit is not grad:
            self.recorder.did(partial(_fit, shape, dtype), (grad,), fit, ("fit", shape, dtype))
        return fit

    def finish(self, leaf: Tensor, grad: Any) -> None:
        self.recorder.finished(leaf, grad)
        super().finish(leaf, grad)
        self.recorder.has_gradient(leaf)


def _fit(shape: Shape, dtype: Any, grad: Any) -> Any:
    return fitted(grad, shape, dtype)


def _gradients(made: Sequence[Any], flags: tuple[bool, ...] | None) -> list[Any]:
    if flags is None:
        return list(made)
    return [each for each, wanted in zip(made, flags, strict=True) if wanted]
