"""Half precision: operations compute in float32 and round what they give, as PyTorch's do on a CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradloom import dtypes
from gradloom.dtypes import dtype as DType
from gradloom.ops.copying import cast
from gradloom.ops.op import Op
from gradloom.ops.promotion import agree
from gradloom.tensor import Tensor

Apply = Callable[[Op[Any], tuple[Any, ...]], Any]


def in_single_precision(apply: Apply, op: Op[Any], args: tuple[Any, ...]) -> Any:
    """Carry out `op`, one of whose inputs is in half precision, by `apply` on float32.

    The results are rounded to the dtype that the inputs promote to, unless that is wider or an argument asks
    for a dtype. Casts are recorded, so the gradients are rounded in the same places.
    """
    many = tuple(args[0]) if op.variadic else tuple(args[at] for at in op.meets)
    common = dtypes.of_operands(
        [each.array if isinstance(each, Tensor) else each for each in many if each is not None]
    )
    if op.meeting == "same":
        agree([each.array if isinstance(each, Tensor) else each for each in args], op.meets, op.explain)
    if op.variadic:
        made = apply(op, ([_widened(apply, each) for each in many], *args[1:]))
    else:
        made = apply(op, tuple([_widened(apply, each) for each in args]))
    if common not in dtypes.HALVES or any(isinstance(each, DType) for each in args):
        return made
    if isinstance(made, tuple):
        return op.result_type(*[_rounded(apply, each, common) for each in made])
    return _rounded(apply, made, common)


def _widened(apply: Apply, value: Any) -> Any:
    if isinstance(value, Tensor) and value.dtype in dtypes.HALVES:
        return apply(cast, (value, dtypes.float32))
    return value


def _rounded(apply: Apply, result: Tensor, half: DType) -> Tensor:
    if result.dtype is not dtypes.float32:
        return result
    rounded: Tensor = apply(cast, (result, half))
    return rounded
