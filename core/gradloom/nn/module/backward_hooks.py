"""Hooks on the gradients of a module's inputs and outputs.

Inputs and outputs pass through an identity each; going back, the one behind the outputs sees their gradients
first, and the one before the inputs sees theirs when all of the module's backward has run.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from gradloom.autograd.function import Function
from gradloom.autograd.grad_mode import is_grad_enabled
from gradloom.tensor import Tensor

Seen = Callable[[tuple[Any, ...]], tuple[Any, ...]]


class _Through(Function):
    """The identity of several tensors, whose gradients `seen` looks at on the way back."""

    @staticmethod
    def forward(ctx: Any, seen: Seen, with_zeros: bool, *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.seen = seen
        ctx.set_materialize_grads(with_zeros)
        results = tuple(tensor.detach() for tensor in tensors)
        ctx.mark_non_differentiable(
            *(result for tensor, result in zip(tensors, results, strict=True) if not tensor.requires_grad)
        )
        return results

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        return None, None, *ctx.seen(grads)


class BackwardHooks:
    """One run of a module under backward hooks.

    Args:
        module: what the hooks are told.
        hooks: called with the gradients of the inputs and outputs; may replace those of the inputs.
        pre_hooks: called with the gradients of the outputs; may replace them.
    """

    def __init__(
        self, module: Any, hooks: Sequence[Callable[..., Any]], pre_hooks: Sequence[Callable[..., Any]]
    ) -> None:
        self.module = module
        self.hooks = hooks
        self.pre_hooks = pre_hooks
        self.inputs = 0
        self.watches_inputs = False
        self.grad_outputs: tuple[Any, ...] | None = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The module's arguments, watched."""
        self.inputs = len(args)
        watched = _watched(args, self._see_inputs, with_zeros=True)
        self.watches_inputs = watched is not None
        return args if watched is None else watched

    def leave(self, output: Any) -> Any:
        """The module's output, a tensor or a tuple, watched."""
        several = isinstance(output, tuple)
        watched = _watched(output if several else (output,), self._see_outputs, with_zeros=False)
        if watched is None:
            return output
        return watched if several else watched[0]

    def _see_outputs(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook in self.pre_hooks:
            replaced = hook(self.module, grads)
            if replaced is not None:
                grads = _as_many(replaced, len(grads), "Backward pre hook", "grad_output")
        if self.watches_inputs:
            self.grad_outputs = grads
            return grads
        if self.hooks:
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module outputs "
                "since no inputs require gradients. See "
                "https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
                "#torch.nn.Module.register_full_backward_hook for more details.",
                stacklevel=2,
            )
        for hook in self.hooks:
            replaced = hook(self.module, (None,) * self.inputs, grads)
            if replaced is not None and any(each is not None for each in replaced):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or "
                    "None for all gradients."
                )
        return grads

    def _see_inputs(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        if self.grad_outputs is None:
            raise RuntimeError(
                "Module backward hook for grad_input is called before the grad_output one. This happens "
                "because the gradient in your nn.Module flows to the Module's input without passing through "
                "the Module's output. Make sure that the output depends on the input and that the loss is "
                "computed based on the output."
            )
        for hook in self.hooks:
            replaced = hook(self.module, grads, self.grad_outputs)
            if replaced is not None:
                grads = _as_many(replaced, len(grads), "Backward hook", "grad_input")
        self.grad_outputs = None
        return grads


def _watched(values: tuple[Any, ...], seen: Seen, with_zeros: bool) -> tuple[Any, ...] | None:
    """`values` with their tensors passed through an identity; None where no gradient will come back.

    `with_zeros` says whether hooks see zeros, or None, where a tensor got no gradient.
    """
    at = [place for place, value in enumerate(values) if isinstance(value, Tensor)]
    if not is_grad_enabled() or not any(values[place].requires_grad for place in at):
        return None

    def in_place(grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """What hooks see has a place for every value, not only for tensors."""
        spread: list[Any] = [None] * len(values)
        for place, grad in zip(at, grads, strict=True):
            spread[place] = grad
        seen_by_hooks = seen(tuple(spread))
        return tuple(seen_by_hooks[place] for place in at)

    passed = _Through.apply(in_place, with_zeros, *(values[place] for place in at))
    result = list(values)
    for place, tensor in zip(at, passed, strict=True):
        result[place] = tensor
    return tuple(result)


def _as_many(replaced: Any, count: int, what: str, which: str) -> tuple[Any, ...]:
    given = replaced if isinstance(replaced, tuple) else (replaced,)
    if len(given) != count:
        raise RuntimeError(
            f"{what} returned an invalid number of {which}, got {len(given)}, but expected {count}"
        )
    return given
