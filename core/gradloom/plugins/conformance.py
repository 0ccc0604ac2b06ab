"""Checks for the tests of a plugin: does a layer, a loss or an optimizer do what Gradloom relies on?

Example:
    >>> def test_swish():
    ...     check_layer(Swish, np.linspace(-3, 3, 12).reshape(4, 3))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

import gradloom
from gradloom import Tensor, nn, optim
from gradloom.autograd.numerical import gradcheck
from gradloom.autograd.sweep import backward
from gradloom.plugins.catalogue import Kind, Parameter
from gradloom.plugins.describe import describe
from gradloom.plugins.values import problem_with

Array: TypeAlias = npt.NDArray[Any]

STEPS = 50


class ConformanceError(AssertionError):
    """A promise that is not kept; the message says which."""


def check_layer(factory: Callable[..., nn.Module], *inputs: Array, **parameters: Any) -> None:
    """Hold a layer to its promises, with its defaults and at the ends of its declared ranges.

    Gradients are right in float64, float32 stays float32, inputs are left as they are, a state_dict brings
    back the same outputs, and one seed gives the same bits.

    Args:
        factory: the layer's class.
        inputs: an array for each port; float ones are checked for gradients.
        parameters: those that have no default, or that are to have another value.

    Raises:
        ConformanceError: a promise that is not kept.
    """
    for settings in _settings(factory, Kind.LAYER, parameters):
        case = f"{factory.__name__}({_written(settings)})"
        _check_module(partial(factory, **settings), inputs, case)


def check_loss(factory: Callable[..., nn.Module], input: Array, target: Array, **parameters: Any) -> None:
    """Hold a loss to its promises: those of a layer, and that it gives one number.

    Args:
        factory: the loss's class.
        input: what a network might give, (N, ...).
        target: what would be right.
        parameters: those that have no default, or that are to have another value.

    Raises:
        ConformanceError: a promise that is not kept.
    """
    for settings in _settings(factory, Kind.LOSS, parameters):
        case = f"{factory.__name__}({_written(settings)})"
        result = factory(**settings)(*_tensors((input, target)))
        _require(
            result.shape == (), f"{case} must give one number, but it gave the shape {tuple(result.shape)}."
        )
        _check_module(partial(factory, **settings), (input, target), case)


def check_optimizer(factory: Callable[..., optim.Optimizer], **parameters: Any) -> None:
    """Hold an optimizer to its promises, with its defaults and at the ends of its declared ranges.

    It comes closer to a parabola's bottom, leaves a parameter without a gradient alone, and a training
    that is saved halfway goes on with the same bits.

    Args:
        factory: the optimizer's class.
        parameters: those that are to have another value, such as a learning rate that suits the parabola.

    Raises:
        ConformanceError: a promise that is not kept.
    """
    start, end = _parabola(factory, parameters, STEPS, STEPS)
    case = f"{factory.__name__}({_written(parameters)})"
    _require(
        bool(np.square(end).sum() < np.square(start).sum()),
        f"{case} does not come closer to a parabola's bottom.",
    )
    for settings in _settings(factory, Kind.OPTIMIZER, parameters):
        case = f"{factory.__name__}({_written(settings)})"
        _, whole = _parabola(factory, settings, STEPS, STEPS)
        _, resumed = _parabola(factory, settings, STEPS, STEPS // 2)
        _require(bool(np.isfinite(whole).all()), f"{case} gives weights that are not finite.")
        _require(_same(whole, resumed), f"{case} goes on differently from its own state_dict.")
        alone = nn.Parameter(gradloom.ones(3))
        factory([alone], **settings).step()
        _require(alone.tolist() == [1, 1, 1], f"{case} moves a parameter that has no gradient.")


def _settings(factory: Callable[..., Any], kind: Kind, given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The given parameters alone, and with each other one at each end of its range."""
    yield given
    for parameter in describe(factory, kind, factory.__name__).parameters:
        if parameter.name not in given and parameter.type in ("int", "float"):
            for value in _ends(parameter):
                yield {**given, parameter.name: value}


def _ends(parameter: Parameter) -> Iterator[float]:
    """The outermost values that a parameter declares to allow; near an excluded end, one close to it."""
    whole = parameter.type == "int"
    nearest = 1 if whole else 0.01
    for end, step in ((parameter.minimum, nearest), (parameter.maximum, -nearest)):
        if end is not None:
            for value in (end, end + step):
                if problem_with(parameter, int(value) if whole else value) is None:
                    yield int(value) if whole else value
                    break


