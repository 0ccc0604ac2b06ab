"""Functions on sets of parameters, and on sequences, under PyTorch's names."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.nn.utils.clip_grad": "clip_grad_norm_ clip_grad_value_",
        "gradloom.nn.utils.convert_parameters": "parameters_to_vector vector_to_parameters",
    },
    rooms="rnn",
)
