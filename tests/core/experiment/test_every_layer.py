"""Every layer that looks at sequences, images or volumes: from a line in a file to a step of training."""

from __future__ import annotations

import pytest

import gradloom
from gradloom.experiment.build import build
from gradloom.experiment.document_file import parse
from gradloom.plugins.catalogue import Catalogue

DOCUMENT = """
[data]
kind = "digits8x8"
[nodes]
image = {{ kind = "Input" }}
flat = {{ kind = "Flatten" }}
shaped = {{ kind = "Unflatten", dim = 1, unflattened_size = {shape} }}
layer = {{ kind = "{kind}"{settings} }}
joined = {{ kind = "Flatten" }}
scores = {{ kind = "Linear", out_features = 10 }}
loss = {{ kind = "CrossEntropyLoss" }}
[graph]
wires = ["image -> flat", "flat -> shaped", "shaped -> layer", "layer -> joined", "joined -> scores",
         "scores -> loss"]
"""
SHAPES = {"1d": (4, 16), "2d": (4, 4, 4), "3d": (2, 2, 4, 4)}
SETTINGS = {
    "Conv": "out_channels = 3, kernel_size = 2, padding_mode = 'circular', padding = 1",
    "ConvTranspose": "out_channels = 3, kernel_size = 2, stride = 2",
    "MaxPool": "kernel_size = 2",
    "AvgPool": "kernel_size = 2, ceil_mode = true, padding = 1",
    "LPPool": "norm_type = 2.0, kernel_size = 2",
    "AdaptiveAvgPool": "output_size = 2",
    "AdaptiveMaxPool": "output_size = 2",
    "FractionalMaxPool": "kernel_size = 2, output_ratio = 0.5",
    "BatchNorm": "",
    "InstanceNorm": "affine = true",
    "ZeroPad": "padding = 1",
    "ReflectionPad": "padding = 1",
    "ReplicationPad": "padding = 1",
    "CircularPad": "padding = 1",
    "ConstantPad": "padding = 1, value = 0.5",
    "Dropout": "p = 0.2",
}
OTHERS = {
    "Unfold": ("2d", "kernel_size = 2"),
    "Fold": ("1d", "output_size = 5, kernel_size = 2"),
    "GroupNorm": ("2d", "num_groups = 2, num_channels = 4"),
    "LayerNorm": ("2d", ""),
    "RMSNorm": ("1d", ""),
    "LocalResponseNorm": ("2d", "size = 3"),
    "AlphaDropout": ("1d", ""),
    "FeatureAlphaDropout": ("2d", ""),
    "Upsample": ("2d", "scale_factor = 2.0, mode = 'bicubic'"),
    "UpsamplingNearest2d": ("2d", "scale_factor = 2.0"),
    "UpsamplingBilinear2d": ("2d", "size = 6"),
    "PixelShuffle": ("2d", "upscale_factor = 2"),
    "PixelUnshuffle": ("2d", "downscale_factor = 2"),
    "ChannelShuffle": ("2d", "groups = 2"),
}
FAMILIES = ("convolution", "pooling", "normalization", "regularization")


def cases(catalogue: Catalogue) -> dict[str, tuple[str, str]]:
    """For each layer the dimensions of what it gets, and its settings."""
    found = dict(OTHERS)
    for entry in catalogue.values():
        name, dims = entry.key[:-2], entry.key[-2:]
        if dims in SHAPES and name in SETTINGS:
            found[entry.key] = (dims, SETTINGS[name])
    return found


def test_every_layer_of_these_families_has_a_case(catalogue: Catalogue) -> None:
    offered = {entry.key for entry in catalogue.values() if entry.family in FAMILIES}
    assert offered - cases(catalogue).keys() - {"Dropout"} == set()


def test_each_builds_and_learns(catalogue: Catalogue) -> None:
    images, labels = gradloom.randn(6, 1, 8, 8), gradloom.tensor([0, 1, 2, 3, 4, 5])
    silent = []
    for kind, (dims, settings) in cases(catalogue).items():
        text = DOCUMENT.format(
            kind=kind, shape=list(SHAPES[dims]), settings=f", {settings}" if settings else ""
        )
        network = build(parse(text), catalogue)
        loss, _, _ = network((images,), labels)
        loss.backward()
        if any(each.grad is None or not bool((each.grad != 0).any()) for each in network.parameters()):
            silent.append(kind)
    assert silent == []


@pytest.mark.parametrize("dims", SHAPES)
def test_channels_follow_from_the_wire(dims: str, catalogue: Catalogue) -> None:
    text = DOCUMENT.format(
        kind=f"Conv{dims}", shape=list(SHAPES[dims]), settings=", out_channels = 5, kernel_size = 1"
    )
    layer = build(parse(text), catalogue).get_submodule("layer")
    assert layer.in_channels == SHAPES[dims][0]
