"""Tensor: an ndarray that remembers how it was made."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.device import CPU, device
from gradloom.dtypes import Array, dtype
from gradloom.kernels.memory import offset_of, strides_of
from gradloom.ops.operand import Operand
from gradloom.ops.shapes import one_dim
from gradloom.size import Size
from gradloom.tape import LAST, Edge, Node, RemovableHandle, recording

Hook = Callable[["Tensor"], "Tensor | None"]


class AfterAccumulation:
    """Marks a leaf's hook as one to be called with the leaf, when its `grad` is up to date."""

    __slots__ = ("hook",)

    def __init__(self, hook: Callable[[Tensor], None]) -> None:
        self.hook = hook


class Tensor(Operand):
    """A multi-dimensional array with gradients, as PyTorch's.

    Make one with `gradloom.tensor([[1.0, 2.0]])`, `gradloom.zeros(2, 3)` and the like; operations are
    methods.

    Attributes:
        array: the ndarray that holds the values. Writing into it bypasses the tape.
        grad: the gradient that `backward` accumulated, of the same shape and dtype, or None.
    """

    # _edge: the node that made this tensor and the number of the result; None for leaves.
    # _counter: how often the memory was written in place, in a list that views share.
    # _view: for a view, its base and the way back to it.
    # __dict__: what scripts set, such as `weight.label = "w"`; it is made when they do.
    __slots__ = (
        "__dict__", "__weakref__", "_counter", "_edge", "_hooks", "_requires_grad", "_view", "array", "grad",
    )  # fmt: skip

    array: Array
    grad: Tensor | None
    _requires_grad: bool
    _edge: Edge | None
    _counter: list[int]
    _view: Any
    _hooks: dict[int, Any] | None

    __array_priority__ = 1000

    def __init__(self, *data: Any) -> None:
        if len(data) == 1 and not isinstance(data[0], int):
            array = np.array(data[0], dtype=dtypes.get_default_dtype().numpy)
        else:
            array = np.empty(data if data else (0,), dtype=dtypes.get_default_dtype().numpy)
        fill(self, array)

    # What it is

    @property
    def shape(self) -> Size:
        """The size of each dimension."""
        return Size(self.array.shape)

    @property
    def dtype(self) -> dtype:
        """The type of the elements."""
        return dtypes.of_array(self.array)

    @property
    def device(self) -> device:
        """Where the elements are: always the CPU."""
        return CPU

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    @property
    def itemsize(self) -> int:
        """Bytes per element."""
        return self.array.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.array.nbytes

    @property
    def is_cuda(self) -> bool:
        """Whether the elements are on a CUDA device: never."""
        return False

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        if dim is None:
            return self.shape
        if not -self.array.ndim <= dim < self.array.ndim:
            raise IndexError(dimension_out_of_range(dim, self.array.ndim))
        return self.array.shape[dim]

    def dim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    def numel(self) -> int:
        """The number of elements."""
        return self.array.size

    def stride(self, dim: int | None = None) -> Any:
        """Steps in memory from one element to the next along each dimension, counted in elements."""
        strides = strides_of(self.array)
        return strides if dim is None else strides[one_dim(dim, self.array.ndim)]

    def element_size(self) -> int:
        """Bytes per element."""
        return self.array.itemsize

    def is_floating_point(self) -> bool:
        """Whether the elements are floating point."""
        return self.array.dtype.kind in "fV"

    def is_complex(self) -> bool:
        """Whether the elements are complex."""
        return self.array.dtype.kind == "c"

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the elements lie in memory without gaps, in row-major order or with the channels last."""
        order = channels_last(memory_format)
        if order is None:
            return self.array.flags.c_contiguous
        return self.array.ndim == len(order) and self.array.transpose(order).flags.c_contiguous

    def storage_offset(self) -> int:
        """How many elements lie in the memory before the first one."""
        return offset_of(self.array)

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self.array.__array_interface__["data"][0])

    # Gradients

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this tensor."""
        view = self._view
        if view is not None and view.version != self._counter[0]:
            view.follow(self)
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if self._edge is not None:
            if not value:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to use a "
                    "computed variable in a subgraph that doesn't require differentiation use var_no_grad = "
                    "var.detach()."
                )
        elif value and not dtypes.is_differentiable(self.array):
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        else:
            self._requires_grad = value

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for gradients, or no longer."""
        self.requires_grad = requires_grad
        return self

    @property
    def grad_fn(self) -> Node | None:
        """The node of the graph that made this tensor; None for leaves."""
        if self._view is not None:
            self._view.follow(self)
        edge = self._edge
        return edge[0] if edge is not None and isinstance(edge[0], Node) else None

    @property
    def output_nr(self) -> int:
        """Which of its node's results this tensor is."""
        return 0 if self._edge is None else self._edge[1]

    @property
    def is_leaf(self) -> bool:
        """Whether the tensor was not made by a recorded operation."""
        return self.grad_fn is None

    @property
    def _version(self) -> int:
        return self._counter[0]

    @property
    def data(self) -> Tensor:
        """The same memory, unknown to the tape; assigning puts other values in place."""
        return wrap(self.array)

    @data.setter
    def data(self, value: Tensor) -> None:
        if recording.recorder is not None:
            recording.recorder.refuse("gives tensors other data")
        self.array = value.array

    @property
    def _base(self) -> Tensor | None:
        return None if self._view is None else self._view.base

    def _is_view(self) -> bool:
        return self._view is not None

    def detach(self) -> Tensor:
        """The same memory, cut off from the graph."""
        result = wrap(self.array)
        result._counter = self._counter
        return result

    def detach_(self) -> Tensor:
        """Cut this tensor itself off from the graph."""
        self._edge, self._view, self._requires_grad = None, None, False
        return self

    def retain_grad(self) -> None:
        """Keep `grad` also where this tensor is not a leaf."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self.is_leaf:
            return
        reference = weakref.ref(self)

        def keep(grad: Tensor) -> None:
            tensor = reference()
            if tensor is not None:
                # Others hold this gradient too: the sweep, or whoever gave it to `backward`.
                tensor.grad = grad.clone() if tensor.grad is None else tensor.grad + grad

        node = self.grad_fn
        assert node is not None
        node.hooks_of(self.output_nr).setdefault(LAST, keep)

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad` was called where there is a history."""
        node = self.grad_fn
        hooks = None if node is None or node.hooks is None else node.hooks.get(self.output_nr)
        return hooks is not None and any(hook.__name__ == "keep" for hook in hooks.values())

    def register_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(grad)` when this tensor's gradient is computed; what it returns replaces it."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node = self.grad_fn
        if node is None:
            if self._hooks is None:
                self._hooks = {}
            return RemovableHandle(self._hooks, hook)
        return RemovableHandle(node.hooks_of(self.output_nr), hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Call `hook(tensor)` each time a gradient was added to this leaf's `grad`."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if not self.is_leaf:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        if self._hooks is None:
            self._hooks = {}
        return RemovableHandle(self._hooks, AfterAccumulation(hook))

    # Out to Python and NumPy

    def item(self) -> Any:
        """The only element, as a Python number; RuntimeError if there are more or none."""
        array = self.array
        if array.size != 1:
            raise RuntimeError(f"a Tensor with {array.size} elements cannot be converted to Scalar")
        return self._only()

    def tolist(self) -> Any:
        """Nested lists of Python numbers, or one number."""
        _tell_recorder()
        return _plain(self.array).tolist()

    def numpy(self, *, force: bool = False) -> Array:
        """The array itself, sharing memory; RuntimeError if gradients are needed and `force` is not set."""
        _tell_recorder()
        if self.requires_grad and not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
            )
        if self.array.dtype.kind == "V":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        array = self.numpy()
        if copy or (dtype is not None and array.dtype != dtype):
            return array.astype(dtype if dtype is not None else array.dtype)
        return array

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Tensor:
        """What NumPy's functions made of this tensor, as a tensor."""
        return wrap(np.asarray(array))

    def __dlpack__(self, **options: Any) -> Any:
        """The memory for another library; BufferError if gradients would be lost."""
        _tell_recorder()
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        """The CPU, in DLPack's numbers."""
        return (1, 0)

    def __bool__(self) -> bool:
        _tell_recorder()
        if self.array.size != 1:
            many = "more than one value" if self.array.size else "no values"
            raise RuntimeError(f"Boolean value of Tensor with {many} is ambiguous")
        return bool(self.array.item())

    def __int__(self) -> int:
        return int(self._only())

    def __float__(self) -> float:
        return float(self._only())

    def __complex__(self) -> complex:
        return complex(self._only())

    def _only(self) -> Any:
        if recording.recorder is not None:
            _tell_recorder()
        array = self.array
        if array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return array.item() if array.dtype.kind != "V" else _plain(array).item()

    def __format__(self, spec: str) -> str:
        if not self.array.ndim and type(self) is Tensor:
            return format(self.item(), spec)
        return object.__format__(self, spec)

    def __index__(self) -> int:
        _tell_recorder()
        if self.array.dtype.kind not in "iub" or self.array.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.array.item())

    def __len__(self) -> int:
        if not self.array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self.array)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __reversed__(self) -> Tensor:
        """The rows in reverse order."""
        return self.flip(0) if self.array.ndim else self

    def __contains__(self, element: object) -> bool:
        _tell_recorder()
        if not isinstance(element, (Tensor, int, float, complex)):
            raise RuntimeError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
            )
        value = element.array if isinstance(element, Tensor) else element
        return bool(np.any(self.array == value))

    __hash__ = object.__hash__  # by identity, whatever `==` says

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol "
                "at the moment.  If you were attempting to deepcopy a module, this may be because of a "
                "torch.nn.utils.weight_norm usage, see https://github.com/pytorch/pytorch/pull/103001"
            )
        copied: Tensor = object.__new__(type(self))
        memo[id(self)] = fill(copied, self.array.copy())
        copied._requires_grad = self._requires_grad
        if self.grad is not None:
            copied.grad = self.grad.__deepcopy__(memo)
        copied.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return copied

    def __reduce__(self) -> Any:
        return _restore, (type(self), np.asarray(self.array, order="C"), self.requires_grad)


def fill(tensor: Tensor, array: Array) -> Tensor:
    """Make `tensor`, fresh from its class, a leaf that holds `array`."""
    tensor.array = array
    tensor.grad = None
    tensor._requires_grad = False
    tensor._edge = None
    tensor._counter = [0]
    tensor._view = None
    tensor._hooks = None
    return tensor


_new = object.__new__


def wrap(array: Array, edge: Edge | None = None) -> Tensor:
    """A tensor over `array`, sharing its memory; with `edge`, a result of that node."""
    tensor: Tensor = _new(Tensor)
    tensor.array = array
    tensor.grad = None
    tensor._requires_grad = edge is not None
    tensor._edge = edge
    tensor._counter = [0]
    tensor._view = None
    tensor._hooks = None
    return tensor


def _tell_recorder() -> None:
    """That values are read: a step that does so is not replayed, as it may hang on them."""
    if recording.recorder is not None:
        recording.recorder.refuse("reads the values of a tensor")


def _plain(array: Array) -> Array:
    """`array` in a dtype whose elements Python knows as numbers."""
    return array.astype(np.float32) if array.dtype.kind == "V" else array


def _restore(kind: type[Tensor], array: Array, requires_grad: bool) -> Tensor:
    tensor = fill(object.__new__(kind), array)
    tensor._requires_grad = requires_grad
    return tensor


def channels_last(memory_format: Any) -> tuple[int, ...] | None:
    """The order in which a memory format that puts channels last lays the dims; None for other formats."""
    name = getattr(memory_format, "name", "")
    if not name.startswith("channels_last"):
        return None
    ndim = 5 if name.endswith("3d") else 4
    return (0, *range(2, ndim), 1)


def dimension_out_of_range(dim: int, ndim: int) -> str:
    """PyTorch's sentence about a dimension that does not exist."""
    if not ndim:
        return f"Dimension specified as {dim} but tensor has no dimensions"
    low, high = -ndim, ndim - 1
    return f"Dimension out of range (expected to be in range of [{low}, {high}], but got {dim})"
