"""Gradloom: neural networks on a dynamic graph with autograd over NumPy, under PyTorch's names.

This page is the whole public engine: `import gradloom as torch` runs a PyTorch script on it.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gradloom import autograd, operators
from gradloom.autograd import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from gradloom.creation import (
    arange,
    as_tensor,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from gradloom.device import device
from gradloom.dtypes import bool_ as bool
from gradloom.dtypes import (
    dtype,
    finfo,
    float16,
    float32,
    float64,
    get_default_dtype,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    promote_types,
    set_default_dtype,
    uint8,
)
from gradloom.dtypes import float16 as half
from gradloom.dtypes import float32 as float
from gradloom.dtypes import float64 as double
from gradloom.dtypes import int16 as short
from gradloom.dtypes import int32 as int
from gradloom.dtypes import int64 as long
from gradloom.ops.arithmetic import (
    add,
    div,
    floor_divide,
    maximum,
    minimum,
    mul,
    neg,
    pow,
    reciprocal,
    remainder,
    square,
    sub,
    true_divide,
)
from gradloom.random import (
    Generator,
    bernoulli,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    normal,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    seed,
    set_rng_state,
)
from gradloom.size import Size
from gradloom.tensor import Tensor

operators.bind_all()
