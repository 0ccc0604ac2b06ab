"""Module itself: what is common to all layers and networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from gradloom import dtypes
from gradloom.autograd.grad_mode import no_grad, whole
from gradloom.creation import Where, empty_like
from gradloom.dtypes import dtype as DType
from gradloom.nn.module.calling import Runnable
from gradloom.tensor import Tensor


class Module(Runnable):
    """Base of all layers and networks.

    Parameters, buffers and modules that are assigned as attributes are registered under the attribute's name.
    Subclasses call `super().__init__()` first and define `forward`.

    Example:
        >>> class Net(nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.fc = nn.Linear(4, 2)
        ...     def forward(self, x):
        ...         return self.fc(x).relu()
    """

    call_super_init: bool = False
    training: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        name = type(self).__name__
        if not self.call_super_init and kwargs:
            raise TypeError(f"{name}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'")
        if not self.call_super_init and args:
            raise TypeError(f"{name}.__init__() takes 1 positional argument but {len(args) + 1} were given")
        # Past our own __setattr__, which asks these very tables.
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _non_persistent_buffers_set=set(),
            _backward_pre_hooks={},
            _backward_hooks={},
            _forward_hooks={},
            _forward_pre_hooks={},
            _state_dict_hooks={},
            _state_dict_pre_hooks={},
            _load_state_dict_pre_hooks={},
            _load_state_dict_post_hooks={},
            _modules={},
        )
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    # Modes

    def train(self, mode: bool = True) -> Self:
        """Switch dropout, batch norm and the like to training, here and below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Switch to evaluation: `train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Make all parameters trainable, or freeze them."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    @whole
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop all gradients, or fill them with zeros."""
        for parameter in self.parameters():
            if parameter.grad is None or set_to_none:
                parameter.grad = None
            else:
                parameter.grad = parameter.grad.detach().zero_()

    # Changing everything below

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` on every module below, children first, then on this one. Often used to initialize."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Put `fn(tensor)` in the place of the values of every parameter, gradient and buffer."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        with no_grad():
            for parameter in self._parameters.values():
                if parameter is not None:
                    parameter.data = fn(parameter.data)
                    if parameter.grad is not None:
                        parameter.grad.data = fn(parameter.grad)
            for name, buffer in self._buffers.items():
                if buffer is not None:
                    self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Move to a device and cast floating-point parameters and buffers to a dtype, in place.

        TypeError if the dtype is an integer one.
        """
        given = [*args, *kwargs.values()]
        wanted = [each.dtype if isinstance(each, Tensor) else each for each in given]
        for value in wanted:
            if isinstance(value, DType) and not (value.is_floating_point or value.is_complex):
                raise TypeError(
                    "nn.Module.to only accepts floating point or complex dtypes, "
                    f"but got desired dtype={value}"
                )
        places = {key: value for key, value in kwargs.items() if key in ("device", "copy")}
        somewhere = [value for value in args if not isinstance(value, (DType, Tensor, bool))]

        def convert(tensor: Tensor) -> Tensor:
            if _is_inexact(tensor):
                return tensor.to(*args, **kwargs)
            return tensor.to(*somewhere, **places)

        return self._apply(convert)

    def type(self, dst_type: DType) -> Self:
        """Cast all parameters and buffers to `dst_type`."""
        return self._apply(lambda tensor: tensor.type(dst_type))

    def float(self) -> Self:
        """Cast floating-point parameters and buffers to float32."""
        return self._cast(dtypes.float32)

    def double(self) -> Self:
        """Cast floating-point parameters and buffers to float64."""
        return self._cast(dtypes.float64)

    def bfloat16(self) -> Self:
        """Cast floating-point parameters and buffers to bfloat16."""
        return self._cast(dtypes.bfloat16)

    def half(self) -> Self:
        """Cast floating-point parameters and buffers to float16."""
        return self._cast(dtypes.float16)

    def _cast(self, dtype: DType) -> Self:
        return self._apply(lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor)

    def cpu(self) -> Self:
        """This module: it already is on the CPU."""
        return self._apply(lambda tensor: tensor.cpu())

    def cuda(self, device: Any = None) -> Self:
        """RuntimeError: there is no such device."""
        return self.to("cuda")

    def to_empty(self, *, device: Where, recurse: bool = True) -> Self:
        """Give every parameter and buffer new memory with whatever was in it."""
        return self._apply(lambda tensor: empty_like(tensor, device=device), recurse)

    def share_memory(self) -> Self:
        """This module: threads share its memory anyway."""
        return self

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: there is no compiler, and every call runs as it stands."""

    # Showing

    def _get_name(self) -> str:
        return self.__class__.__name__

    def extra_repr(self) -> str:
        """What to show between the parentheses of this module's line."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr().split("\n") if self.extra_repr() else []
        lines = [f"({name}): {indented(repr(module))}" for name, module in self._modules.items()]
        if not lines and len(extra) <= 1:
            return f"{self._get_name()}({''.join(extra)})"
        body = "\n  ".join([*extra, *lines])
        return f"{self._get_name()}(\n  {body}\n)"


def indented(text: str) -> str:
    """`text` with all lines but the first moved in, as it stands in its parent's repr."""
    return text.replace("\n", "\n  ")


def _is_inexact(tensor: Tensor) -> bool:
    return tensor.dtype.is_floating_point or tensor.dtype.is_complex
