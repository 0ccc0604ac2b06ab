"""Optimizer: parameter groups and per-parameter state; subclasses say how one parameter moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.autograd.grad_mode import enable_grad
from gradloom.tensor import Tensor

Array: TypeAlias = npt.NDArray[Any]
State: TypeAlias = dict[str, Any]
Group: TypeAlias = dict[str, Any]
Params: TypeAlias = Iterable[Tensor] | Iterable[Group] | Iterable[tuple[str, Tensor]]


class Optimizer:
    """Base of all optimizers.

    A subclass passes its defaults to `super().__init__` and defines `update`, which changes the values of one
    parameter in place; or, PyTorch's way, it overrides `step` and does everything there.

    Example:
        >>> class SignSGD(Optimizer):
        ...     def __init__(self, params, lr: float = 1e-3):
        ...         super().__init__(params, {"lr": lr})
        ...     def update(self, values, gradient, state, group):
        ...         values -= group["lr"] * np.sign(gradient)

    Raises:
        ValueError: no parameters, one that is not a leaf, or one in two groups.
        TypeError: something that is not a tensor.
    """

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}"
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        self._scratch: dict[tuple[tuple[int, ...], np.dtype[Any]], list[Array]] = {}
        entries: list[Any] = list(params)
        if not entries:
            raise ValueError("optimizer got an empty parameter list")
        groups = entries if isinstance(entries[0], dict) else [{"params": entries}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: Group) -> None:
        """Add parameters with settings of their own; what they leave out comes from the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        given = param_group["params"]
        if isinstance(given, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of "
                "tensors in sets will change between runs. Please use a list instead."
            )
        listed = [given] if isinstance(given, Tensor) else list(given)
        params = [entry[1] if isinstance(entry, tuple) else entry for entry in listed]
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(param).__name__}"
                )
            if not param.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        taken = {id(param) for group in self.param_groups for param in group["params"]}
        if len({id(param) for param in params}) < len(params) or taken.intersection(map(id, params)):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append({**self.defaults, **param_group, "params": params})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient; returns the loss that `closure`, if given, computes."""
        loss = self._evaluate(closure)
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    self.update(param.array, param.grad.array, self.state[param], group)
                    param._counter[0] += 1
        return loss

    def update(self, values: Array, gradient: Array, state: State, group: Group) -> None:
        """Change `values` in place; `state`, empty at first, is this parameter's, `group` the settings."""
        raise NotImplementedError

    def _evaluate(self, closure: Callable[[], Any] | None) -> Any:
        if closure is None:
            return None
        with enable_grad():
            return closure()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop all gradients, or fill them with zeros."""
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none or param.grad is None:
                    param.grad = None
                else:
                    param.grad = param.grad.detach().zero_()

    def scratch(self, values: Array, count: int) -> list[Array]:
        """`count` work arrays shaped like `values`, kept from step to step; their content is arbitrary."""
        kept = self._scratch.setdefault((values.shape, values.dtype), [])
        while len(kept) < count:
            kept.append(np.empty_like(values))
        return kept

    def effective_gradient(self, values: Array, gradient: Array, group: Group) -> Array:
        """The gradient turned round by `maximize`, plus `weight_decay`; a work array unless unchanged."""
        work, decay = self.scratch(values, 2)[:2]
        if group["maximize"]:
            gradient = np.negative(gradient, out=work)
        if group["weight_decay"]:
            np.multiply(values, group["weight_decay"], out=decay)
            gradient = np.add(gradient, decay, out=work)
        return gradient

    def state_dict(self) -> dict[str, Any]:
        """State by the parameter's number and the groups' settings, in PyTorch's layout."""
        numbers = {id(p): i for i, p in enumerate(p for g in self.param_groups for p in g["params"])}
        groups = [
            {**group, "params": [numbers[id(p)] for p in group["params"]]} for group in self.param_groups
        ]
        state = {
            numbers[id(param)]: state for param, state in self.state.items() if state and id(param) in numbers
        }
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a copy of what `state_dict` returned for an equal set of parameters.

        Raises:
            ValueError: the groups differ in number or size.
        """
        saved = state_dict["param_groups"]
        if len(saved) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(saved, self.param_groups, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group "
                "that doesn't match the size of optimizer's group"
            )
        self.state.clear()
        for own, loaded in zip(self.param_groups, saved, strict=True):
            for number, param in zip(loaded["params"], own["params"], strict=True):
                if number in state_dict["state"]:
                    self.state[param] = _copied_for(param, state_dict["state"][number])
            own.update({key: deepcopy(value) for key, value in loaded.items() if key != "params"})

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines.extend(f"    {key}: {group[key]}" for key in sorted(group) if key != "params")
        return "\n".join([*lines, ")"])


def _copied_for(param: Tensor, state: State) -> State:
    return {
        key: value.detach().to(param.dtype, copy=True)
        if isinstance(value, Tensor) and key != "step"
        else deepcopy(value)
        for key, value in state.items()
    }
