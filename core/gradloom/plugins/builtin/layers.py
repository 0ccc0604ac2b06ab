"""The built-in layers and losses; a layer's family groups it in the palette and gives it its colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gradloom import nn
from gradloom.plugins.builtin.input import Input
from gradloom.plugins.hookspecs import Contribution, Offers, hookimpl

FAMILIES = {
    "data": (Input,),
    "layer": (nn.Linear, nn.Embedding),
    "convolution": (nn.Conv2d, nn.Conv1d, nn.ConvTranspose2d),
    "pooling": (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d),
    "activation": (nn.ReLU, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.Tanh, nn.Softmax, nn.LogSoftmax),
    "normalization": (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm),
    "regularization": (nn.Dropout, nn.Dropout2d),
    "merge": (nn.Add, nn.Concat, nn.Multiply),
    "shape": (nn.Flatten, nn.Unflatten, nn.Upsample, nn.ZeroPad2d),
}
"""What most networks are made of, most used first."""

RARE = {
    "layer": (nn.Bilinear, nn.EmbeddingBag),
    "convolution": (nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose3d, nn.Unfold, nn.Fold),
    "pooling": (
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
        nn.PReLU,
        nn.RReLU,
        nn.ReLU6,
        nn.ELU,
        nn.SELU,
        nn.CELU,
        nn.Mish,
        nn.Softplus,
        nn.LogSigmoid,
        nn.Softsign,
        nn.Tanhshrink,
        nn.Hardtanh,
        nn.Hardsigmoid,
        nn.Hardswish,
        nn.Hardshrink,
        nn.Softshrink,
        nn.Threshold,
        nn.GLU,
        nn.Softmax2d,
        nn.Softmin,
    ),
    "normalization": (
        nn.BatchNorm3d,
        nn.RMSNorm,
        nn.InstanceNorm1d,
        nn.InstanceNorm2d,
        nn.InstanceNorm3d,
        nn.LocalResponseNorm,
    ),
    "regularization": (nn.Dropout1d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout),
    "merge": (nn.CosineSimilarity, nn.PairwiseDistance),
    "shape": (
        nn.Identity,
        nn.UpsamplingNearest2d,
        nn.UpsamplingBilinear2d,
        nn.PixelShuffle,
        nn.PixelUnshuffle,
        nn.ChannelShuffle,
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
"""What stands behind a fold below the others of its family."""

LOSSES = (nn.CrossEntropyLoss, nn.MSELoss, nn.BCEWithLogitsLoss, nn.L1Loss, nn.HuberLoss)

RARE_LOSSES = (
    nn.NLLLoss,
    nn.BCELoss,
    nn.SmoothL1Loss,
    nn.KLDivLoss,
    nn.PoissonNLLLoss,
    nn.SoftMarginLoss,
    nn.HingeEmbeddingLoss,
    nn.MultiMarginLoss,
    nn.MultiLabelMarginLoss,
    nn.MultiLabelSoftMarginLoss,
)


@hookimpl
def gradloom_layers() -> Offers:
    return [*_offers(FAMILIES), *_offers(RARE, rare=True)]


@hookimpl
def gradloom_losses() -> Offers:
    return [*LOSSES, *(Contribution(loss, rare=True) for loss in RARE_LOSSES)]


def _offers(
    families: Mapping[str, tuple[type[nn.Module], ...]], *, rare: bool = False
) -> Iterator[Contribution]:
    for family, layers in families.items():
        yield from (Contribution(layer, family=family, rare=rare) for layer in layers)
