"""Weights set to zero for good: a mask beside a parameter, multiplied with it before each forward."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np

from gradloom import random
from gradloom.creation import ones_like
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.nn.utils.convert_parameters import parameters_to_vector
from gradloom.tensor import Tensor, wrap

Kind = TypeVar("Kind", bound=Module)
Amount = int | float


class BasePruningMethod:
    """The hook that masks a parameter. Subclasses say which values stay, in `compute_mask`.

    `PRUNING_TYPE` says what a further pruning looks at: single values that are left ("unstructured"),
    channels that are left ("structured"), or everything ("global").
    """

    PRUNING_TYPE: ClassVar[Literal["unstructured", "structured", "global"]] = "unstructured"
    _tensor_name: str

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Ones for what stays and zeros for the rest, given how important each value is and what was left."""
        raise NotImplementedError(f"{type(self).__name__} does not say what to prune")

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    def apply_mask(self, module: Module) -> Tensor:
        """The parameter with its mask."""
        original = getattr(module, self._tensor_name + "_orig")
        masked: Tensor = getattr(module, self._tensor_name + "_mask").to(original.dtype) * original
        return masked

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune the module's parameter of this name, on top of what was pruned before."""
        method = cls(*args, **kwargs)
        method._tensor_name = name
        earlier = _hook_of(module, name)
        if earlier is not None:
            container = earlier if isinstance(earlier, PruningContainer) else PruningContainer(earlier)
            container.add_pruning_method(method)
            method = container
        original = getattr(module, name)
        if importance_scores is not None and importance_scores.shape != original.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as parameter {name} of {module}, got "
                f"{importance_scores.shape} vs {original.shape}"
            )
        scores = (original if importance_scores is None else importance_scores).detach()
        left = ones_like(scores) if earlier is None else getattr(module, name + "_mask").clone()
        mask = method.compute_mask(scores, default_mask=left)
        if earlier is None:
            del module._parameters[name]
            module.register_parameter(name + "_orig", original)
        else:
            _drop(module, name)
        module.register_buffer(name + "_mask", mask)
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(
        self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None
    ) -> Tensor:
        """`t` with what this method would prune set to zero."""
        scores = t if importance_scores is None else importance_scores
        if scores.shape != t.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as tensor t, got {scores.shape} vs {t.shape}"
            )
        left = ones_like(t) if default_mask is None else default_mask
        pruned: Tensor = t * self.compute_mask(scores.detach(), default_mask=left)
        return pruned

    def remove(self, module: Module) -> None:
        """Make the parameter an ordinary one again, with zeros where it was pruned."""
        name = self._tensor_name
        value = self.apply_mask(module)
        delattr(module, name)
        original = module._parameters.pop(name + "_orig")
        del module._buffers[name + "_mask"]
        assert isinstance(original, Parameter)
        original.data = value.detach()
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Several prunings of one parameter, of which the last one is at work."""

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        for method in args:
            self._tensor_name = getattr(self, "_tensor_name", method._tensor_name)
            self.add_pruning_method(method)

    def add_pruning_method(self, method: BasePruningMethod) -> None:
        """Add one more; TypeError or ValueError if it is none, or of another parameter."""
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if self._tensor_name != method._tensor_name:
            raise ValueError(
                f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to "
                f"PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, index: int) -> BasePruningMethod:
        return self._pruning_methods[index]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        method, mask = self._pruning_methods[-1], default_mask.array
        chosen: Any = ...
        if method.PRUNING_TYPE == "unstructured":
            chosen = mask == 1
        elif method.PRUNING_TYPE == "structured":
            dim = method.dim % t.ndim  # type: ignore[attr-defined]
            others = tuple(each for each in range(t.ndim) if each != dim)
            chosen = (slice(None),) * dim + (mask.sum(others) != 0,)
        elif method.PRUNING_TYPE != "global":
            raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
        new = mask.astype(t.array.dtype)
        partial = method.compute_mask(wrap(t.array[chosen]), default_mask=wrap(mask[chosen]))
        new[chosen] = partial.array
        return wrap(new)


class Identity(BasePruningMethod):
    """Prunes nothing, but prepares for it."""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return default_mask


class _ByAmount(BasePruningMethod):
    def __init__(self, amount: Amount) -> None:
        if isinstance(amount, bool) or not isinstance(amount, (int, float)):
            raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
        if amount < 0 or (isinstance(amount, float) and amount > 1):
            raise ValueError(
                f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer"
            )
        self.amount = amount

    def _count(self, size: int) -> int:
        """How many of `size` to prune; ValueError if there are fewer."""
        count = self.amount if isinstance(self.amount, int) else round(self.amount * size)
        if count > size:
            raise ValueError(
                f"amount={count} should be smaller than the number of parameters to prune={size}"
            )
        return count


class RandomUnstructured(_ByAmount):
    """Prunes single values at random."""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return _without(default_mask, random.rand_like(t), self._count(t.numel()), largest=True)


class L1Unstructured(_ByAmount):
    """Prunes the single values that are smallest."""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return _without(default_mask, t.abs(), self._count(t.numel()), largest=False)


def _without(mask: Tensor, scores: Tensor, count: int, largest: bool) -> Tensor:
    """The mask without the `count` values of largest or smallest score."""
    left = mask.clone()
    if count:
        pruned = scores.reshape(-1).topk(count, largest=largest).indices
        left.array.reshape(-1)[pruned.array] = 0
    return left


class _Structured(_ByAmount):
    PRUNING_TYPE = "structured"

    def __init__(self, amount: Amount, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def _pruned_channels(self, t: Tensor) -> int:
        if t.ndim <= 1:
            raise ValueError(
                "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
                f"{t.shape} with {t.ndim} dims"
            )
        if self.dim >= t.ndim:
            raise IndexError(f"Invalid index {self.dim} for tensor of size {t.shape}")
        return self._count(t.shape[self.dim])

    def _only(self, mask: Tensor, channels: Any) -> Tensor:
        """The mask without all channels that are not among these."""
        dim = self.dim % mask.ndim
        whole = np.zeros(mask.shape[dim], mask.array.dtype)
        whole[channels] = 1
        return wrap(mask.array * whole.reshape(-1, *(1,) * (mask.ndim - dim - 1)))


class RandomStructured(_Structured):
    """Prunes channels at random."""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        count = self._pruned_channels(t)
        if not count:
            return default_mask
        drawn = random.rand(t.shape[self.dim]).array
        return self._only(default_mask, drawn > np.sort(drawn)[count - 1])


class LnStructured(_Structured):
    """Prunes the channels whose norm is smallest."""

    def __init__(self, amount: Amount, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        count = self._pruned_channels(t)
        if not count:
            return default_mask
        dim = self.dim % t.ndim
        norms = t.norm(self.n, [each for each in range(t.ndim) if each != dim])
        return self._only(default_mask, norms.topk(len(norms) - count).indices.array)


class CustomFromMask(BasePruningMethod):
    """Prunes what a given mask says."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} must match self.mask shape {self.mask.shape}"
            )
        return default_mask * self.mask.to(default_mask.dtype)


