"""What a layer makes of its inputs, found by the layer itself: it is built and run on a tiny batch."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from gradloom.autograd.grad_mode import no_grad
from gradloom.dtypes import Array
from gradloom.experiment.size import too_large
from gradloom.kernels.counterpart import in_numpy
from gradloom.kernels.random_stream import Stream
from gradloom.plugins.catalogue import Entry, Kind
from gradloom.random import Generator, use_generator
from gradloom.tensor import Tensor, wrap

_AXIS_OF: Final = {"in_features": -1, "in_channels": 1, "num_features": 1, "normalized_shape": -1}
"""For a parameter that follows from the wire, the axis of the input, batch included, whose size it is."""


@dataclass(frozen=True)
class Signal:
    """What flows through a wire: the shape of one sample, without the batch axis, and the dtype's name."""

    shape: tuple[int, ...]
    dtype: str = "float32"

    def __str__(self) -> str:
        return f"(N{''.join(f', {size}' for size in self.shape)})"


@dataclass(frozen=True)
class Probe:
    """What a layer gave, or, where `output` is None, the one line in which it refused."""

    output: Signal | None = None
    parameter_count: int = 0
    inferred: Mapping[str, object] = field(default_factory=dict)
    refusal: str = ""


def probe(entry: Entry, parameters: Mapping[str, Any], inputs: tuple[Signal, ...]) -> Probe:
    """Build the entry's layer or loss and run it, drawing nothing from any shared random stream.

    Args:
        entry: the layer or loss.
        parameters: what was chosen; what follows from the wire is added.
        inputs: what the wires bring, in the order of forward's arguments.
    """
    inferred = infer(entry, parameters, inputs)
    arguments = {**parameters, **inferred}
    transposed = entry.parameter("output_padding") is not None
    if refusal := too_large(arguments, inputs[0].shape if inputs else (), transposed):
        return Probe(inferred=inferred, refusal=refusal)
    batch = _batch_size(inputs, arguments)
    try:
        # What a layer would warn of says nothing to somebody who only looks at what there is to add.
        quiet = warnings.catch_warnings(action="ignore")
        with quiet, in_numpy(), use_generator(_silent()), no_grad(), np.errstate(all="ignore"):
            layer = entry.factory(**arguments)
            output = layer(*(wrap(_sample(signal, batch)) for signal in inputs))
            count = sum(parameter.numel() for parameter in layer.parameters())
    except MemoryError:
        return Probe(inferred=inferred, refusal="there is not enough memory for it")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's layer may raise anything
        return Probe(inferred=inferred, refusal=_first_line(error))
    return _judged(output, batch if entry.kind is Kind.LAYER else 0, count, inferred)


def infer(entry: Entry, parameters: Mapping[str, Any], inputs: tuple[Signal, ...]) -> dict[str, object]:
    """The parameters that follow from the first wire, apart from those that were chosen."""
    if not inputs:
        return {}
    shape = (0, *inputs[0].shape)
    return {
        parameter.name: shape[_AXIS_OF[parameter.name]]
        for parameter in entry.parameters
        if parameter.inferred and parameter.name not in parameters and _has_axis(parameter.name, shape)
    }


def _has_axis(name: str, shape: tuple[int, ...]) -> bool:
    return name in _AXIS_OF and len(shape) > 1


def _judged(output: object, batch: int, count: int, inferred: Mapping[str, object]) -> Probe:
    if not isinstance(output, Tensor):
        return Probe(inferred=inferred, refusal=f"it gives a {type(output).__name__} instead of a tensor")
    shape = tuple(output.shape)
    if batch and shape[:1] != (batch,):
        return Probe(inferred=inferred, refusal="it does not keep the samples of a batch apart")
    name = str(output.array.dtype)
    return Probe(Signal(shape[1:] if batch else shape, name), count, inferred)


def _batch_size(inputs: tuple[Signal, ...], arguments: Mapping[str, Any]) -> int:
    """A small batch that no other size equals, so that nothing fits by chance; batch norms want 2 or more."""
    sizes = {size for signal in inputs for size in signal.shape}
    sizes |= {value for value in arguments.values() if isinstance(value, int)}
    return next(batch for batch in range(2, 2 + len(sizes) + 1) if batch not in sizes)


def _sample(signal: Signal, batch: int) -> Array:
    values: Array = np.zeros((batch, *signal.shape), np.dtype(signal.dtype))
    if values.dtype.kind == "f":
        values.fill(0.5)
    return values


class _Zeros(Stream):
    """A stream of zeros, which costs nothing to draw from however large a layer is."""

    def uniform(self, shape: tuple[int, ...], dtype: Any, low: float = 0.0, high: float = 1.0) -> Array:
        return np.broadcast_to(np.zeros((), dtype), shape)

    def normal(self, shape: tuple[int, ...], dtype: Any, mean: float = 0.0, std: float = 1.0) -> Array:
        return np.broadcast_to(np.zeros((), dtype), shape)


def _silent() -> Generator:
    generator = Generator()
    generator.stream = _Zeros()
    return generator


def _first_line(error: BaseException) -> str:
    line = " ".join(str(error).strip().partition("\n")[0].split()).rstrip(".")
    return line[:200] or type(error).__name__
