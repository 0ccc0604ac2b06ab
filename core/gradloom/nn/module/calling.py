"""Running a module: forward, and the hooks around it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from gradloom.nn.module.backward_hooks import BackwardHooks
from gradloom.nn.module.hooks import WATCHERS, Hook, Table, registered, watching
from gradloom.nn.module.state import Stateful
from gradloom.tape import RemovableHandle, recording
from gradloom.tensor import Tensor


class Runnable(Stateful):
    """A module's call: `module(x)` is `module.forward(x)` with the hooks around it."""

    _forward_hooks: dict[int, Hook]
    _forward_pre_hooks: dict[int, Hook]
    _backward_hooks: Table
    _backward_pre_hooks: Table

    def _forward_unimplemented(self, *inputs: Any) -> Any:
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    forward: Callable[..., Any] = _forward_unimplemented

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if recording.recorder is not None:
            recording.recorder.entered(self)
        if (
            self._forward_hooks
            or self._forward_pre_hooks
            or self._backward_hooks
            or self._backward_pre_hooks
            or WATCHERS
        ):
            return Run(self, args, kwargs).result()
        return self.forward(*args, **kwargs)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before each forward; anything it returns replaces the arguments.

        With `with_kwargs` it is `hook(module, args, kwargs)`, which returns both or None.
        """
        return registered(self._forward_pre_hooks, Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after each forward; anything it returns replaces the output.

        With `with_kwargs` it is `hook(module, args, kwargs, output)`. With `always_call` it is called also
        when the forward raised, with the output None.
        """
        return registered(self._forward_hooks, Hook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_output)` before gradients go back; what it returns replaces them."""
        return registered(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` after gradients went back.

        Both are tuples with one entry for each argument or result; what it returns replaces `grad_input`.
        """
        return registered(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """PyTorch's deprecated name: here the same as `register_full_backward_hook`."""
        return self.register_full_backward_hook(hook)


class Run:
    """One call of a module that has hooks."""

    def __init__(self, module: Runnable, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.module = module
        self.args = args
        self.kwargs = kwargs
        self.output: Any = None
        self.hooks: list[Hook] = [*watching("forward"), *module._forward_hooks.values()]

    def result(self) -> Any:
        """Run the hooks and the forward; those that must be are called even where one of them raises."""
        try:
            return self._run()
        except Exception:
            self._call_the_rest()
            raise

    def _run(self) -> Any:
        module = self.module
        for hook in (*watching("forward_pre"), *module._forward_pre_hooks.values()):
            self._before(hook)
        backward = (*watching("backward"), *module._backward_hooks.values())
        backward_pre = (*watching("backward_pre"), *module._backward_pre_hooks.values())
        watch = BackwardHooks(module, backward, backward_pre) if backward or backward_pre else None
        if watch is not None:
            self.args = watch.enter(self.args)
        self.output = module.forward(*self.args, **self.kwargs)
        while self.hooks:
            self._after(self.hooks.pop(0))
        if watch is not None:
            if not isinstance(self.output, (Tensor, tuple)):
                warnings.warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors "
                    f"but received {type(self.output)}",
                    stacklevel=4,
                )
            self.output = watch.leave(self.output)
        return self.output

    def _before(self, hook: Hook) -> None:
        if not hook.with_kwargs:
            changed = hook.call(self.module, self.args)
            if changed is not None:
                self.args = changed if isinstance(changed, tuple) else (changed,)
            return
        changed = hook.call(self.module, self.args, self.kwargs)
        if changed is None:
            return
        if not (isinstance(changed, tuple) and len(changed) == 2):
            raise RuntimeError(
                f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
            )
        self.args, self.kwargs = changed

    def _after(self, hook: Hook) -> None:
        inputs = (self.args, self.kwargs) if hook.with_kwargs else (self.args,)
        changed = hook.call(self.module, *inputs, self.output)
        self.output = self.output if changed is None else changed

    def _call_the_rest(self) -> None:
        for hook in self.hooks:
            if not hook.always_call:
                continue
            try:
                self._after(hook)
            except Exception as error:  # noqa: BLE001 - the first error is the one to raise
                warnings.warn(
                    "module forward hook with ``always_call=True`` raised an exception that was silenced as "
                    f"another error was raised in forward: {error}",
                    stacklevel=5,
                )
