"""Checkpoints: keep the inputs of a part of a network alone, and compute the rest again when it is needed.

Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from warnings import warn

from gradloom.autograd import Function, backward, enable_grad, is_grad_enabled, no_grad
from gradloom.autograd.graph import saved_tensors_hooks
from gradloom.nn.containers import Sequential
from gradloom.random import get_rng_state, set_rng_state
from gradloom.tensor import Tensor

__all__ = [
    "CheckpointError", "checkpoint", "checkpoint_sequential", "get_device_states",
    "set_checkpoint_early_stop", "set_device_states",
]  # fmt: skip

Contexts = tuple[AbstractContextManager[Any], AbstractContextManager[Any]]


class CheckpointError(RuntimeError):
    """The second computation is another one than the first."""


def _no_contexts() -> Contexts:
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = _no_contexts,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, of which the tape keeps the arguments only; backward computes it again.

    Args:
        function: a part of a network.
        args: its arguments.
        use_reentrant: True runs a backward within the backward, as older scripts expect: `function` takes
            positional arguments only, and one of them must need a gradient. False has no such limits.
        context_fn: gives a context for the first computation and one for the second; not when reentrant.
        determinism_check: "default" compares shapes and dtypes of both computations, "none" does not.
        debug: accepted; the error already says which tensors differ.
        early_stop: end the second computation as soon as nothing more is needed; not when reentrant.
        kwargs: further arguments, and `preserve_rng_state` (True by default): whether the second computation
            draws the same random numbers.

    Raises:
        ValueError: an argument that does not go with `use_reentrant=True`, or an unknown check.
        CheckpointError: in backward, if the second computation keeps other tensors than the first.
    """
    if use_reentrant is None:
        warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in "
            "PyTorch 2.9, calling checkpoint without use_reentrant will raise an exception. "
            "use_reentrant=False is recommended, but if you need to preserve the current default behavior, "
            "you can pass use_reentrant=True. Refer to docs for more details on the differences between the "
            "two variants.",
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if not use_reentrant:
        part = _Part(function, args, kwargs, preserve, determinism_check, early_stop)
        return part.first(context_fn())
    if kwargs:
        raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs)}")
    if context_fn is not _no_contexts or debug:
        raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    return _Reentrant.apply(function, preserve, *args)


