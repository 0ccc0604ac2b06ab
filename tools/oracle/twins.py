"""One value in two engines: PyTorch's tensors, dtypes and containers as Gradloom's, and how near they are."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

import gradloom

# On a busy machine PyTorch's threads spend their time waiting for each other.
torch.set_num_threads(1)

TOLERANCES = {
    "float64": (1e-7, 1e-9, 1e-12), "complex128": (1e-7, 1e-9, 1e-12), "float32": (1e-4, 2e-5, 2e-6),
    "complex64": (1e-4, 2e-5, 2e-6), "float16": (2e-3, 2e-3, 2e-3), "bfloat16": (1.6e-2, 1.6e-2, 1.6e-2),
}  # fmt: skip
"""By dtype: relative, absolute, and relative to the largest number in the tensor."""


class Differs(AssertionError):
    """Something that is not as PyTorch has it, in words."""


def array_of(tensor: torch.Tensor) -> np.ndarray[Any, Any]:
    """The values of a PyTorch tensor as an array of its own, as it lies in memory."""
    plain = tensor.detach().resolve_conj().resolve_neg()
    if plain.dtype is torch.bfloat16:
        words = array_of(plain.view(torch.int16))
        return words.view(gradloom.bfloat16.numpy)
    whole = plain.untyped_storage().nbytes() // plain.element_size()
    if plain.numel() < whole and 0 not in plain.stride():
        memory = plain.as_strided((whole,), (1,), 0).numpy().copy()
        width = memory.itemsize
        steps = [step * width for step in plain.stride()]
        return np.ndarray(tuple(plain.shape), memory.dtype, memory, plain.storage_offset() * width, steps)
    return plain.numpy(force=True).copy(order="K")


def with_gaps(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The same values in memory that is not contiguous."""
    return np.repeat(array[..., None], 2, axis=-1)[..., 0] if array.ndim else array


class Twins:
    """Translates values into Gradloom's, the same tensor always to the same twin.

    Args:
        strided: give the twins memory with gaps.
    """

    def __init__(self, strided: bool = False) -> None:
        self.strided = strided
        self.pairs: list[tuple[torch.Tensor, gradloom.Tensor]] = []

    def __call__(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return self._tensor(value)
        if isinstance(value, torch.dtype):
            return getattr(gradloom, str(value).removeprefix("torch."))
        if isinstance(value, torch.device):
            return gradloom.device(value.type)
        if isinstance(value, (torch.memory_format, torch.layout)):
            return getattr(gradloom, str(value).removeprefix("torch."))
        if isinstance(value, torch.Size):
            return tuple(value)
        if isinstance(value, slice):
            return slice(self(value.start), self(value.stop), self(value.step))
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return tuple(map(self, value))
        if isinstance(value, (list, tuple)):
            return type(value)(map(self, value))
        if isinstance(value, dict):
            return {name: self(each) for name, each in value.items()}
        if isinstance(value, torch.nn.Module):
            return self._module(value)
        if callable(value) and not isinstance(value, type):
            return rebound(value)
        return value

    def _tensor(self, tensor: torch.Tensor) -> gradloom.Tensor:
        for known, twin in self.pairs:
            if known is tensor:
                return twin
        array = array_of(tensor)
        twin = gradloom.from_numpy(with_gaps(array) if self.strided else array)
        if isinstance(tensor, torch.nn.Parameter):
            twin = gradloom.nn.Parameter(twin, tensor.requires_grad)
        elif tensor.requires_grad:
            twin.requires_grad_()
        self.pairs.append((tensor, twin))
        return twin

    def _module(self, module: torch.nn.Module) -> gradloom.nn.Module:
        """A module of the same class whose settings, parameters and modules are twins."""
        kind = (
            getattr(gradloom.nn, type(module).__name__, None)
            or gradloom.nn.linear.__dict__[type(module).__name__]
        )
        twin = object.__new__(kind)
        gradloom.nn.Module.__init__(twin)
        tables = vars(torch.nn.Module())
        for name, value in vars(module).items():
            if name not in tables or name == "training":
                setattr(twin, name, self(value))
        for table in ("_parameters", "_buffers", "_modules"):
            vars(twin)[table].update({name: self(value) for name, value in vars(module)[table].items()})
        return twin

    @property
    def leaves(self) -> list[tuple[torch.Tensor, gradloom.Tensor]]:
        """The pairs that gradients are wanted for."""
        return [pair for pair in self.pairs if pair[0].requires_grad]


def rebound(function: Any) -> Any:
    """A function of PyTorch's test suite with `torch` in it read as Gradloom."""
    if isinstance(function, types.FunctionType) and not function.__module__.startswith("torch.nn"):
        cells = tuple(_rebound_cell(cell) for cell in function.__closure__ or ())
        scope = {**function.__globals__, "torch": gradloom, "F": gradloom.nn.functional}
        if "wrapper_set_seed" in function.__code__.co_names:  # what draws is called through it
            scope["wrapper_set_seed"] = rebound(scope["wrapper_set_seed"])
        copy = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells)
        copy.__kwdefaults__ = function.__kwdefaults__
        return copy
    return by_name(function) if callable(function) else function


def _rebound_cell(cell: types.CellType) -> types.CellType:
    held = cell.cell_contents
    return types.CellType(
        rebound(held) if isinstance(held, (types.FunctionType, types.BuiltinFunctionType)) else held
    )