# As functions


def identity(module: Kind, name: str) -> Kind:
    """Prepare a parameter for pruning without pruning it."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Kind, name: str, amount: Amount) -> Kind:
    """Prune single values of a parameter at random: a share, or a number of them."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Kind, name: str, amount: Amount, importance_scores: Tensor | None = None) -> Kind:
    """Prune the smallest values of a parameter, or those of smallest score."""
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: Kind, name: str, amount: Amount, dim: int) -> Kind:
    """Prune channels of a parameter along `dim` at random."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Kind, name: str, amount: Amount, n: Any, dim: int, importance_scores: Tensor | None = None
) -> Kind:
    """Prune the channels of a parameter along `dim` that have the smallest n-norm."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Kind, name: str, mask: Tensor) -> Kind:
    """Prune the values of a parameter for which `mask` is zero."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: dict[tuple[Module, str], Tensor] | None = None,
    **kwargs: Any,
) -> None:
    """Prune several parameters as if they were one; `kwargs` are the method's settings.

    TypeError unless the method prunes single values.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    given = importance_scores if importance_scores is not None else {}
    if not isinstance(given, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    if pruning_method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method} of type {pruning_method.PRUNING_TYPE}"
        )
    places: Sequence[tuple[Module, str]] = list(parameters)
    tensors = [getattr(module, name).detach() for module, name in places]
    scores = [given.get(place, tensor) for place, tensor in zip(places, tensors, strict=True)]
    masks = [
        getattr(module, name + "_mask", ones_like(tensor))
        for (module, name), tensor in zip(places, tensors, strict=True)
    ]
    method = pruning_method(**kwargs)
    method._tensor_name = "temp"
    whole = PruningContainer(method).compute_mask(parameters_to_vector(scores), parameters_to_vector(masks))
    start = 0
    for (module, name), tensor in zip(places, tensors, strict=True):
        stop = start + tensor.numel()
        custom_from_mask(module, name, whole[start:stop].reshape(tensor.shape))
        start = stop


def remove(module: Kind, name: str) -> Kind:
    """Make a pruned parameter an ordinary one again, with zeros where it was pruned. ValueError if it is."""
    method = _hook_of(module, name)
    if method is None:
        raise ValueError(
            f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed"
        )
    method.remove(module)
    _drop(module, name)
    return module


def is_pruned(module: Module) -> bool:
    """Whether any parameter of the module, or of those below it, is pruned."""
    return any(
        isinstance(hook.call, BasePruningMethod)
        for each in module.modules()
        for hook in each._forward_pre_hooks.values()
    )


def _hook_of(module: Module, name: str) -> BasePruningMethod | None:
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook.call, BasePruningMethod) and hook.call._tensor_name == name:
            return hook.call
    return None


def _drop(module: Module, name: str) -> None:
    """Take the pruning hook of this parameter off."""
    for key, hook in tuple(module._forward_pre_hooks.items()):
        if isinstance(hook.call, BasePruningMethod) and hook.call._tensor_name == name:
            del module._forward_pre_hooks[key]