def checkpoint_sequential(
    functions: Sequential | Iterable[Callable[[Any], Any]],
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    **kwargs: Any,
) -> Any:
    """`input` through all functions, one after the other, checkpointed in `segments` of about equal length.

    The last segment is not: its results are needed at once.
    """
    if use_reentrant is None:
        warn(
            "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed "
            "explicitly. In version 2.9 we will raise an exception if use_reentrant is not passed. "
            "use_reentrant=False is recommended, but if you need to preserve the current default behavior, "
            "you can pass use_reentrant=True. Refer to docs for more details on the differences between the "
            "two variants.",
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs)}")
    steps = list(functions.children() if isinstance(functions, Sequential) else functions)
    length = len(steps) // segments
    last = length * (segments - 1)
    value = input
    for start in range(0, last, length):
        part = _chained(steps[start : start + length])
        value = checkpoint(part, value, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return _chained(steps[last:])(value)


def _chained(steps: list[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return run


_early_stop: list[bool] = []


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """For checkpoints made within: whether they stop early, whatever they were told."""
    _early_stop.append(enable)
    try:
        yield
    finally:
        _early_stop.pop()


@contextmanager
def _random_numbers_from(state: Tensor | None) -> Iterator[None]:
    """Within, random numbers go on from `state`, if any; afterwards, from where they were."""
    if state is None:
        yield
        return
    before = get_rng_state()
    set_rng_state(state)
    try:
        yield
    finally:
        set_rng_state(before)


class _Reentrant(Function):
    """Runs without a tape; its backward records the second run and sweeps it at once."""

    @staticmethod
    def forward(ctx: Any, function: Callable[..., Any], preserve: bool, *args: Any) -> Any:
        if not any(isinstance(each, Tensor) and each.requires_grad for each in args):
            warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=4)
        ctx.function = function
        ctx.random_state = get_rng_state() if preserve else None
        ctx.others = [None if isinstance(each, Tensor) else each for each in args]
        ctx.save_for_backward(*(each for each in args if isinstance(each, Tensor)))
        ctx.places = [place for place, each in enumerate(args) if isinstance(each, Tensor)]
        with no_grad():
            return function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        inputs = list(ctx.others)
        for place, kept, needed in zip(
            ctx.places, ctx.saved_tensors, (ctx.needs_input_grad[2 + at] for at in ctx.places), strict=True
        ):
            inputs[place] = kept.detach().requires_grad_(needed)
        with _random_numbers_from(ctx.random_state), enable_grad():
            outputs = ctx.function(*inputs)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [
            (each, grad)
            for each, grad in zip(outputs, grads, strict=True)
            if isinstance(each, Tensor) and each.requires_grad
        ]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([each for each, _ in pairs], [grad for _, grad in pairs])
        return None, None, *(each.grad if isinstance(each, Tensor) else None for each in inputs)


class _Stop(Exception):
    """Everything that is needed has been computed."""


class _Place:
    """Stands in a node for a tensor that the node kept; the second computation puts the tensor here."""

    __slots__ = ("__weakref__", "tensor")

    def __init__(self) -> None:
        self.tensor: Tensor | None = None


class _Part:
    """One checkpointed part: how to compute it again, and the places that wait for what comes of it."""

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        preserve: bool,
        check: str,
        early_stop: bool,
    ) -> None:
        if check not in ("default", "none"):
            raise ValueError(f"determinism_check should be one of ['default', 'none'], but got {check}")
        self._function = function
        self._kwargs = kwargs
        self._checked = check == "default"
        self._early_stop = _early_stop[-1] if _early_stop else early_stop
        self._random_state = get_rng_state() if preserve else None
        self._places: list[weakref.ref[_Place]] = []
        self._traits: list[dict[str, Any]] = []
        self._again: AbstractContextManager[Any] = nullcontext()
        self._args = args

    def first(self, contexts: Contexts) -> Any:
        """Compute the part, keeping nothing."""
        args = self._args
        forward, self._again = contexts
        if not is_grad_enabled():
            with forward:
                return self._function(*args, **self._kwargs)
        self._keep_inputs()
        with saved_tensors_hooks(self._pack, self._unpack), forward:
            return self._function(*args, **self._kwargs)

    def _keep_inputs(self) -> None:
        """Keep the arguments as a node would, so that a part around this one need not keep them either."""
        args = self._args
        tensors = [each for each in args if isinstance(each, Tensor)]
        inputs: Callable[[], Iterable[Any]] = lambda: tensors  # noqa: E731
        if any(each.requires_grad for each in tensors):
            kept: list[Any] = []
            _Inputs.apply(kept, *tensors)
            inputs = lambda: kept[0].saved_tensors  # noqa: E731
            tensors = []
        places = [isinstance(each, Tensor) for each in args]
        others = [None if isinstance(each, Tensor) else each for each in args]

        def restored() -> list[Any]:
            found = iter(inputs())
            return [next(found) if place else other for place, other in zip(places, others, strict=True)]

        self._restored = restored
        self._args = ()

    def _pack(self, tensor: Tensor) -> _Place:
        place = _Place()
        self._places.append(weakref.ref(place))
        self._traits.append(_traits(tensor))
        return place

    def _unpack(self, place: _Place) -> Tensor:
        if place.tensor is None:
            self._compute_again()
        tensor, place.tensor = place.tensor, None
        if tensor is None:
            raise CheckpointError("torch.utils.checkpoint: the second computation did not reach this tensor.")
        return tensor

    def _compute_again(self) -> None:
        """Fill all places that are still waited for."""
        count = 0

        def put(tensor: Tensor) -> Tensor:
            nonlocal count
            tensor = tensor.detach()
            if count < len(self._places) and (place := self._places[count]()) is not None:
                self._check_traits(count, tensor)
                place.tensor = tensor
            count += 1
            if self._early_stop and count == len(self._places):
                raise _Stop
            return tensor

        try:
            with (
                saved_tensors_hooks(put, lambda tensor: tensor),
                enable_grad(),
                _random_numbers_from(self._random_state),
                self._again,
            ):
                self._function(*self._restored(), **self._kwargs)
        except _Stop:
            pass
        if count != len(self._places):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward "
                f"and recomputation.\nNumber of tensors saved during forward: {len(self._places)}\nNumber of "
                f"tensors saved during recomputation: {count}."
            )

    def _check_traits(self, number: int, tensor: Tensor) -> None:
        if self._checked and self._traits[number] != _traits(tensor):
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata "
                f"than during the forward pass.\ntensor at position {number}:\nsaved metadata: "
                f"{self._traits[number]}\nrecomputed metadata: {_traits(tensor)}\n."
            )


class _Inputs(Function):
    """Saves tensors as any function would, and puts its context, from which they can be had, into a list."""

    @staticmethod
    def forward(ctx: Any, kept: list[Any], *tensors: Tensor) -> Tensor:
        ctx.save_for_backward(*tensors)
        kept.append(ctx)
        return tensors[0].new_zeros(())


def _traits(tensor: Tensor) -> dict[str, Any]:
    return {"shape": tensor.shape, "dtype": tensor.dtype, "device": tensor.device}


def get_device_states(*args: Any) -> tuple[list[int], list[Any]]:
    """The accelerators that hold `args`, and the states of their generators: there are none."""
    return [], []


def set_device_states(devices: Any, states: Any, *, device_type: str | None = None) -> None:
    """Nothing: there are no accelerators."""
