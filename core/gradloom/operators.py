"""What Tensor gets from the rooms above it: how ops run on it, its operators and its conversions."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from gradloom.autograd.inplace import apply_inplace, overwrite, receive
from gradloom.autograd.record import apply
from gradloom.device import checked
from gradloom.device import device as Device
from gradloom.dtypes import (
    bfloat16,
    bool_,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    legacy_name,
    of_type_name,
    uint8,
)
from gradloom.dtypes import dtype as DType
from gradloom.inquiry import is_conj, is_neg, is_nonzero, is_same_size, is_signed
from gradloom.ops import copying
from gradloom.ops.op import Op
from gradloom.ops.operand import Operand
from gradloom.spelling import spelled
from gradloom.tensor import Tensor, channels_last

Operator = Callable[..., Any]
_OPERANDS = (Tensor, int, float, complex, np.ndarray, np.generic)


def _binary(op: Op[Any]) -> Operator:
    settings = op.defaults[2:]

    def operator(self: Tensor, other: Any) -> Any:
        return apply(op, (self, other, *settings)) if isinstance(other, _OPERANDS) else NotImplemented

    return operator


def _reflected(op: Op[Any]) -> Operator:
    settings = op.defaults[2:]

    def operator(self: Tensor, other: Any) -> Any:
        return apply(op, (other, self, *settings)) if isinstance(other, _OPERANDS) else NotImplemented

    return operator


def _assigning(op: Op[Any]) -> Operator:
    settings = op.defaults[2:]

    def operator(self: Tensor, other: Any) -> Any:
        return apply_inplace(op, (self, other, *settings)) if isinstance(other, _OPERANDS) else NotImplemented

    return operator


def _unary(op: Op[Any]) -> Operator:
    def operator(self: Tensor) -> Any:
        return apply(op, (self, *op.defaults[1:]))

    return operator


_ARITHMETIC = {
    "gradloom.ops.elementwise.arithmetic": {"add": "add", "sub": "sub", "mul": "mul"},
    "gradloom.ops.elementwise.division": {
        "truediv": "true_divide", "div": "true_divide", "floordiv": "floor_divide", "mod": "remainder"
    },
    "gradloom.ops.elementwise.power": {"pow": "pow"},
    "gradloom.ops.elementwise.logic": {
        "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
        "lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift",
    },
    "gradloom.ops.matrix.matmul": {"matmul": "matmul"},
}  # fmt: skip
_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
_UNARY = {
    "gradloom.ops.elementwise.arithmetic": {"neg": "neg"},
    "gradloom.ops.elementwise.logic": {"invert": "bitwise_not"},
    "gradloom.ops.elementwise.signs": {"abs": "abs"},
}


def _bind_operators() -> None:
    for family, names in _ARITHMETIC.items():
        for name, op in names.items():
            _bind_later(f"__{name}__", family, op, _binary)
            _bind_later(f"__r{name}__", family, op, _reflected)
            if name != "matmul":
                _bind_later(f"__i{name}__", family, op, _assigning)
    _bind_later("__rsub__", "gradloom.ops.elementwise.arithmetic", "rsub", _binary)
    for name in _COMPARISONS:
        _bind_later(f"__{name}__", "gradloom.ops.elementwise.comparison", name, _binary)
    for family, names in _UNARY.items():
        for name, op in names.items():
            _bind_later(f"__{name}__", family, op, _unary)
    Tensor.bind("__pos__", lambda self: self.positive())


def _bind_later(method: str, home: str, name: str, make: Callable[[Any], Operator]) -> None:
    """Bind an operator that is made of something of another module, which is loaded at the first use."""

    def first(*args: Any) -> Any:
        operator = make(getattr(import_module(home), name))
        Tensor.bind(method, operator)
        return operator(*args)

    Tensor.bind(method, first)


def backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Accumulate the gradient of this tensor in the `grad` of every leaf it was made from.

    Args:
        gradient: the gradient to start with; needed unless this tensor has one element.
        retain_graph: whether the graph can be swept again; by default as `create_graph`.
        create_graph: whether the gradients can be differentiated again.
        inputs: the tensors to accumulate in, if not all leaves.
    """
    from gradloom.autograd.sweep import backward as sweep_backward  # an import that never trains goes without

    sweep_backward(self, gradient, retain_graph, create_graph, inputs)


def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """This tensor as another dtype, or as that of another tensor; itself if it already is."""
    wanted = kwargs.get("dtype")
    if "device" in kwargs and kwargs["device"] is not None:
        checked(kwargs["device"])
    for each in args:
        if isinstance(each, DType):
            wanted = each
        elif isinstance(each, Tensor):
            wanted = each.dtype
        elif isinstance(each, (str, Device)):
            checked(each)
    if wanted is not None and wanted.numpy != self.array.dtype:
        converted: Tensor = apply(copying.cast, (self, wanted))
        return converted
    return self.clone() if kwargs.get("copy") else self