def _check_module(make: Callable[[], nn.Module], inputs: tuple[Array, ...], case: str) -> None:
    first, second = _seeded(make), _seeded(make)
    _check_bits(first, second, inputs, case)
    _check_state(first, make, inputs, case)
    _check_dtype(first, inputs, case)
    _check_gradients(make, inputs, case)


def _check_bits(first: nn.Module, second: nn.Module, inputs: tuple[Array, ...], case: str) -> None:
    tensors = _tensors(inputs)
    before = [tensor.array.copy() for tensor in tensors]
    outputs = [_output(module, tensors) for module in (first, second)]
    _require(_same(*outputs), f"{case} gives other bits for the same seed.")
    _require(bool(np.isfinite(outputs[0]).all()), f"{case} gives values that are not finite.")
    unchanged = all(_same(old, tensor.array) for old, tensor in zip(before, tensors, strict=True))
    _require(unchanged, f"{case} changes its inputs.")


def _check_state(
    module: nn.Module, make: Callable[[], nn.Module], inputs: tuple[Array, ...], case: str
) -> None:
    gradloom.manual_seed(1)
    other = make()
    other.load_state_dict(module.state_dict())
    module.eval(), other.eval()
    outputs = [_output(one, _tensors(inputs)) for one in (module, other)]
    module.train()
    _require(_same(*outputs), f"{case} does not come back from its own state_dict.")


def _check_dtype(module: nn.Module, inputs: tuple[Array, ...], case: str) -> None:
    output = module(*_tensors(inputs))
    _require(output.dtype == gradloom.float32, f"{case} makes {output.dtype} of float32.")


def _check_gradients(make: Callable[[], nn.Module], inputs: tuple[Array, ...], case: str) -> None:
    module = _seeded(make).double()
    tensors = [_differentiable(array) for array in inputs]

    def seeded(*values: Tensor) -> Tensor:
        gradloom.manual_seed(0)
        result: Tensor = module(*values[: len(tensors)])
        return result

    checked = (*tensors, *module.parameters())
    if any(tensor.requires_grad for tensor in checked):
        try:
            gradcheck(seeded, checked)
        except RuntimeError as error:
            raise ConformanceError(f"{case} has a wrong gradient: {error}") from error


def _seeded(make: Callable[[], nn.Module]) -> nn.Module:
    gradloom.manual_seed(0)
    return make()


def _output(module: nn.Module, tensors: list[Tensor]) -> Array:
    gradloom.manual_seed(0)
    output: Array = module(*tensors).detach().numpy()
    return output.copy()


def _tensors(inputs: tuple[Array, ...]) -> list[Tensor]:
    """The inputs as a trainer gives them: floats as float32, anything else as it is."""
    floats = (np.issubdtype(array.dtype, np.floating) for array in inputs)
    return [
        gradloom.tensor(array.astype(np.float32) if is_float else array)
        for array, is_float in zip(inputs, floats, strict=True)
    ]


def _differentiable(array: Array) -> Tensor:
    if np.issubdtype(array.dtype, np.floating):
        return gradloom.tensor(array.astype(np.float64), requires_grad=True)
    return gradloom.tensor(array)


def _parabola(
    factory: Callable[..., optim.Optimizer], settings: dict[str, Any], steps: int, save_after: int
) -> tuple[Array, Array]:
    """Where a descent of a parabola starts and ends; after `save_after` steps a new optimizer takes over."""
    weights = nn.Parameter(gradloom.tensor([1.0, -2.0, 0.5]))
    start = weights.detach().numpy().copy()
    optimizer = factory([weights], **settings)
    for step in range(steps):
        if step == save_after:
            state = optimizer.state_dict()
            optimizer = factory([weights], **settings)
            optimizer.load_state_dict(state)
        optimizer.zero_grad()
        backward(nn.functional.mse_loss(weights, gradloom.zeros(3)))
        optimizer.step()
    return start, weights.detach().numpy().copy()


def _same(first: Array, second: Array) -> bool:
    return first.shape == second.shape and first.tobytes() == second.tobytes()


def _written(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())


def _require(kept: bool, sentence: str) -> None:
    if not kept:
        raise ConformanceError(sentence)
