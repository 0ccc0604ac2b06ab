"""Recurrent layers: networks that read sequences step by step."""

from __future__ import annotations

import math
import warnings
from typing import Any

from gradloom.creation import Where, empty, zeros
from gradloom.dtypes import dtype as DType
from gradloom.kernels.recurrent import Steps
from gradloom.nn import functional as F
from gradloom.nn import init
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.nn.utils.rnn import PackedSequence
from gradloom.ops.layers.recurrent import gru_layer, lstm_layer, rnn_layer
from gradloom.ops.movement.joining import cat, stack
from gradloom.tensor import Tensor

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
States = tuple[Tensor, ...]


class RNNBase(Module):
    """What the recurrent layers have in common: their weights, and the way through layers and directions.

    Args:
        mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU".
        input_size: size of each element of a sequence, > 0.
        hidden_size: size of the hidden state, > 0.
        num_layers: how many layers stand on each other, > 0.
        bias: whether learned numbers are added.
        batch_first: whether input and output are (n, t, size) instead of (t, n, size).
        dropout: share of values set to zero between layers, in [0, 1].
        bidirectional: whether a second set of layers reads backwards.
        proj_size: size that an LSTM's hidden state is projected to; 0 for no projection.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._check_settings(dropout)
        directions = 2 if bidirectional else 1
        for layer in range(num_layers):
            inputs = self._state_size * directions if layer else input_size
            for direction in range(directions):
                shapes = zip(self._names(layer, direction), self._shapes(inputs), strict=True)
                for name, shape in shapes:
                    self.register_parameter(name, Parameter(empty(*shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def _check_settings(self, dropout: Any) -> None:
        if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being "
                "zeroed"
            )
        if dropout > 0 and self.num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={self.num_layers}",
                stacklevel=4,
            )
        kinds = {"bias": bool, "batch_first": bool, "input_size": int, "hidden_size": int}
        for name, kind in kinds.items():
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        for name in ("input_size", "hidden_size", "num_layers"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if self.proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if self.mode not in _GATES:
            raise ValueError("Unrecognized RNN mode: " + self.mode)

    # Weights

    @property
    def _state_size(self) -> int:
        return self.proj_size or self.hidden_size

    def _names(self, layer: int, direction: int) -> list[str]:
        kinds = ["weight_ih", "weight_hh"]
        kinds += ["bias_ih", "bias_hh"] if self.bias else []
        kinds += ["weight_hr"] if self.proj_size else []
        return [f"{kind}_l{layer}{'_reverse' if direction else ''}" for kind in kinds]

    def _shapes(self, inputs: int) -> list[tuple[int, ...]]:
        gates = _GATES[self.mode] * self.hidden_size
        shapes: list[tuple[int, ...]] = [(gates, inputs), (gates, self._state_size)]
        shapes += [(gates,), (gates,)] if self.bias else []
        return [*shapes, (self.proj_size, self.hidden_size)] if self.proj_size else shapes

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        directions = range(2 if self.bidirectional else 1)
        return [
            [getattr(self, name) for name in self._names(layer, direction)]
            for layer in range(self.num_layers)
            for direction in directions
        ]

    @property
    def _flat_weights(self) -> list[Parameter]:
        return [weight for weights in self.all_weights for weight in weights]

    def flatten_parameters(self) -> None:
        """Nothing: only cuDNN wants all weights in one piece of memory."""

    def reset_parameters(self) -> None:
        """Draw all weights uniformly within 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    # Running

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The last layer's hidden state at every step, and the last state of every layer and direction.

        Args:
            input: (t, n, input_size), (n, t, input_size) if `batch_first`, (t, input_size), or packed.
            hx: first states (layers * directions, n, size); zeros if not given.
        """
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        if input.ndim not in (2, 3):
            raise ValueError(self._wrong_dimensions(input.ndim))
        batched = input.ndim == 3
        states = self._given_states(hx, batched)
        batch = input if batched else input.unsqueeze(0 if self.batch_first else 1)
        self._check_input(batch, 3)
        rows = batch.transpose(0, 1) if self.batch_first else batch
        steps, count = rows.shape[:2]
        if not steps:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        states = self._first_states(states, count, rows)
        output, states = self._through_layers(
            rows.reshape(steps * count, self.input_size), states, (count,) * steps
        )
        output = output.reshape(steps, count, output.shape[1])
        if not batched:
            return output.squeeze(1), self._as_hx(tuple(each.squeeze(1) for each in states))
        return (output.transpose(0, 1) if self.batch_first else output), self._as_hx(states)

    def _forward_packed(self, input: PackedSequence, hx: Any) -> tuple[PackedSequence, Any]:
        self._check_input(input.data, 2)
        sizes = tuple(input.batch_sizes.tolist())
        given = () if hx is None else self._as_states(hx)
        if input.sorted_indices is not None:
            given = tuple(each.index_select(1, input.sorted_indices) for each in given)
        states = self._first_states(given, sizes[0], input.data)
        output, states = self._through_layers(input.data, states, sizes)
        if input.unsorted_indices is not None:
            states = tuple(each.index_select(1, input.unsorted_indices) for each in states)
        return input._replace(data=output), self._as_hx(states)

    def _through_layers(self, rows: Tensor, states: States, sizes: tuple[int, ...]) -> tuple[Tensor, States]:
        """Packed rows and first states through all layers: packed results and last states."""
        directions = 2 if self.bidirectional else 1
        last: list[States] = []
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(directions):
                at = layer * directions + direction
                output, *state = self._layer(
                    rows, tuple(each[at] for each in states), layer, Steps(sizes, direction == 1)
                )
                outputs.append(output)
                last.append(tuple(state))
            rows = cat(outputs, 1) if self.bidirectional else outputs[0]
            if self.dropout and layer + 1 < self.num_layers:
                rows = F.dropout(rows, self.dropout, self.training)
        return rows, tuple(stack(each) for each in zip(*last, strict=True))

    def _layer(self, rows: Tensor, states: States, layer: int, steps: Steps) -> Any:
        names = self._names(layer, int(steps.reverse))
        weights = [getattr(self, name) for name in names]
        projection = weights.pop() if self.proj_size else None
        given: Any = (rows, *states, *weights, *[None] * (4 - len(weights)))
        if self.mode == "LSTM":
            return lstm_layer(*given, projection, steps)  # type: ignore[call-overload]
        if self.mode == "GRU":
            return gru_layer(*given, steps)  # type: ignore[call-overload]
        return rnn_layer(*given, steps, self.mode == "RNN_RELU")  # type: ignore[call-overload]

    # States: one tensor for users, or an LSTM's two; a tuple of tensors inside

    def _as_states(self, hx: Any) -> States:
        return (hx,)

    def _as_hx(self, states: States) -> Any:
        return states[0]

    def _given_states(self, hx: Any, batched: bool) -> States:
        if hx is None:
            return ()
        if hx.ndim != (3 if batched else 2):
            raise RuntimeError(
                f"For batched 3-D input, hx should also be 3-D but got {hx.ndim}-D tensor"
                if batched
                else f"For unbatched 2-D input, hx should also be 2-D but got {hx.ndim}-D tensor"
            )
        return (hx if batched else hx.unsqueeze(1),)

    def _first_states(self, given: States, count: int, input: Tensor) -> States:
        expected = self._state_shapes(count)
        if not given:
            return tuple(zeros(shape, dtype=input.dtype) for shape in expected)
        for number, (state, shape) in enumerate(zip(given, expected, strict=True)):
            if state.shape != shape:
                name = f"hidden[{number}]" if len(expected) > 1 else "hidden"
                raise RuntimeError(f"Expected {name} size {shape}, got {list(state.shape)}")
        return given

    def _state_shapes(self, count: int) -> tuple[tuple[int, int, int], ...]:
        layers = self.num_layers * (2 if self.bidirectional else 1)
        return ((layers, count, self._state_size),)

    def _check_input(self, input: Tensor, dimensions: int) -> None:
        kind = getattr(self, self._names(0, 0)[0]).dtype
        if input.dtype is not kind:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({kind}). Convert input: "
                f"input.to({kind}), or convert model: model.to({input.dtype})"
            )
        if input.ndim != dimensions:
            raise RuntimeError(f"input must have {dimensions} dimensions, got {input.ndim}")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got "
                f"{input.shape[-1]}"
            )

    def _wrong_dimensions(self, found: int) -> str:
        return f"{type(self).__name__}: Expected input to be 2D or 3D, got {found}D instead"

    def extra_repr(self) -> str:
        usual = {
            "proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0,
            "bidirectional": False,
        }  # fmt: skip
        parts = [f"{self.input_size}, {self.hidden_size}"]
        parts += [
            f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value
        ]
        return ", ".join(parts)


class RNN(RNNBase):
    """Reads sequences with the plain recurrence h = tanh(x W + h U + b) (Elman, 1990).

    Shapes: (t, n, input_size) -> (t, n, hidden_size) and the last states (layers, n, hidden_size).

    Args:
        input_size: size of each element of a sequence, > 0.
        hidden_size: size of the hidden state, > 0.
        num_layers: how many layers stand on each other, > 0.
        nonlinearity: "tanh" or "relu".
        bias: whether learned numbers are added.
        batch_first: whether input and output are (n, t, size) instead of (t, n, size).
        dropout: share of values set to zero between layers, in [0, 1].
        bidirectional: whether a second set of layers reads backwards.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(
            f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, bias, batch_first, dropout,
            bidirectional, 0, device, dtype,
        )  # fmt: skip
        self.nonlinearity = nonlinearity

    def _wrong_dimensions(self, found: int) -> str:
        return f"RNN: Expected input to be 2D or 3D, got {found}D tensor instead"


