"""One step of a recurrent layer, for those who write the loop themselves."""

from __future__ import annotations

import math
from typing import Any

from gradloom.creation import Where, empty, zeros
from gradloom.dtypes import dtype as DType
from gradloom.kernels.recurrent import Steps
from gradloom.nn import init
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.ops.layers.recurrent import gru_layer, lstm_layer, rnn_layer
from gradloom.tensor import Tensor


class RNNCellBase(Module):
    """What the cells have in common: their weights.

    Args:
        input_size: size of each element of a sequence, > 0.
        hidden_size: size of the hidden state, > 0.
        bias: whether learned numbers are added.
        num_chunks: how many gates there are.
    """

    weight_ih: Parameter
    weight_hh: Parameter
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        gates = num_chunks * hidden_size
        self.weight_ih = Parameter(empty(gates, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(empty(gates, hidden_size, device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            made = Parameter(empty(gates, device=device, dtype=dtype)) if bias else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights uniformly within 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def _weights(self) -> tuple[Any, ...]:
        return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh

    def _rows(self, given: Tensor, what: str, size: int) -> Tensor:
        """`given` as a batch; ValueError or RuntimeError if it is not one or one element of it."""
        if given.ndim not in (1, 2):
            raise ValueError(
                f"{type(self).__name__}: Expected {what} to be 1D or 2D, got {given.ndim}D instead"
            )
        if given.shape[-1] != size:
            if what == "input":
                raise RuntimeError(
                    f"input has inconsistent input_size: got {given.shape[-1]} expected {size}"
                )
            number = 1 if what == "hx[1]" else 0
            raise RuntimeError(
                f"hidden{number} has inconsistent hidden_size: got {given.shape[-1]}, expected {size}"
            )
        rows: Tensor = given if given.ndim == 2 else given.unsqueeze(0)
        return rows

    def _state(self, given: Tensor | None, what: str, input: Tensor) -> Tensor:
        if given is None:
            return zeros(len(input), self.hidden_size, dtype=input.dtype)
        rows = self._rows(given, what, self.hidden_size)
        if len(rows) != len(input):
            raise RuntimeError(f"Input batch size {len(input)} doesn't match hidden0 batch size {len(rows)}")
        return rows

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        return text if self.bias is True else f"{text}, bias={self.bias}"


class RNNCell(RNNCellBase):
    """One step of the plain recurrence: h = tanh(x W + h U + b).

    Shapes: (n, input_size) and (n, hidden_size) -> (n, hidden_size), or all without n.

    Args:
        input_size: size of each element of a sequence, > 0.
        hidden_size: size of the hidden state, > 0.
        bias: whether learned numbers are added.
        nonlinearity: "tanh" or "relu".
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        rows = self._rows(input, "input", self.input_size)
        state = self._state(hx, "hidden", rows)
        given = (rows, state, *self._weights(), Steps((len(rows),)), self.nonlinearity == "relu")
        new = rnn_layer(*given)[0]
        return new if input.ndim == 2 else new.squeeze(0)

    def extra_repr(self) -> str:
        text = super().extra_repr()
        return text if self.nonlinearity == "tanh" else f"{text}, nonlinearity={self.nonlinearity}"


class GRUCell(RNNCellBase):
    """One step of a gated recurrent unit.

    Shapes: (n, input_size) and (n, hidden_size) -> (n, hidden_size), or all without n.

    Args:
        input_size: size of each element of a sequence, > 0.
        hidden_size: size of the hidden state, > 0.
        bias: whether learned numbers are added.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        rows = self._rows(input, "input", self.input_size)
        state = self._state(hx, "hidden", rows)
        given = (rows, state, *self._weights(), Steps((len(rows),)))
        new = gru_layer(*given)[0]
        return new if input.ndim == 2 else new.squeeze(0)


class LSTMCell(RNNCellBase):
    """One step of long short-term memory: the new hidden state and cell.

    Shapes: (n, input_size) and two states (n, hidden_size) -> two of them, or all without n.

    Args:
        input_size: size of each element of a sequence, > 0.
        hidden_size: size of the hidden state, > 0.
        bias: whether learned numbers are added.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        rows = self._rows(input, "input", self.input_size)
        h, c = (None, None) if hx is None else hx
        states = self._state(h, "hx[0]", rows), self._state(c, "hx[1]", rows)
        given = (rows, *states, *self._weights(), None, Steps((len(rows),)))
        _, new, cell = lstm_layer(*given)
        return (new, cell) if input.ndim == 2 else (new.squeeze(0), cell.squeeze(0))
