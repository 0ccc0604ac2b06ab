"""Dtypes that functions do not know are refused in PyTorch's words, not answered with something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import gradloom as torch

REAL, WHOLE, MASK = torch.ones(3), torch.ones(3, dtype=torch.int64), torch.ones(3, dtype=torch.bool)
COMPLEX = REAL * 1j
WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: torch.bitwise_and(REAL, 1), "\"bitwise_and_cpu\" not implemented for 'Float'"),
    (lambda: torch.gcd(REAL, REAL), "\"gcd_cpu\" not implemented for 'Float'"),
    (lambda: torch.remainder(COMPLEX, 1), "\"remainder_cpu\" not implemented for 'ComplexFloat'"),
    (lambda: torch.lgamma(COMPLEX), "\"lgamma_cpu\" not implemented for 'ComplexFloat'"),
    (lambda: COMPLEX < 1, "\"lt_cpu\" not implemented for 'ComplexFloat'"),
    (lambda: torch.maximum(COMPLEX, REAL), "maximum not implemented for complex tensors."),
    (lambda: torch.clamp(COMPLEX, 0), "clamp is not supported for complex types"),
    (lambda: torch.floor(COMPLEX), "floor is not supported for complex inputs"),
    (lambda: torch.sign(COMPLEX), "torch.sign is not intended to support complex numbers"),
    (lambda: -MASK, "Negation, the `-` operator, on a bool tensor is not supported"),
    (lambda: MASK - MASK, "Subtraction, the `-` operator, with two bool tensors is not supported"),
    (lambda: +MASK, "The `\\+` operator, on a bool tensor is not supported"),
    (lambda: torch.add(WHOLE, WHOLE, alpha=0.5), "argument alpha must not be a floating point number"),
    (lambda: WHOLE**-1, "Integers to negative integer powers are not allowed"),
    (lambda: WHOLE // 0, "ZeroDivisionError"),
    (lambda: torch.complex(REAL, WHOLE), "Expected both inputs to be Half, Float or Double tensors"),
    (lambda: torch.isclose(REAL, WHOLE), "Float did not match Long"),
    (lambda: torch.isclose(REAL, REAL, rtol=-1), "rtol must be greater than or equal to zero, but got -1"),
    (lambda: torch.clamp(REAL), "At least one of 'min' or 'max' must not be None"),
    (lambda: torch.nn.functional.relu6(MASK), "Bool inputs not supported for hardtanh"),
    (
        lambda: torch.nn.functional.hardtanh(WHOLE.to(torch.uint8)),
        "cannot do hardtanh on an unsigned type with negative limits",
    ),
    (lambda: WHOLE.sqrt_(), "result type Float can't be cast to the desired output type Long"),
]


@pytest.mark.parametrize(("call", "sentence"), WRONG)
def test_a_wrong_dtype_is_refused_in_pytorchs_words(call: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(RuntimeError, match=sentence):
        call()
