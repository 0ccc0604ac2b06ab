"""The graph itself: edges, what nodes keep, and hooks on several gradients at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, NamedTuple

from gradloom import dtypes
from gradloom.autograd.function import FunctionNode, Saved
from gradloom.autograd.grad_mode import Watcher, recording
from gradloom.autograd.record import edge_of
from gradloom.tape import AccumulateGrad, Node, OpNode, RemovableHandle
from gradloom.tensor import Tensor, wrap

__all__ = [
    "GradientEdge",
    "Node",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]

Pack = Callable[[Tensor], Any]
Unpack = Callable[[Any], Tensor]


class GradientEdge(NamedTuple):
    """A place where a gradient arrives: a node, and which of its results."""

    node: Node | AccumulateGrad
    output_nr: int


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the gradient of `tensor` arrives; RuntimeError if it needs none."""
    edge = edge_of(tensor) if tensor.requires_grad else None
    if edge is None:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require gradients."
        )
    target, number = edge
    return GradientEdge(target if isinstance(target, Node) else AccumulateGrad(target), number)


def increment_version(tensor: Tensor | Sequence[Tensor]) -> None:
    """Count a write into the memory of the tensors, as if an in-place operation had made it."""
    for each in [tensor] if isinstance(tensor, Tensor) else tensor:
        each._counter[0] += 1


class _Handles:
    """Takes several hooks off together."""

    def __init__(self, handles: list[RemovableHandle]) -> None:
        self._handles = handles

    def remove(self) -> None:
        """Take them all off."""
        for handle in self._handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[[Any], None], *, mode: str = "all"
) -> _Handles:
    """Call `fn` once a sweep: with all gradients when the last is there, or with the first in mode "any"."""
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    seen: list[Any] = [None] * len(tensors)
    arrived: set[int] = set()

    def note(at: int, grad: Tensor) -> None:
        seen[at] = grad
        first = not arrived
        arrived.add(at)
        if mode == "any" and first:
            fn(grad)
        if len(arrived) == len(tensors):
            if mode == "all":
                fn(list(seen))
            arrived.clear()

    handles = [
        each.register_hook(lambda grad, at=at: note(at, grad))  # type: ignore[misc]
        for at, each in enumerate(tensors)
    ]
    return _Handles(handles)


class _Packed(NamedTuple):
    """Something a node keeps, as a hook left it."""

    value: Any
    unpack: Unpack

    def array(self) -> dtypes.Array:
        return self.unpack(self.value).array


class _PackedNode(OpNode):
    """An op's node that has to unpack what it keeps."""

    __slots__ = ()

    def _unpack(self) -> Sequence[Any]:
        return [each.array() if isinstance(each, _Packed) else each for each in super()._unpack()]


class _PackedSaved(Saved):
    """A tensor that a Function saved, as a hook left it."""

    __slots__ = ()

    def restored(self, node: Node | None) -> Tensor:
        packed: Any = self.array
        edge = (node, self.result) if self.result is not None and node is not None else self.edge
        return wrap(packed.array(), edge)


class saved_tensors_hooks(Watcher):  # noqa: N801 - PyTorch's name
    """While the block runs, what nodes keep goes through `pack_hook`, and through `unpack_hook` when needed.

    Args:
        pack_hook: takes a tensor, returns what is to be kept in its place.
        unpack_hook: takes that and returns a tensor with the same values.
    """

    def __init__(self, pack_hook: Pack, unpack_hook: Unpack) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook
        self._before: tuple[Watcher, ...] = ()

    def __enter__(self) -> None:
        if any(isinstance(each, disable_saved_tensors_hooks) for each in recording.watchers):
            reason = next(
                each for each in recording.watchers if isinstance(each, disable_saved_tensors_hooks)
            )
            raise RuntimeError(reason.error_message)
        self._before = recording.watchers
        # Of several only the innermost packs.
        recording.watchers = (
            *(each for each in self._before if not isinstance(each, saved_tensors_hooks)), self
        )  # fmt: skip

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        recording.watchers = self._before

    def recorded(self, node: Node) -> None:
        if isinstance(node, OpNode) and node.kept:
            node.kept = [self._packed(each) for each in node.kept]
            node.__class__ = _PackedNode
        elif isinstance(node, FunctionNode):
            for each in node.ctx.saved or ():
                if each is not None:
                    each.array = self._packed(each.array)
                    each.__class__ = _PackedSaved

    def _packed(self, value: Any) -> Any:
        if not dtypes.is_array(value):
            return value
        before, recording.watchers = recording.watchers, ()
        try:
            return _Packed(self.pack_hook(wrap(value)), self.unpack_hook)
        finally:
            recording.watchers = before


class save_on_cpu(saved_tensors_hooks):  # noqa: N801 - PyTorch's name
    """Keeps what nodes need on the CPU, where it already is."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: tensor, lambda tensor: tensor)


class disable_saved_tensors_hooks(Watcher):  # noqa: N801 - PyTorch's name
    """While the block runs, `saved_tensors_hooks` raises RuntimeError with `error_message`."""

    def __init__(self, error_message: str) -> None:
        self.error_message = error_message
        self._before: tuple[Watcher, ...] = ()

    def __enter__(self) -> None:
        self._before = recording.watchers
        recording.watchers = (*self._before, self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        recording.watchers = self._before
