"""A module's state as a dict of tensors, and back."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gradloom.autograd.grad_mode import no_grad
from gradloom.nn.module.hooks import Table, registered
from gradloom.nn.module.tree import Tree
from gradloom.nn.parameter import Parameter, is_lazy
from gradloom.tape import RemovableHandle
from gradloom.tensor import Tensor

_EXTRA = "_extra_state"
_ASSIGN = "assign_to_params_buffers"


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` found on one side only."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class Stateful(Tree):
    """A tree whose parameters and buffers can be taken out and put back by name."""

    _version: int = 1
    _state_dict_hooks: Table
    _state_dict_pre_hooks: Table
    _load_state_dict_pre_hooks: Table
    _load_state_dict_post_hooks: Table

    # Out

    def state_dict(
        self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """Every parameter and persistent buffer by dotted name; the tensors share memory with the module.

        With `keep_vars` they are the parameters themselves, or else they are detached.
        """
        if args:
            warnings.warn(
                "Positional args are being deprecated, use kwargs instead.", FutureWarning, stacklevel=2
            )
            given = dict(zip(("destination", "prefix", "keep_vars"), args, strict=False))
            return self.state_dict(
                **{"destination": destination, "prefix": prefix, "keep_vars": keep_vars, **given}
            )
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        for hook in tuple(self._state_dict_pre_hooks.values()):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in tuple(self._state_dict_hooks.values()):
            replaced = hook(self, destination, prefix, metadata)
            destination = destination if replaced is None else replaced
        state: dict[str, Any] = destination
        return state

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        """Put this module's own tensors into `destination`, not those of the modules below."""
        for name, tensor in (*self._parameters.items(), *self._buffers.items()):
            if tensor is not None and name not in self._non_persistent_buffers_set:
                kept = keep_vars or is_lazy(tensor)
                destination[prefix + name] = tensor if kept else tensor.detach()
        if self._has_extra_state("get_extra_state"):
            destination[prefix + _EXTRA] = self.get_extra_state()

    def get_extra_state(self) -> Any:
        """What `state_dict` should hold besides parameters and buffers, for modules that override this."""
        raise RuntimeError(f"{type(self).__name__} has no extra state")

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` gave."""
        raise RuntimeError(f"{type(self).__name__} has no extra state")

    def _has_extra_state(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(Stateful, method)

    # In

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy values from `state_dict` into this module's parameters and buffers.

        With `assign` the tensors themselves take the place of the module's.

        Raises:
            RuntimeError: a shape differs or, when `strict`, a key is missing or unexpected; each is named.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        found = IncompatibleKeys([], [])
        errors: list[str] = []
        # A copy, because hooks may change it.
        self._load(dict(state_dict), "", getattr(state_dict, "_metadata", None), assign, found, errors)
        if strict and found.unexpected_keys:
            errors.insert(0, f"Unexpected key(s) in state_dict: {_quoted(found.unexpected_keys)}. ")
        if strict and found.missing_keys:
            errors.insert(0, f"Missing key(s) in state_dict: {_quoted(found.missing_keys)}. ")
        if errors:
            listed = "\n\t".join(errors)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{listed}")
        return found

    def _load(
        self,
        state: dict[str, Any],
        prefix: str,
        metadata: Mapping[str, Any] | None,
        assign: bool,
        found: IncompatibleKeys,
        errors: list[str],
    ) -> None:
        """Load this module, then those below, each from the part of `state` that is its own."""
        local = dict((metadata or {}).get(prefix[:-1], {}))
        if assign:
            local[_ASSIGN] = True
        self._load_from_state_dict(
            state, prefix, local, True, found.missing_keys, found.unexpected_keys, errors
        )
        for name, module in self._modules.items():
            if module is not None:
                path = f"{prefix}{name}."
                share = {key: value for key, value in state.items() if key.startswith(path)}
                module._load(share, path, metadata, assign, found, errors)
        for hook in tuple(self._load_state_dict_post_hooks.values()):
            if hook(self, found) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return "
                    "new values, if incompatible_keys need to be modified, it should be done inplace."
                )

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Load this module's own tensors. Subclasses override it to read states of earlier versions."""
        for hook in tuple(self._load_state_dict_pre_hooks.values()):
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        own = {
            name: tensor
            for name, tensor in (*self._parameters.items(), *self._buffers.items())
            if tensor is not None and name not in self._non_persistent_buffers_set
        }
        for name, tensor in own.items():
            key = prefix + name
            if key in state_dict:
                self._take(name, tensor, key, state_dict[key], _ASSIGN in local_metadata, error_msgs)
            elif strict:
                missing_keys.append(key)
        self._load_extra_state(state_dict, prefix + _EXTRA, strict, missing_keys, unexpected_keys)
        if strict:
            others = (key for key in state_dict if key.startswith(prefix) and key != prefix + _EXTRA)
            unexpected_keys.extend(key for key in others if not self._knows(key[len(prefix) :], own))

    def _take(self, name: str, tensor: Tensor, key: str, given: Any, assign: bool, errors: list[str]) -> None:
        if not isinstance(given, Tensor):
            errors.append(
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object '
                f"from checkpoint but received {type(given)}"
            )
            return
        if not is_lazy(tensor):
            if tensor.ndim == 0 and given.shape == (1,):
                given = given[0]
            if given.shape != tensor.shape:
                errors.append(
                    f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, "
                    f"the shape in current model is {tensor.shape}."
                )
                return
        if not assign:
            with no_grad():
                tensor.copy_(given)
        elif isinstance(tensor, Parameter):
            taken = given if isinstance(given, Parameter) else Parameter(given, tensor.requires_grad)
            setattr(self, name, taken.requires_grad_(tensor.requires_grad))
        else:
            setattr(self, name, given)

    def _load_extra_state(
        self, state: dict[str, Any], key: str, strict: bool, missing: list[str], unexpected: list[str]
    ) -> None:
        if self._has_extra_state("set_extra_state"):
            if key in state:
                self.set_extra_state(state[key])
            elif strict:
                missing.append(key)
        elif strict and key in state:
            unexpected.append(key)

    def _knows(self, name: str, own: Mapping[str, Tensor]) -> bool:
        first, dot, _ = name.partition(".")
        return first in (self._modules if dot else own)

    # Hooks

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before this module's state is taken."""
        return registered(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, metadata)`, which may change the dict but returns None."""

        def in_place_only(*args: Any) -> None:
            if hook(*args) is not None:
                raise RuntimeError("state_dict post-hook must return None")

        return registered(self._state_dict_hooks, in_place_only)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        return registered(self._state_dict_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, metadata, strict, missing, unexpected, errors)` at first."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        return registered(self._load_state_dict_pre_hooks, WithModule(hook, self) if with_module else hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` at last; it may change the two lists in place."""
        return registered(self._load_state_dict_post_hooks, hook)


class WithModule:
    """A hook that is called with its module in front; as a class, so that it is copied with the module."""

    def __init__(self, hook: Callable[..., Any], module: Stateful) -> None:
        self.hook = hook
        self.module = module

    def __call__(self, *args: Any) -> Any:
        return self.hook(self.module, *args)


def _quoted(keys: list[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)
