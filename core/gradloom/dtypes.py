"""Element types, under PyTorch's names, and the rules by which two of them meet.

Promotion follows https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc: the category
(bool < integer < float < complex) decides first; inside one category tensors with dimensions outrank 0-dim
tensors, which outrank Python numbers.

NumPy has no bfloat16; ml_dtypes brings it, and is loaded when bfloat16 is first used. Operations on half
precision compute in float32 and round their results, as PyTorch's do on a CPU (see `autograd/half.py`).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from gradloom.spelling import spelled

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class dtype:  # noqa: N801 - PyTorch's name
    """The type of a tensor's elements.

    Attributes:
        name: its name, such as "float32".
        numpy: the NumPy dtype that stores it.
        category: 0 for bool, 1 for integers, 2 for floating point, 3 for complex.
    """

    __slots__ = ("__dict__", "category", "name")

    def __init__(self, name: str, category: int) -> None:
        self.name = name
        self.category = category

    @cached_property
    def numpy(self) -> np.dtype[Any]:
        if self.name != "bfloat16":
            return np.dtype(self.name)
        from ml_dtypes import bfloat16

        stored: np.dtype[Any] = np.dtype(bfloat16)
        _BY_NUMPY[stored] = self
        return stored

    @property
    def is_floating_point(self) -> bool:
        """Whether elements are floating point."""
        return self.category == 2

    @property
    def is_complex(self) -> bool:
        """Whether elements are complex."""
        return self.category == 3

    @property
    def is_signed(self) -> bool:
        """Whether elements can be negative."""
        return self.category > 1 or self.numpy.kind == "i"

    @property
    def itemsize(self) -> int:
        """Bytes per element."""
        return self.numpy.itemsize

    def to_real(self) -> dtype:
        """The dtype of the real part."""
        return _REAL.get(self, self)

    def to_complex(self) -> dtype:
        """The complex dtype whose parts have this dtype."""
        return _COMPLEX.get(self, complex64)

    def __repr__(self) -> str:
        return spelled(self.name)

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return named, (self.name,)


bool_ = dtype("bool", 0)
uint8 = dtype("uint8", 1)
uint16 = dtype("uint16", 1)
uint32 = dtype("uint32", 1)
uint64 = dtype("uint64", 1)
int8 = dtype("int8", 1)
int16 = dtype("int16", 1)
int32 = dtype("int32", 1)
int64 = dtype("int64", 1)
float16 = dtype("float16", 2)
bfloat16 = dtype("bfloat16", 2)
float32 = dtype("float32", 2)
float64 = dtype("float64", 2)

complex64 = dtype("complex64", 3)
complex128 = dtype("complex128", 3)

ALL = (
    bool_, uint8, uint16, uint32, uint64, int8, int16, int32, int64,
    float16, bfloat16, float32, float64, complex64, complex128,
)  # fmt: skip
HALVES = (float16, bfloat16)
DIFFERENTIABLE = "fcV"
"""The kinds of NumPy dtypes that can carry gradients; V is ml_dtypes' kind for bfloat16."""

