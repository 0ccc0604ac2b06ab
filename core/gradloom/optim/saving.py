"""An optimizer's state as PyTorch lays it out in files, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import numpy.typing as npt

from gradloom.dtypes import float32
from gradloom.tensor import Tensor

Array = npt.NDArray[Any]


def packed(state: Mapping[Any, Any], groups: list[dict[str, Any]]) -> dict[str, Any]:
    """`{"state": ..., "param_groups": ...}`, each parameter by its number, counted over all groups."""
    numbers: dict[int, int] = {}
    for param in (param for group in groups for param in group["params"]):
        numbers.setdefault(id(param), len(numbers))
    return {
        "state": {numbers.get(id(key), key): value for key, value in state.items()},
        "param_groups": [
            {key: value for key, value in group.items() if key != "params"}
            | {"params": [numbers[id(param)] for param in group["params"]]}
            for group in groups
        ],
    }


def adopted(
    state_dict: dict[str, Any], groups: list[dict[str, Any]]
) -> tuple[defaultdict[Any, Any], list[dict[str, Any]]]:
    """State and groups for the parameters of `groups` from a saved dict, copied.

    Raises:
        ValueError: the groups differ in number or size.
    """
    saved = deepcopy(state_dict["param_groups"])
    if len(saved) != len(groups):
        raise ValueError("loaded state dict has a different number of parameter groups")
    if any(len(a["params"]) != len(b["params"]) for a, b in zip(saved, groups, strict=True)):
        raise ValueError(
            "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
        )
    owners = {
        number: (param, new)
        for new, group in zip(saved, groups, strict=True)
        for number, param in zip(new["params"], group["params"], strict=True)
    }
    state: defaultdict[Any, Any] = defaultdict(dict)
    for number, value in state_dict["state"].items():
        if number in owners:
            param, group = owners[number]
            state[param] = _cast(value, param, group)
        else:
            state[number] = value
    for new, group in zip(saved, groups, strict=True):
        new["params"] = group["params"]
        if "param_names" in group:
            new.setdefault("param_names", group["param_names"])
    return state, saved


def _cast(value: Any, param: Tensor, group: dict[str, Any], key: Any = None) -> Any:
    """A copy of `value` whose tensors have the parameter's dtype; the count of steps keeps its own."""
    if isinstance(value, Tensor):
        if key == "step":
            exact = group.get("capturable") or group.get("fused")
            return value.detach().to(float32 if exact else value.dtype, copy=True)
        dtype = param.dtype if param.is_floating_point() else value.dtype
        return value.detach().to(dtype, copy=True)
    if isinstance(value, dict):
        return {name: _cast(each, param, group, name) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_cast(each, param, group) for each in value)
    return deepcopy(value)


def padded(array: Array) -> Array:
    """A complex array as a real one with a last dim of size 2, sharing its memory."""
    return array[..., None].view(array.real.dtype)