class GRU(RNNBase):
    """Reads sequences with gated recurrent units (Cho et al., 2014).

    Shapes: (t, n, input_size) -> (t, n, hidden_size) and the last states (layers, n, hidden_size).

    Args:
        input_size: size of each element of a sequence, > 0.
        hidden_size: size of the hidden state, > 0.
        num_layers: how many layers stand on each other, > 0.
        bias: whether learned numbers are added.
        batch_first: whether input and output are (n, t, size) instead of (t, n, size).
        dropout: share of values set to zero between layers, in [0, 1].
        bidirectional: whether a second set of layers reads backwards.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, device,
            dtype,
        )  # fmt: skip


class LSTM(RNNBase):
    """Reads sequences with long short-term memory (Hochreiter and Schmidhuber, 1997).

    Shapes: (t, n, input_size) -> (t, n, hidden_size) and the last states, each (layers, n, hidden_size).

    Args:
        input_size: size of each element of a sequence, > 0.
        hidden_size: size of the hidden state, > 0.
        num_layers: how many layers stand on each other, > 0.
        bias: whether learned numbers are added.
        batch_first: whether input and output are (n, t, size) instead of (t, n, size).
        dropout: share of values set to zero between layers, in [0, 1].
        bidirectional: whether a second set of layers reads backwards.
        proj_size: size that the hidden state is projected to; 0 for no projection (Sak et al., 2014).
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size,
            device, dtype,
        )  # fmt: skip

    def _as_states(self, hx: Any) -> States:
        return tuple(hx)

    def _as_hx(self, states: States) -> Any:
        return states

    def _given_states(self, hx: Any, batched: bool) -> States:
        if hx is None:
            return ()
        if any(each.ndim != (3 if batched else 2) for each in hx):
            found = f"({hx[0].ndim}-D, {hx[1].ndim}-D) tensors"
            raise RuntimeError(
                f"For batched 3-D input, hx and cx should also be 3-D but got {found}"
                if batched
                else f"For unbatched 2-D input, hx and cx should also be 2-D but got {found}"
            )
        return tuple(hx) if batched else tuple(each.unsqueeze(1) for each in hx)

    def _state_shapes(self, count: int) -> tuple[tuple[int, int, int], ...]:
        (hidden,) = super()._state_shapes(count)
        return hidden, (hidden[0], count, self.hidden_size)