_BY_NAME = {each.name: each for each in ALL}
_BY_NUMPY = {each.numpy: each for each in ALL if each is not bfloat16}
_REAL = {complex64: float32, complex128: float64}
_COMPLEX = {float64: complex128, complex64: complex64, complex128: complex128}
LEGACY = {
    "bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
    "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64",
    "float16": "Half", "bfloat16": "BFloat16", "float32": "Float", "float64": "Double",
    "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip
NATIVE = {
    "Bool": "bool", "Byte": "unsigned char", "Char": "signed char", "Short": "short int", "Int": "int",
    "Long": "long int", "UInt16": "short unsigned int", "UInt32": "unsigned int",
    "UInt64": "long unsigned int", "Half": "c10::Half", "BFloat16": "c10::BFloat16", "Float": "float",
    "Double": "double", "ComplexFloat": "c10::complex<float>", "ComplexDouble": "c10::complex<double>",
}  # fmt: skip
_default = float32


def named(name: str) -> dtype:
    """The dtype of that name; KeyError if there is none."""
    return _BY_NAME[name]


def of_array(array: Array) -> dtype:
    """The dtype of an array's elements; TypeError if a tensor cannot hold them."""
    found = _BY_NUMPY.get(array.dtype)
    if found is None:
        if array.dtype.name != "bfloat16":
            if not array.dtype.isnative:
                raise ValueError(
                    "given numpy array has byte order different from the native byte order. Conversion "
                    "between byte orders is currently not supported."
                )
            raise TypeError(unsupported(array.dtype))
        _BY_NUMPY[array.dtype] = found = bfloat16
    return found


def is_differentiable(array: Array) -> bool:
    """Whether an array of this dtype can carry gradients: floating point and complex ones."""
    return array.dtype.kind in DIFFERENTIABLE


def is_array(value: object) -> bool:
    """Whether `value` is an array or one of NumPy's scalars."""
    return isinstance(value, (np.ndarray, np.generic))


def legacy_name(numpy_dtype: np.dtype[Any]) -> str:
    """The name that PyTorch's error messages use: "Float" for float32, "Long" for int64."""
    return LEGACY[numpy_dtype.name]


def native_name(numpy_dtype: np.dtype[Any]) -> str:
    """The name that PyTorch's compiled code gives it: "float" for float32, "long int" for int64."""
    return NATIVE[LEGACY[numpy_dtype.name]]


def of_type_name(name: str) -> dtype:
    """The dtype of a legacy type, such as "torch.FloatTensor"; ValueError if there is none."""
    word = name.rpartition(".")[2].removesuffix("Tensor")
    for each, legacy in LEGACY.items():
        if legacy == word and name.endswith("Tensor") and ".cuda." not in name:
            return _BY_NAME[each]
    raise ValueError(f"invalid type: '{name}'")


def unsupported(numpy_dtype: np.dtype[Any]) -> str:
    """The sentence that refuses elements which no tensor can hold."""
    return (
        f"can't convert np.ndarray of type numpy.{numpy_dtype.type.__name__}. The only supported types are: "
        "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, "
        "uint16, uint8, and bool."
    )


def get_default_dtype() -> dtype:
    """The dtype of new floating-point tensors: float32 unless `set_default_dtype` said otherwise."""
    return _default


def set_default_dtype(new: dtype) -> None:
    """Make `new`, a floating-point dtype, the dtype of new floating-point tensors."""
    global _default
    if not new.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, got {new!r}")
    _default = new


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that holds both: `promote_types(int64, float32)` is float32."""
    if type1 is type2:
        return type1
    lower, higher = sorted((type1, type2), key=lambda each: each.category)
    if lower.category < higher.category:
        return complex128 if lower is float64 else higher
    if lower.category == 2:
        wider = max(lower, higher, key=lambda each: each.itemsize)
        return float32 if wider.itemsize == 2 else wider
    return _BY_NUMPY[np.promote_types(type1.numpy, type2.numpy)]


def of_operands(operands: tuple[Any, ...] | list[Any]) -> dtype:
    """The dtype in which arrays and Python numbers meet in one operation."""
    tiers: list[dtype | None] = [None, None, None]
    for operand in operands:
        if isinstance(operand, np.ndarray):
            tier, found = (0 if operand.ndim else 1), of_array(operand)
        else:
            tier, found = 2, of_number(operand)
        held = tiers[tier]
        tiers[tier] = found if held is None else promote_types(held, found)
    result: dtype | None = None
    for candidate in tiers:
        if candidate is None:
            continue
        if result is None or candidate.category > result.category:
            # A complex number of a lower tier makes the result complex, in the precision of the higher.
            floats = result is not None and candidate.is_complex and result.is_floating_point
            result = result.to_complex() if floats and result is not None else candidate
    assert result is not None
    return result


def of_number(number: object) -> dtype:
    """The dtype of a lone Python number: bool, int64, or the default floating-point or complex dtype."""
    if isinstance(number, (bool, np.bool_)):
        return bool_
    if isinstance(number, (int, np.integer)):
        return int64
    if isinstance(number, (float, np.floating)):
        return _default
    if isinstance(number, (complex, np.complexfloating)):
        return _default.to_complex()
    raise TypeError(f"expected a Tensor or a number, got {type(number).__name__}")


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether `to` may store values of `from_` in place: it must not be of a lower category."""
    return from_.category <= to.category
