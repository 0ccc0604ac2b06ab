"""Optimizer: parameter groups and per-parameter state; subclasses say how one parameter moves."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom import dtypes
from gradloom.autograd.grad_mode import enable_grad, set_grad_enabled, whole
from gradloom.optim.hooks import (
    Hooked,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)
from gradloom.optim.saving import adopted, packed, padded
from gradloom.optim.settings import numbers
from gradloom.tensor import Tensor, wrap

__all__ = [
    "Group",
    "Optimizer",
    "Params",
    "State",
    "register_optimizer_step_post_hook",
    "register_optimizer_step_pre_hook",
    "required",
]

State: TypeAlias = dict[str, Any]
Group: TypeAlias = dict[str, Any]
Array: TypeAlias = npt.NDArray[Any]
Params: TypeAlias = Iterable[Tensor] | Iterable[Group] | Iterable[tuple[str, Tensor]]


class _Required:
    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()
"""As a default: every group must bring this setting itself."""


class Optimizer(Hooked):
    """Base of all optimizers.

    A subclass passes its defaults to `super().__init__` and defines `update`, which changes the values of one
    parameter in place; or, PyTorch's way, it overrides `step` and does everything there.

    Example:
        >>> class SignSGD(Optimizer):
        ...     def __init__(self, params, lr: float = 1e-3):
        ...         super().__init__(params, {"lr": lr})
        ...     def update(self, values, gradient, state, group):
        ...         values -= group["lr"] * np.sign(gradient)

    Attributes:
        defaults: the settings of groups that bring none of their own.
        param_groups: a dict of settings for each group, with its parameters under "params".
        state: what the optimizer remembers, a dict for each parameter.

    Raises:
        ValueError: no parameters, one that is not a leaf, or one in two groups.
        TypeError: something that is not a tensor.
    """

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {_name_of_type(params)}"
            )
        self.defaults = defaults
        self.state: defaultdict[Any, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        self._start()
        entries: list[Any] = list(params)
        if not entries:
            raise ValueError("optimizer got an empty parameter list")
        groups = entries if isinstance(entries[0], dict) else [{"params": entries}]
        for group in groups:
            self.add_param_group(group)

    def _start(self) -> None:
        """What no copy and no file carries."""
        self._clear_hooks()

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_own_step" not in self.__dict__:
            self._start()
        for group in self.param_groups:  # saved by a version that did not know all settings of today
            group.update({name: each for name, each in self.defaults.items() if name not in group})

    def add_param_group(self, param_group: Group) -> None:
        """Add parameters with settings of their own; what they leave out comes from the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        names, params = _named(param_group["params"])
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for param in params:
            self._check_parameter(param)
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(
                    f"parameter group didn't specify a value of required optimization parameter {name}"
                )
            param_group.setdefault(name, default)
        if len(set(params)) < len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause "
                "an error; see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=3,
            )
        for group in self.param_groups:
            if ("param_names" in param_group) != ("param_names" in group):
                which = "with" if "param_names" in param_group else "without"
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param group "
                    f"{which} names to the optimizer"
                )
        if not {param for group in self.param_groups for param in group["params"]}.isdisjoint(params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    def _check_parameter(self, param: Any) -> None:
        if not isinstance(param, Tensor):
            raise TypeError(
                f"optimizer can only optimize Tensors, but one of the params is {_name_of_type(param)}"
            )
        kept = param.is_leaf or getattr(param, "retains_grad", False)
        if not (kept or self.defaults.get("differentiable")):
            raise ValueError("can't optimize a non-leaf Tensor")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient; returns the loss that `closure`, if given, computes.

        With the setting `differentiable` the arithmetic is recorded, and gradients flow through the step.
        """
        loss = self._evaluate(closure)
        for group in self.param_groups:
            if group.get("differentiable"):
                self._recorded_step(group)
            else:
                self._plain_step(group)
        return loss

    def _plain_step(self, group: Group) -> None:
        settings = numbers(group)
        with np.errstate(all="ignore"):
            for param in group["params"]:
                if param.grad is None:
                    continue
                state = self.state.get(param, {})
                move = self.update if param.array.dtype.kind != "c" else self._update_complex
                move(param.array, param.grad.array, state, settings)
                if state:
                    self.state[param] = state
                param._counter[0] += 1

    def update(self, values: Array, gradient: Array, state: State, group: Group) -> None:
        """Change `values` in place; `state`, empty at first, is this parameter's, `group` the settings.

        The settings are plain numbers, also where a tensor was given. With `differentiable`, values, gradient
        and state are tensors.
        """
        raise NotImplementedError

    def _update_complex(self, values: Array, gradient: Array, state: State, group: Group) -> None:
        """A complex parameter moves as two real ones side by side; its state is complex again."""
        whole = values.shape
        parts = {key: padded(kept.array) if _is_complex(kept) else kept for key, kept in state.items()}
        real = {key: wrap(kept) if isinstance(kept, np.ndarray) else kept for key, kept in parts.items()}
        self.update(padded(values), padded(gradient), real, group)
        for key, kept in real.items():
            if isinstance(kept, Tensor) and kept.array.shape == (*whole, 2):
                state[key] = wrap(kept.array.view(values.dtype).reshape(whole))
            else:
                state[key] = kept

    def _recorded_step(self, group: Group) -> None:
        with set_grad_enabled(True), np.errstate(all="ignore"):
            for param in group["params"]:
                if param.grad is not None:
                    self.update(param, param.grad, self.state[param], group)

    def _evaluate(self, closure: Callable[[], Any] | None) -> Any:
        if closure is None:
            return None
        with enable_grad():
            return closure()

    @whole
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop all gradients, or fill them with zeros."""
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none or param.grad is None:
                    param.grad = None
                else:
                    param.grad.detach_().zero_()

    # For the formulas

    def counted(self, state: State, group: Group) -> float:
        """Count this step in `state`; returns the count, 1 at the first step.

        Raises:
            AssertionError: the group asks for `capturable`, which needs a GPU.
        """
        if group.get("capturable"):
            self._refuse_capturable()
        step = state.get("step")
        if not isinstance(step, Tensor):
            step = state["step"] = self.scalar(step or 0.0, group)
        count: float = step.array.item() + 1
        step.array.fill(count)
        return count

    def scalar(self, value: float, group: Group) -> Tensor:
        """A number of the state as PyTorch keeps it: a tensor, float64 only if that is the default dtype."""
        double = dtypes.get_default_dtype() is dtypes.float64 and not group.get("fused")
        return wrap(np.array(value, np.float64 if double else np.float32))

    _captured: ClassVar[str] = "params and state_steps"
    _capturing: ClassVar[tuple[str, ...]] = ("cuda", "xpu", "hpu", "privateuseone", "xla")

    def _refuse_capturable(self) -> None:
        raise AssertionError(
            f"If capturable=True, {self._captured} must be on supported devices: {list(self._capturing)}."
        )

    # State in and out

    def state_dict(self) -> dict[str, Any]:
        """State by the parameter's number and the groups' settings, in PyTorch's layout.

        The tensors in it are the optimizer's own: the next step changes them.
        """
        for before in self._state_dict_pre_hooks.values():
            before(self)
        state_dict = packed(self.state, self.param_groups)
        for after in self._state_dict_post_hooks.values():
            changed = after(self, state_dict)
            state_dict = state_dict if changed is None else changed
        return state_dict

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a copy of what `state_dict` returned for an equal set of parameters.

        Raises:
            ValueError: the groups differ in number or size.
        """
        state_dict = state_dict.copy()
        for before in self._load_state_dict_pre_hooks.values():
            changed = before(self, state_dict)
            state_dict = state_dict if changed is None else changed
        state, groups = adopted(state_dict, self.param_groups)
        self.__setstate__({"state": state, "param_groups": groups})
        for after in self._load_state_dict_post_hooks.values():
            after(self)

    def __repr__(self) -> str:
        groups = []
        for i, group in enumerate(self.param_groups):
            settings = [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
            groups.append("\n".join([f"Parameter Group {i}", *settings]))
        return f"{type(self).__name__} (\n" + "\n\n".join(groups) + "\n)"


def _named(given: Any) -> tuple[list[str], list[Any]]:
    """The names and the parameters of a group; no names if it holds parameters alone."""
    if isinstance(given, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of "
            "tensors in sets will change between runs. Please use a list instead."
        )
    listed = [given] if isinstance(given, Tensor) else list(given)
    names = [entry[0] for entry in listed if isinstance(entry, tuple)]
    if names and len(names) < len(listed):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    return names, [entry[1] for entry in listed] if names else listed


def _name_of_type(value: object) -> str:
    if isinstance(value, Tensor):
        name: str = value.type()
        return name
    module = type(value).__module__
    return type(value).__qualname__ if module == "builtins" else f"{module}.{type(value).__qualname__}"


def _is_complex(value: object) -> bool:
    return isinstance(value, Tensor) and value.array.dtype.kind == "c"
