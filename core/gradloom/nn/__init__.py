"""Layers, losses and what holds them together."""

from gradloom.nn import functional, init, parallel, utils
from gradloom.nn.activation import (
    ELU,
    GELU,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from gradloom.nn.containers import ModuleDict, ModuleList, Sequential
from gradloom.nn.convolution import Conv1d, Conv2d, ConvTranspose2d
from gradloom.nn.dropout import Dropout, Dropout1d, Dropout2d
from gradloom.nn.flatten import Flatten, Unflatten
from gradloom.nn.linear import Bilinear, Identity, LazyLinear, Linear
from gradloom.nn.loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from gradloom.nn.merge import Add, Concat, Multiply
from gradloom.nn.module import Module
from gradloom.nn.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm
from gradloom.nn.parallel import DataParallel
from gradloom.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter
from gradloom.nn.parameter_containers import ParameterDict, ParameterList
from gradloom.nn.pooling import AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from gradloom.nn.sparse import Embedding

__all__ = [
    "ELU",
    "GELU",
    "AdaptiveAvgPool2d",
    "Add",
    "AvgPool1d",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Bilinear",
    "Buffer",
    "Concat",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "DataParallel",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Embedding",
    "Flatten",
    "GroupNorm",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LayerNorm",
    "LazyLinear",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "Multiply",
    "NLLLoss",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Softplus",
    "Tanh",
    "Unflatten",
    "UninitializedBuffer",
    "UninitializedParameter",
    "functional",
    "init",
    "parallel",
    "utils",
]
