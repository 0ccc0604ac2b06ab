"""The built-in layers and losses; a layer's family groups it in the palette and gives it its colour."""

from __future__ import annotations

from gradloom import nn
from gradloom.plugins.builtin.input import Input
from gradloom.plugins.hookspecs import Contribution, Offers, hookimpl

FAMILIES = {
    "data": (Input,),
    "layer": (nn.Linear, nn.Bilinear, nn.Embedding, nn.EmbeddingBag),
    "convolution": (
        nn.Conv2d,
        nn.Conv1d,
        nn.Conv3d,
        nn.ConvTranspose2d,
        nn.ConvTranspose1d,
        nn.ConvTranspose3d,
        nn.Unfold,
        nn.Fold,
    ),
    "pooling": (
        nn.MaxPool2d,
        nn.AvgPool2d,
        nn.AdaptiveAvgPool2d,
        nn.AdaptiveMaxPool2d,
        nn.LPPool2d,
        nn.FractionalMaxPool2d,
        nn.MaxPool1d,
        nn.AvgPool1d,
        nn.AdaptiveAvgPool1d,
        nn.AdaptiveMaxPool1d,
        nn.LPPool1d,
        nn.MaxPool3d,
        nn.AvgPool3d,
        nn.AdaptiveAvgPool3d,
        nn.AdaptiveMaxPool3d,
        nn.LPPool3d,
        nn.FractionalMaxPool3d,
    ),
    "activation": (
        nn.ReLU,
        nn.LeakyReLU,
        nn.PReLU,
        nn.RReLU,
        nn.ReLU6,
        nn.ELU,
        nn.SELU,
        nn.CELU,
        nn.GELU,
        nn.SiLU,
        nn.Mish,
        nn.Softplus,
        nn.Sigmoid,
        nn.LogSigmoid,
        nn.Tanh,
        nn.Softsign,
        nn.Tanhshrink,
        nn.Hardtanh,
        nn.Hardsigmoid,
        nn.Hardswish,
        nn.Hardshrink,
        nn.Softshrink,
        nn.Threshold,
        nn.GLU,
        nn.Softmax,
        nn.Softmax2d,
        nn.Softmin,
        nn.LogSoftmax,
    ),
    "normalization": (
        nn.BatchNorm1d,
        nn.BatchNorm2d,
        nn.BatchNorm3d,
        nn.LayerNorm,
        nn.GroupNorm,
        nn.RMSNorm,
        nn.InstanceNorm1d,
        nn.InstanceNorm2d,
        nn.InstanceNorm3d,
        nn.LocalResponseNorm,
    ),
    "regularization": (
        nn.Dropout,
        nn.Dropout1d,
        nn.Dropout2d,
        nn.Dropout3d,
        nn.AlphaDropout,
        nn.FeatureAlphaDropout,
    ),
    "merge": (nn.Add, nn.Multiply, nn.Concat, nn.CosineSimilarity, nn.PairwiseDistance),
    "shape": (
        nn.Flatten,
        nn.Unflatten,
        nn.Identity,
        nn.Upsample,
        nn.UpsamplingNearest2d,
        nn.UpsamplingBilinear2d,
        nn.PixelShuffle,
        nn.PixelUnshuffle,
        nn.ChannelShuffle,
        nn.ZeroPad2d,
        nn.ZeroPad1d,
        nn.ZeroPad3d,
        nn.ReflectionPad2d,
        nn.ReflectionPad1d,
        nn.ReflectionPad3d,
        nn.ReplicationPad2d,
        nn.ReplicationPad1d,
        nn.ReplicationPad3d,
        nn.CircularPad2d,
        nn.CircularPad1d,
        nn.CircularPad3d,
        nn.ConstantPad2d,
        nn.ConstantPad1d,
        nn.ConstantPad3d,
    ),
}


@hookimpl
def gradloom_layers() -> Offers:
    return [Contribution(layer, family=family) for family, layers in FAMILIES.items() for layer in layers]


@hookimpl
def gradloom_losses() -> Offers:
    return [
        nn.CrossEntropyLoss,
        nn.NLLLoss,
        nn.BCEWithLogitsLoss,
        nn.BCELoss,
        nn.MSELoss,
        nn.L1Loss,
        nn.SmoothL1Loss,
        nn.HuberLoss,
        nn.KLDivLoss,
    ]
