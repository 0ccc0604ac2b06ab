"""The built-in layers and losses; a layer's family groups it in the palette and gives it its colour."""

from __future__ import annotations

import importlib

from gradloom.plugins.hookspecs import Contribution, Offers, hookimpl

FAMILIES = {
    "layer": ("Linear", "Embedding"),
    "convolution": ("Conv1d", "Conv2d", "ConvTranspose2d"),
    "pooling": ("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "AdaptiveAvgPool2d"),
    "activation": (
        "ReLU",
        "LeakyReLU",
        "ELU",
        "GELU",
        "SiLU",
        "Sigmoid",
        "Tanh",
        "Softplus",
        "Softmax",
        "LogSoftmax",
    ),
    "normalization": ("BatchNorm1d", "BatchNorm2d", "LayerNorm", "GroupNorm"),
    "regularization": ("Dropout", "Dropout2d"),
    "merge": ("Add", "Multiply", "Concat"),
    "shape": ("Flatten", "Unflatten", "Identity"),
}
LOSSES = (
    "CrossEntropyLoss",
    "NLLLoss",
    "BCEWithLogitsLoss",
    "BCELoss",
    "MSELoss",
    "L1Loss",
    "HuberLoss",
    "SmoothL1Loss",
)


def _present(names):
    try:
        nn = importlib.import_module("gradloom.nn")
    except ImportError:
        return []
    return [getattr(nn, name) for name in names if hasattr(nn, name)]


@hookimpl
def gradloom_layers() -> Offers:
    return [
        Contribution(layer, family=family) for family, names in FAMILIES.items() for layer in _present(names)
    ]


@hookimpl
def gradloom_losses() -> Offers:
    return _present(LOSSES)