def type_(self: Tensor, dtype: Any = None) -> Any:
    """This tensor as another dtype, or as that of a legacy type; without one, the name of its type."""
    if dtype is None:
        return spelled(f"{legacy_name(self.array.dtype)}Tensor")
    if isinstance(dtype, str):
        return to(self, of_type_name(dtype))
    return to(self, getattr(dtype, "dtype", dtype))


def type_as(self: Tensor, other: Tensor) -> Tensor:
    """This tensor as the dtype of `other`."""
    return to(self, other.dtype)


def cpu(self: Tensor) -> Tensor:
    """This tensor: it already is on the CPU."""
    return self


def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """This tensor, copied to row-major order, or to channels last, if it lies otherwise in memory."""
    if self.is_contiguous(memory_format):
        return self
    order = channels_last(memory_format)
    if order is None:
        return self.clone()
    if self.array.ndim != len(order):
        raise RuntimeError(f"required rank {len(order)} tensor to use {memory_format.name} format")
    back = (0, len(order) - 1, *range(1, len(order) - 1))
    laid: Tensor = self.permute(order).clone().permute(back)
    return laid


def _written(self: Tensor) -> str:
    """The values as text."""
    from gradloom.printing import to_string  # most scripts print no tensor

    return to_string(self)


def _converter(dtype: DType) -> Callable[..., Tensor]:
    def convert(self: Tensor, memory_format: Any = None) -> Tensor:
        return to(self, dtype)

    convert.__doc__ = f"This tensor as {dtype.name}."
    return convert


_CONVERSIONS = {
    "float": float32, "double": float64, "half": float16, "int": int32, "long": int64, "short": int16,
    "char": int8, "byte": uint8, "bool": bool_, "bfloat16": bfloat16, "cfloat": complex64,
    "cdouble": complex128,
}  # fmt: skip


def _transposed(self: Tensor) -> Tensor:
    """All dims in reverse order."""
    turned: Tensor = self.permute(tuple(range(self.array.ndim))[::-1])
    return turned


def _of_matrices(self: Tensor, name: str) -> Tensor:
    """The last two dims swapped, for the property or method of that name."""
    if self.array.ndim == 1:
        raise RuntimeError(
            f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor."
        )
    turned: Tensor = self.transpose(-2, -1) if self.array.ndim else self
    return turned


def _real(self: Tensor) -> Tensor:
    """The real part, a view."""
    from gradloom.ops.elementwise.complex import real

    part: Tensor = real(self)
    return part


def _imag(self: Tensor) -> Tensor:
    """The imaginary part, a view."""
    from gradloom.ops.elementwise.complex import imag

    part: Tensor = imag(self)
    return part


def _matrix_transposed(self: Tensor) -> Tensor:
    """The last two dims swapped."""
    return _of_matrices(self, "mT")


def _matrix_adjoint(self: Tensor) -> Tensor:
    """The last two dims swapped, conjugated."""
    return _conjugated(_of_matrices(self, "mH"))


def _adjoint(self: Tensor) -> Tensor:
    """A matrix transposed and conjugated."""
    if self.array.ndim not in (0, 2):
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {self.array.ndim}-D tensor. For "
            "batches of matrices, consider using tensor.mH"
            if self.array.ndim > 2
            else f"tensor.H is only supported on matrices (2-D tensors). Got {self.array.ndim}-D tensor."
        )
    return _conjugated(_of_matrices(self, "H"))


def adjoint(input: Tensor) -> Tensor:
    """The last two dims swapped, conjugated."""
    return _conjugated(_of_matrices(input, "adjoint()"))


def _conjugated(tensor: Tensor) -> Tensor:
    conjugated: Tensor = tensor.conj() if tensor.is_complex() else tensor
    return conjugated


_ALIASES = {"ndimension": "dim", "nelement": "numel"}


def _bind_all() -> None:
    """Complete Tensor."""
    Tensor.carry_out(apply, apply_inplace, receive, overwrite)
    _bind_operators()
    for function in (backward, to, type_as, cpu, contiguous, adjoint):
        Operand.bind(function.__name__, function)
    for question in (is_signed, is_nonzero, is_same_size, is_conj, is_neg):
        Operand.bind(question.__name__, question)
    Operand.bind("type", type_)
    for name, dtype in _CONVERSIONS.items():
        Operand.bind(name, _converter(dtype))
    for name, getter in (
        ("T", _transposed),
        ("mT", _matrix_transposed),
        ("H", _adjoint),
        ("mH", _matrix_adjoint),
        ("real", _real),
        ("imag", _imag),
    ):
        Operand.bind(name, property(getter))
    for alias, name in _ALIASES.items():
        Operand.bind(alias, getattr(Tensor, name))
    for method, name in (("__getitem__", "getitem"), ("__setitem__", "setitem")):
        _bind_later(method, "gradloom.indexing", name, lambda function: function)
    Tensor.bind("__repr__", _written)


_bind_all()