def by_name(function: Any) -> Any:
    """Gradloom's function of the same name and place; AttributeError if there is none."""
    module = getattr(function, "__module__", None) or "torch"
    name = function.__name__
    places = [gradloom]
    if module.startswith(("torch.nn", "torch._C._nn")):
        places = [gradloom.nn.functional, gradloom]
    for place in places:
        if hasattr(place, name):
            return getattr(place, name)
    return getattr(gradloom.Tensor, name)


def flat(result: Any) -> list[Any]:
    """All values in nested results, in order."""
    if isinstance(result, (tuple, list)) and not isinstance(result, (torch.Size, gradloom.Size)):
        return [value for each in result for value in flat(each)]
    return [result]


def name_of(dtype: Any) -> str:
    """A dtype's bare name in either engine."""
    return str(dtype).rpartition(".")[2]


def compare(ours: Any, theirs: Any, what: str, *, values: bool = True, slack: float = 1.0) -> None:
    """Differs, naming `what`, unless both results have the same structure, dtypes, shapes and values."""
    one, other = flat(ours), flat(theirs)
    if len(one) != len(other):
        raise Differs(f"{what}: {len(one)} results, not {len(other)}")
    for mine, its in zip(one, other, strict=True):
        if isinstance(its, torch.Tensor):
            _compare_tensor(mine, its, what, values, slack)
        elif isinstance(its, (torch.Size, list, tuple)):
            if list(mine) != list(its):
                raise Differs(f"{what}: {mine}, not {its}")
        elif isinstance(its, torch.dtype):
            if name_of(mine) != name_of(its):
                raise Differs(f"{what}: {mine}, not {its}")
        elif values and not _near(np.asarray(mine), np.asarray(its), (1e-6, 1e-8)):
            raise Differs(f"{what}: {mine!r}, not {its!r}")


def _compare_tensor(mine: Any, its: torch.Tensor, what: str, values: bool, slack: float) -> None:
    if not isinstance(mine, gradloom.Tensor):
        raise Differs(f"{what}: a {type(mine).__name__}, not a tensor")
    if name_of(mine.dtype) != name_of(its.dtype):
        raise Differs(f"{what}: {name_of(mine.dtype)}, not {name_of(its.dtype)}")
    if tuple(mine.shape) != tuple(its.shape):
        raise Differs(f"{what}: shape {tuple(mine.shape)}, not {tuple(its.shape)}")
    if not values:
        return
    rtol, atol, share = TOLERANCES.get(name_of(its.dtype), (0.0, 0.0, 0.0))
    got, wanted = _wide(mine.array), _wide(array_of(its))
    if share:
        atol += share * float(np.abs(np.where(np.isfinite(wanted), wanted, 0)).max(initial=0))
    if not _near(got, wanted, (rtol * slack, atol * slack)):
        raise Differs(f"{what}: {_worst(got, wanted)}")


def _wide(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.astype(np.float64) if array.dtype.kind in "Vf" else array


def _near(got: Any, wanted: Any, tolerance: tuple[float, float]) -> bool:
    if got.dtype.kind not in "fc" and wanted.dtype.kind not in "fc":
        return bool(np.array_equal(got, wanted))
    with np.errstate(all="ignore"):
        return bool(np.allclose(got, wanted, *tolerance, equal_nan=True))


def _worst(got: Any, wanted: Any) -> str:
    if not got.size:
        return "differs"
    with np.errstate(all="ignore"):
        off = np.abs(got.astype(complex) - wanted.astype(complex))
        off = np.where(np.isnan(off) & ~(np.isnan(got) & np.isnan(wanted)) & (got != wanted), np.inf, off)
    at = np.unravel_index(int(np.argmax(np.nan_to_num(off, nan=-1.0, posinf=np.inf))), got.shape)
    return f"{got[at]!r} at {list(map(int, at))}, not {wanted[at]!r}"


def every_nth(items: Iterator[Any], most: int) -> list[Any]:
    """At most `most` of the items, spread over all of them."""
    found = list(items)
    step = max(1, -(-len(found) // most))
    return found[::step]


Change = Callable[[torch.Tensor], torch.Tensor]


def changed(value: Any, change: Change) -> Any:
    """The value with `change` applied to every floating-point tensor in it."""
    if isinstance(value, torch.Tensor):
        if not (value.is_floating_point() or value.is_complex()):
            return value
        return change(value.detach()).requires_grad_(value.requires_grad)
    if (
        isinstance(value, (list, tuple))
        and not hasattr(value, "_fields")
        and not isinstance(value, torch.Size)
    ):
        return type(value)(changed(each, change) for each in value)
    if isinstance(value, dict):
        return {name: changed(each, change) for name, each in value.items()}
    return value


def sprinkled(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor with inf, -inf and nan here and there."""
    whole = tensor.clone().reshape(-1)
    for offset, strange in enumerate((float("inf"), float("-inf"), float("nan"))):
        whole[offset::7] = strange
    return whole.reshape(tensor.shape)


CHANGES: dict[str, Change] = {
    "ties": lambda tensor: torch.round(tensor.real).to(tensor.dtype),
    "large": lambda tensor: tensor * 60,
    "strange": sprinkled,
}
"""What stock samples miss: ties and zeros, values that overflow, and values that are no numbers."""
