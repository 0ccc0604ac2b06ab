"""Parameters that are computed from others: each is a property that runs the modules registered for it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gradloom.autograd.grad_mode import no_grad
from gradloom.nn.containers import ModuleDict, ModuleList
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.tensor import Tensor

_UNLESS = "unless the `unsafe` flag is enabled"


class _Cache:
    """What was computed within `cached()`, by module and name."""

    depth = 0
    values: dict[tuple[int, str], Tensor] = {}


@contextmanager
def cached() -> Iterator[None]:
    """Within the block every parametrized tensor is computed once."""
    _Cache.depth += 1
    try:
        yield
    finally:
        _Cache.depth -= 1
        if not _Cache.depth:
            _Cache.values = {}


class ParametrizationList(ModuleList):
    """The modules that one tensor runs through, and the tensor, or the several, that they start from."""

    original: Any

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        start = self._start(original)
        self.is_tensor = isinstance(start, Tensor)
        self.ntensors = 1 if self.is_tensor else len(start)
        if self.is_tensor:
            if start.dtype is not dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                    f"original.dtype: {dtype}\nright_inverse(original).dtype: {start.dtype}"
                )
            original.data = start.detach()
            _register(self, "original", original)
        else:
            self._register_several(start, original)
        if not unsafe:
            self._check(self(), shape, dtype)

    def _start(self, original: Tensor) -> Any:
        """What the modules must start from to give `original`, as far as they can say."""
        start: Any = original
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    try:
                        start = module.right_inverse(start)
                    except NotImplementedError:
                        continue
        if not isinstance(start, (Tensor, Sequence)):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got "
                f"{type(start).__name__}"
            )
        return start

    def _register_several(self, start: Sequence[Any], original: Tensor) -> None:
        for at, each in enumerate(start):
            if not isinstance(each, Tensor):
                raise ValueError(
                    "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got "
                    f"element {at} of the sequence with type {type(each).__name__}."
                )
            tensor = Parameter(each, original.requires_grad) if isinstance(original, Parameter) else each
            _register(self, f"original{at}", tensor.requires_grad_(original.requires_grad))

    def _check(self, result: Any, shape: Any, dtype: Any) -> None:
        if not isinstance(result, Tensor):
            raise ValueError(f"A parametrization must return a tensor. Got {type(result).__name__}.")
        words = (
            "Registering a parametrization may not change the {} of the tensor, unless `unsafe` flag is "
            "enabled.\n"
        )
        if result.dtype is not dtype:
            raise ValueError(
                f"{words.format('dtype')}unparametrized dtype: {dtype}\nparametrized dtype: {result.dtype}"
            )
        if result.shape != shape:
            raise ValueError(
                f"{words.format('shape')}unparametrized shape: {shape}\nparametrized shape: {result.shape}"
            )

    def right_inverse(self, value: Any) -> None:
        """Change what the modules start from so that they give `value`.

        RuntimeError if one of them cannot say how, ValueError if what they say does not fit.
        """
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                value = module.right_inverse(value)
            if self.is_tensor:
                self._restart("original", value, "The tensor returned by `right_inverse`")
                return
            if len(value) != self.ntensors:
                raise ValueError(
                    "'right_inverse' must return a sequence of tensors of length "
                    f"{self.ntensors}. Got a sequence of length {len(value)}."
                )
            for at, each in enumerate(value):
                self._restart(f"original{at}", each, f"Tensor {at} returned by `right_inverse`")

    def _restart(self, name: str, value: Any, what: str) -> None:
        if not isinstance(value, Tensor):
            raise ValueError(f"`right_inverse` should return a tensor. Got {type(value).__name__}")
        held = getattr(self, name)
        if value.dtype is not held.dtype:
            raise ValueError(f"{what} has dtype {value.dtype} while `{name}` has dtype {held.dtype}")
        held.data = value.detach()

    def forward(self) -> Any:
        first, *others = self
        starts = (
            (self.original,)
            if self.is_tensor
            else tuple(getattr(self, f"original{at}") for at in range(self.ntensors))
        )
        result = first(*starts)
        for module in others:
            result = module(result)
        return result


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Let `module`'s parameter or buffer of this name be what `parametrization` makes of it.

    If the parametrization has a method `right_inverse`, the tensor keeps its value and can be assigned to.
    Several are run one after the other.

    Raises:
        ValueError: there is no such tensor or, unless `unsafe`, its shape or dtype would change.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_further(module, tensor_name, parametrization)
        module.parametrizations[tensor_name].append(parametrization)
        module.parametrizations[tensor_name].unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        parametrizations = ParametrizationList([parametrization], original, unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _give_own_class(module)
            module.parametrizations = ModuleDict()
        _give_property(module, tensor_name)
        module.parametrizations[tensor_name] = parametrizations
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    return module


def _check_further(module: Module, name: str, parametrization: Any) -> None:
    """ValueError if one more parametrization would change shape or dtype, there or back."""
    before = getattr(module, name)
    after = parametrization(before)
    if not isinstance(after, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(after).__name__}.")
    for what in ("dtype", "shape"):
        one, other = getattr(before, what), getattr(after, what)
        if one != other:
            raise ValueError(
                f"Registering a parametrization may not change the {what} of the tensor, {_UNLESS}.\n"
                f"module.{name}.{what}: {one}\nparametrization(module.{name}).{what}: {other}"
            )
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        back = parametrization.right_inverse(after)
    except NotImplementedError:
        return
    if not isinstance(back, Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(back).__name__}")
    for what in ("dtype", "shape"):
        one, other = getattr(before, what), getattr(back, what)
        if one != other:
            raise ValueError(
                f"The tensor returned by parametrization.right_inverse must have the same {what} as "
                f"module.{name}, {_UNLESS}.\nmodule.{name}.{what}: {one}\nreturned {what}: {other}"
            )


def _give_own_class(module: Module) -> None:
    """A class of its own, so that it can have properties that others of its kind have not."""
    kind = type(module)

    def refuse(self: Module) -> Any:
        raise RuntimeError(
            "Serialization of parametrized modules is only supported through state_dict(). See:\n"
            "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
            "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
        )

    def deepcopy(self: Module, memo: dict[int, Any]) -> Module:
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__ = copy.deepcopy(self.__dict__, memo)
        return twin

    methods: dict[str, Any] = {"__getstate__": refuse}
    if not hasattr(kind, "__deepcopy__"):
        methods["__deepcopy__"] = deepcopy
    module.__class__ = type(f"Parametrized{kind.__name__}", (kind,), methods)


def _give_property(module: Module, name: str) -> None:
    def get(self: Any) -> Any:
        compute = self.parametrizations[name]
        if not _Cache.depth:
            return compute()
        key = id(self), name
        if key not in _Cache.values:
            _Cache.values[key] = compute()
        return _Cache.values[key]

    def set_(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(get, set_))


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether the module's tensor of this name, or any, is parametrized."""
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make the tensor an ordinary parameter or buffer again, with the value it has, or had at first.

    ValueError if it is not parametrized, or began as several tensors, which no longer exist as one.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    held = module.parametrizations[tensor_name]
    if not held.is_tensor and not leave_parametrized:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms "
            "of a sequence of tensors."
        )
    value = getattr(module, tensor_name)
    if held.is_tensor:
        original = held.original
        if leave_parametrized:
            original.data = value.detach()
    else:
        original = Parameter(value.detach()) if value.requires_grad else value
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class that the module had before."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """Parametrize `to_module` as `from_module` is, starting from the same tensors."""
    if not is_parametrized(from_module):
        return to_module
    names = list(from_module.parametrizations) if tensor_name is None else [tensor_name]
    for name in names:
        held = from_module.parametrizations[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name).detach()))
        for parametrization in held:
            register_parametrization(to_module, name, parametrization)
        for start in ("original", *(f"original{at}" for at in range(held.ntensors))):
            if hasattr(held, start):
                setattr(to_module.parametrizations[name], start, getattr(held, start))
    return to_module


def _register(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)
