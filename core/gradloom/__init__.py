"""Gradloom: neural networks on a dynamic graph with autograd over NumPy, under PyTorch's names.

This page is the whole public engine: `import gradloom as torch` runs a PyTorch script on it.
"""

# ruff: noqa: A004 - PyTorch's names, some of which are also Python's
from __future__ import annotations

from importlib import import_module
from math import e, inf, nan, pi
from typing import Any

from gradloom import autograd, operators  # noqa: F401 - operators completes Tensor
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
from gradloom.inquiry import is_floating_point, is_tensor, numel, result_type
from gradloom.legacy import BoolTensor, ByteTensor, DoubleTensor, FloatTensor, IntTensor, LongTensor
from gradloom.ops.activation import log_softmax, relu, softmax
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
from gradloom.ops.arithmetic import div as divide
from gradloom.ops.arithmetic import mul as multiply
from gradloom.ops.arithmetic import neg as negative
from gradloom.ops.arithmetic import sub as subtract
from gradloom.ops.comparison import (
    allclose,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    eq,
    equal,
    ge,
    gt,
    isclose,
    isfinite,
    isinf,
    isnan,
    le,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    ne,
)
from gradloom.ops.contraction import einsum, tensordot
from gradloom.ops.copying import clone
from gradloom.ops.exponential import (
    cosh,
    erf,
    exp,
    exp2,
    expm1,
    log,
    log1p,
    log2,
    log10,
    rsqrt,
    sigmoid,
    sinh,
    sqrt,
    tanh,
)
from gradloom.ops.extrema import amax, amin, argmax, argmin, argsort, max, median, min, sort, topk, unique
from gradloom.ops.indexing import index_add, masked_select, nonzero, take
from gradloom.ops.joining import (
    cat,
    diag,
    flip,
    hstack,
    meshgrid,
    repeat_interleave,
    roll,
    stack,
    tile,
    tril,
    triu,
    vstack,
)
from gradloom.ops.joining import cat as concat
from gradloom.ops.joining import cat as concatenate
from gradloom.ops.matmul import addmm, bmm, dot, matmul, mm, mv, outer
from gradloom.ops.reduce import all, any, count_nonzero, mean, prod, sum
from gradloom.ops.rounding import abs, ceil, clamp, floor, round, sign, trunc
from gradloom.ops.rounding import abs as absolute
from gradloom.ops.rounding import clamp as clip
from gradloom.ops.scan import cumprod, cumsum
from gradloom.ops.selection import gather, index_select, masked_fill, scatter, scatter_add, where
from gradloom.ops.statistics import logsumexp, norm, std, std_mean, var, var_mean
from gradloom.ops.trigonometric import acos, asin, atan, atan2, cos, sin, tan
from gradloom.ops.trigonometric import atan2 as arctan2
from gradloom.ops.views import (
    broadcast_to,
    chunk,
    diagonal,
    flatten,
    movedim,
    narrow,
    permute,
    reshape,
    select,
    split,
    squeeze,
    t,
    transpose,
    unbind,
    unflatten,
    unsqueeze,
)
from gradloom.ops.views import transpose as swapaxes
from gradloom.printing import set_printoptions
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

newaxis = None

__all__ = [
    "BoolTensor", "ByteTensor", "DoubleTensor", "FloatTensor", "Generator", "IntTensor", "LongTensor",
    "Size", "Tensor", "abs", "absolute", "acos", "add", "addmm", "all", "allclose", "amax", "amin", "any",
    "arange", "arctan2", "argmax", "argmin", "argsort", "as_tensor", "asin", "atan", "atan2", "autograd",
    "bernoulli", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "bmm", "bool", "broadcast_to",
    "cat", "ceil", "chunk", "clamp", "clip", "clone", "concat", "concatenate", "cos", "cosh",
    "count_nonzero", "cumprod", "cumsum", "default_generator", "device", "diag", "diagonal", "div",
    "divide", "dot", "double", "dtype", "e", "einsum", "empty", "empty_like", "enable_grad", "eq",
    "equal", "erf", "exp", "exp2", "expm1", "eye", "finfo", "flatten", "flip", "float", "float16",
    "float32", "float64", "floor", "floor_divide", "from_numpy", "full", "full_like", "gather", "ge",
    "get_default_dtype", "get_rng_state", "gt", "half", "hstack", "iinfo", "index_add", "index_select",
    "inf", "inference_mode", "initial_seed", "int", "int8", "int16", "int32", "int64",
    "is_floating_point", "is_grad_enabled", "is_tensor", "isclose", "isfinite", "isinf", "isnan", "le",
    "linspace", "log", "log1p", "log2", "log10", "log_softmax", "logical_and", "logical_not",
    "logical_or", "logical_xor", "logsumexp", "long", "lt", "manual_seed", "masked_fill", "masked_select",
    "matmul", "max", "maximum", "mean", "median", "meshgrid", "min", "minimum", "mm", "movedim", "mul",
    "multinomial", "multiply", "mv", "nan", "narrow", "ne", "neg", "negative", "newaxis", "no_grad",
    "nonzero", "norm", "normal", "numel", "ones", "ones_like", "outer", "permute", "pi", "pow", "prod",
    "promote_types", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm",
    "reciprocal", "relu", "remainder", "repeat_interleave", "reshape", "result_type", "roll", "round",
    "rsqrt", "scatter", "scatter_add", "seed", "select", "set_default_dtype", "set_grad_enabled",
    "set_printoptions", "set_rng_state", "short", "sigmoid", "sign", "sin", "sinh", "softmax", "sort",
    "split", "sqrt", "square", "squeeze", "stack", "std", "std_mean", "sub", "subtract", "sum",
    "swapaxes", "t", "take", "tan", "tanh", "tensor", "tensordot", "tile", "topk", "transpose", "tril",
    "triu", "true_divide", "trunc", "uint8", "unbind", "unflatten", "unique", "unsqueeze", "var",
    "var_mean", "vstack", "where", "zeros", "zeros_like",
]  # fmt: skip

_ROOMS = ("accelerator", "backends", "cuda", "data", "nn", "optim", "utils")


def __getattr__(name: str) -> Any:
    """The rooms above the engine and the version, looked up when first asked for."""
    if name in _ROOMS:
        return import_module(f"gradloom.{name}")
    if name == "__version__":
        return import_module("importlib.metadata").version("gradloom")
    raise AttributeError(f"module 'gradloom' has no attribute '{name}'")
