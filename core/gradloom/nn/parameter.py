"""Parameters and buffers: tensors that register themselves with the module they are assigned to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from gradloom import dtypes
from gradloom.creation import Where, empty
from gradloom.dtypes import dtype as DType
from gradloom.tensor import Tensor, fill


class Parameter(Tensor):
    """A tensor that a module trains. It requires gradients unless told otherwise.

    Example:
        >>> self.scale = nn.Parameter(gradloom.ones(3))
    """

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        fill(self, (empty(0) if data is None else data).array)
        self.requires_grad = requires_grad

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        copied: Parameter = object.__new__(type(self))
        memo[id(self)] = fill(copied, self.array.copy())
        copied._requires_grad = self._requires_grad
        return copied

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


class Buffer(Tensor):
    """A tensor that belongs to a module's state but is not trained.

    One that is not `persistent` stays out of `state_dict`.
    """

    persistent: bool = True

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        fill(self, (empty(0) if data is None else data).array)
        self.persistent = persistent

    def __deepcopy__(self, memo: dict[int, Any]) -> Buffer:
        copied: Buffer = object.__new__(type(self))
        memo[id(self)] = fill(copied, self.array.copy())
        copied.persistent = self.persistent
        return copied


class _Uninitialized(Tensor):
    """A tensor whose shape follows from the first input."""

    cls_to_become: type[Tensor]

    @property
    def shape(self) -> Any:
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call "
            "`forward` to initialize the parameters before accessing their attributes."
        )

    def materialize(self, shape: Sequence[int], device: Where = None, dtype: DType | None = None) -> None:
        """Become an ordinary parameter or buffer of this shape, with whatever was in memory."""
        self.array = np.empty(tuple(shape), self.array.dtype if dtype is None else dtype.numpy)
        self.__class__ = self.cls_to_become  # type: ignore[assignment]

    def share_memory_(self) -> NoReturn:
        """Refused: there is nothing to share yet."""
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the "
            "parameters before calling `module.share_memory()`."
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter whose shape follows from the first input: what Lazy modules begin with."""

    cls_to_become = Parameter

    def __init__(self, requires_grad: bool = True, device: Where = None, dtype: DType | None = None) -> None:
        fill(self, np.empty(0, (dtype or dtypes.get_default_dtype()).numpy))
        self.requires_grad = requires_grad


class UninitializedBuffer(_Uninitialized):
    """A buffer whose shape follows from the first input."""

    cls_to_become = Buffer

    def __init__(
        self, requires_grad: bool = False, device: Where = None, dtype: DType | None = None, **_: Any
    ) -> None:
        fill(self, np.empty(0, (dtype or dtypes.get_default_dtype()).numpy))
        self.requires_grad = requires_grad


def is_lazy(param: Any) -> bool:
    """Whether a parameter or buffer still waits for its shape."""
    return isinstance(param, _Uninitialized)
