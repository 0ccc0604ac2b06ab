"""Every layer: gradients by finite differences, and values, gradients, state and looks beside PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradloom import nn
from gradloom.autograd.numerical import gradcheck
from gradloom.creation import from_numpy
from gradloom.tensor import Tensor

Make = Callable[[Any], Any]

LAYERS: list[tuple[str, Make, tuple[int, ...]]] = [
    ("linear", lambda nn: nn.Linear(4, 3), (5, 4)),
    ("linear of a sequence", lambda nn: nn.Linear(4, 3, bias=False), (2, 5, 4)),
    ("linear of one sample", lambda nn: nn.Linear(4, 3), (4,)),
    ("conv2d", lambda nn: nn.Conv2d(3, 4, 3), (2, 3, 6, 5)),
    ("conv2d strided", lambda nn: nn.Conv2d(3, 4, (3, 2), stride=(2, 3), padding=(1, 0)), (2, 3, 7, 8)),
    ("conv2d padded beyond its window", lambda nn: nn.Conv2d(2, 3, 2, padding=3), (1, 2, 3, 3)),
    ("conv2d same", lambda nn: nn.Conv2d(3, 4, (3, 2), padding="same"), (2, 3, 6, 5)),
    ("conv2d dilated", lambda nn: nn.Conv2d(3, 4, 3, dilation=2, padding=1, bias=False), (2, 3, 6, 7)),
    ("conv2d grouped", lambda nn: nn.Conv2d(4, 6, 3, groups=2), (2, 4, 5, 5)),
    ("conv2d depthwise", lambda nn: nn.Conv2d(4, 8, 3, groups=4, padding="valid"), (2, 4, 5, 5)),
    (
        "conv2d reflecting",
        lambda nn: nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode="reflect"),
        (2, 2, 4, 5),
    ),
    ("conv2d circular", lambda nn: nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular"), (2, 2, 4, 5)),
    (
        "conv2d replicating",
        lambda nn: nn.Conv2d(2, 3, 3, padding="same", padding_mode="replicate"),
        (2, 2, 4, 5),
    ),
    ("conv2d of one image", lambda nn: nn.Conv2d(3, 4, 3), (3, 6, 5)),
    ("conv1d", lambda nn: nn.Conv1d(3, 4, 3, stride=2, padding=1), (2, 3, 9)),
    ("conv1d same", lambda nn: nn.Conv1d(3, 4, 4, padding="same", dilation=2), (2, 3, 9)),
    ("conv1d reflecting", lambda nn: nn.Conv1d(3, 4, 3, padding=2, padding_mode="reflect"), (2, 3, 9)),
    ("transposed", lambda nn: nn.ConvTranspose2d(3, 4, 3), (2, 3, 4, 5)),
    (
        "transposed strided",
        lambda nn: nn.ConvTranspose2d(4, 6, (3, 2), stride=2, padding=1, output_padding=1, groups=2),
        (2, 4, 4, 3),
    ),
    ("conv3d", lambda nn: nn.Conv3d(2, 3, (2, 1, 2), padding=1, stride=(1, 2, 1)), (2, 2, 3, 4, 3)),
    ("conv3d circular", lambda nn: nn.Conv3d(1, 2, 2, padding=1, padding_mode="circular"), (1, 1, 2, 3, 2)),
    ("transposed 1d", lambda nn: nn.ConvTranspose1d(2, 3, 3, stride=2, dilation=2), (2, 2, 4)),
    ("transposed 1d, wider", lambda nn: nn.ConvTranspose1d(2, 3, 2, 2, 1, 2, dilation=3), (2, 2, 4)),
    ("transposed 3d", lambda nn: nn.ConvTranspose3d(2, 2, 2, padding=1), (1, 2, 2, 3, 3)),
    ("unfold", lambda nn: nn.Unfold(2, padding=1, stride=2), (2, 2, 3, 4)),
    ("fold", lambda nn: nn.Fold((3, 4), 2), (2, 8, 6)),
    ("max pool", lambda nn: nn.MaxPool2d(2), (2, 3, 6, 4)),
    ("max pool 3d", lambda nn: nn.MaxPool3d(2, 1, 1, ceil_mode=True), (1, 2, 3, 2, 3)),
    (
        "avg pool 3d",
        lambda nn: nn.AvgPool3d(2, 2, 1, ceil_mode=True, count_include_pad=False),
        (1, 2, 3, 4, 3),
    ),
    ("lp pool", lambda nn: nn.LPPool2d(2, 2), (2, 3, 4, 5)),
    ("adaptive max pool", lambda nn: nn.AdaptiveMaxPool2d((3, 2)), (2, 3, 7, 5)),
    ("adaptive pool 3d", lambda nn: nn.AdaptiveAvgPool3d((2, None, 3)), (1, 2, 3, 4, 5)),
    ("adaptive pool larger", lambda nn: nn.AdaptiveAvgPool1d(7), (2, 3, 5)),
    ("instance norm", lambda nn: nn.InstanceNorm1d(3, affine=True), (2, 3, 5)),
    ("instance norm tracking", lambda nn: nn.InstanceNorm2d(3, track_running_stats=True), (2, 3, 4, 2)),
    ("batch norm of volumes", lambda nn: nn.BatchNorm3d(2), (2, 2, 2, 3, 2)),
    ("rms norm", lambda nn: nn.RMSNorm((3, 4)), (2, 3, 4)),
    ("response norm", lambda nn: nn.LocalResponseNorm(3, alpha=0.5), (2, 5, 3)),
    ("reflecting", lambda nn: nn.ReflectionPad2d((1, 2, 0, 1)), (2, 2, 3, 4)),
    ("replicating", lambda nn: nn.ReplicationPad3d(1), (1, 2, 2, 3, 2)),
    ("wrapping", lambda nn: nn.CircularPad1d((2, -1)), (2, 3, 4)),
    ("filling", lambda nn: nn.ConstantPad1d((2, -1), 1.5), (2, 3, 4)),
    ("larger by the nearest", lambda nn: nn.Upsample(scale_factor=1.7), (2, 2, 3, 4)),
    ("larger by lines", lambda nn: nn.Upsample(7, mode="linear"), (2, 2, 4)),
    ("larger by planes", lambda nn: nn.UpsamplingBilinear2d(scale_factor=2), (2, 2, 3, 4)),
    ("larger by cubes", lambda nn: nn.Upsample((5, 2), mode="bicubic"), (2, 2, 3, 4)),
    ("larger by volumes", lambda nn: nn.Upsample((3, 5, 2), mode="trilinear"), (1, 2, 2, 3, 4)),
    ("max pool with a rest", lambda nn: nn.MaxPool2d(2), (2, 3, 7, 5)),
    ("max pool overlapping", lambda nn: nn.MaxPool2d(3, stride=(2, 1), padding=1), (2, 3, 7, 6)),
    ("max pool ceil", lambda nn: nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True), (2, 3, 6, 8)),
    ("max pool with a rest and ceil", lambda nn: nn.MaxPool2d(2, ceil_mode=True), (2, 3, 7, 5)),
    ("max pool 1d longer than its input", lambda nn: nn.MaxPool1d(5, stride=3, ceil_mode=True), (2, 3, 3)),
    ("avg pool with a rest and ceil", lambda nn: nn.AvgPool2d(2, ceil_mode=True), (2, 3, 7, 5)),
    ("max pool dilated", lambda nn: nn.MaxPool2d(2, stride=1, dilation=2), (3, 5, 6)),
    ("max pool 1d", lambda nn: nn.MaxPool1d(3, stride=2, padding=1), (2, 3, 8)),
    ("avg pool", lambda nn: nn.AvgPool2d(2), (2, 3, 6, 4)),
    ("avg pool padded", lambda nn: nn.AvgPool2d(3, stride=2, padding=1), (2, 3, 7, 6)),
    ("avg pool ceil", lambda nn: nn.AvgPool2d((3, 2), 2, 1, ceil_mode=True), (2, 3, 6, 8)),
    (
        "avg pool without padding",
        lambda nn: nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False),
        (2, 3, 6, 8),
    ),
    ("avg pool divided", lambda nn: nn.AvgPool2d(2, divisor_override=3), (3, 4, 4)),
    ("avg pool 1d", lambda nn: nn.AvgPool1d(3, stride=2, padding=1), (2, 3, 8)),
    ("adaptive pool", lambda nn: nn.AdaptiveAvgPool2d((3, 2)), (2, 3, 7, 5)),
    ("adaptive pool of one side", lambda nn: nn.AdaptiveAvgPool2d((None, 2)), (2, 3, 4, 5)),
    ("global pool", lambda nn: nn.AdaptiveAvgPool2d(1), (2, 3, 4, 5)),
    ("batch norm", lambda nn: nn.BatchNorm1d(4), (5, 4)),
    ("batch norm of a sequence", lambda nn: nn.BatchNorm1d(4, momentum=None), (5, 4, 3)),
    ("batch norm of images", lambda nn: nn.BatchNorm2d(3, eps=0.01, momentum=0.3), (2, 3, 4, 5)),
    ("batch norm, fixed", lambda nn: nn.BatchNorm2d(3, affine=False), (2, 3, 4, 5)),
    ("batch norm, forgetful", lambda nn: nn.BatchNorm2d(3, track_running_stats=False), (2, 3, 4, 5)),
    ("layer norm", lambda nn: nn.LayerNorm(4), (5, 4)),
    ("layer norm of two dims", lambda nn: nn.LayerNorm((3, 4), bias=False), (2, 3, 4)),
    ("layer norm, fixed", lambda nn: nn.LayerNorm([4], elementwise_affine=False), (2, 3, 4)),
    ("group norm", lambda nn: nn.GroupNorm(2, 4), (3, 4, 2, 3)),
    ("relu", lambda nn: nn.ReLU(), (3, 4)),
    ("leaky relu", lambda nn: nn.LeakyReLU(0.2), (3, 4)),
    ("elu", lambda nn: nn.ELU(1.5), (3, 4)),
    ("gelu", lambda nn: nn.GELU(), (3, 4)),
    ("gelu by tanh", lambda nn: nn.GELU(approximate="tanh"), (3, 4)),
    ("silu", lambda nn: nn.SiLU(), (3, 4)),
    ("softplus", lambda nn: nn.Softplus(beta=2.0, threshold=3.0), (3, 4)),
    ("sigmoid", lambda nn: nn.Sigmoid(), (3, 4)),
    ("tanh", lambda nn: nn.Tanh(), (3, 4)),
    ("softmax", lambda nn: nn.Softmax(dim=1), (3, 4)),
    ("softmax of channels", lambda nn: nn.Softmax(dim=-3), (2, 3, 2, 2)),
    ("log softmax", lambda nn: nn.LogSoftmax(dim=-1), (3, 4)),
    ("flatten", lambda nn: nn.Flatten(), (2, 3, 4)),
    ("flatten in the middle", lambda nn: nn.Flatten(1, 2), (2, 3, 4, 5)),
    ("unflatten", lambda nn: nn.Unflatten(1, (2, 3)), (4, 6)),
    ("identity", lambda nn: nn.Identity(), (3, 4)),
    (
        "network",
        lambda nn: nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.0), nn.Linear(16, 3)
        ),
        (2, 1, 6, 6),
    ),
]

each_layer = pytest.mark.parametrize(
    ("make", "shape"), [case[1:] for case in LAYERS], ids=[case[0] for case in LAYERS]
)


@each_layer
def test_gradients_by_finite_differences(
    make: Make, shape: tuple[int, ...], leaf: Callable[..., Tensor]
) -> None:
    layer = make(nn).double()
    parameters = list(layer.parameters())
    assert gradcheck(lambda data, *_: layer(data), (leaf(*shape), *parameters))


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore:Using padding=.same. with even kernel lengths")
@each_layer
def test_layer_is_pytorchs(make: Make, shape: tuple[int, ...], rng: np.random.Generator, agree: Any) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = make(nn), make(torch.nn)
    assert repr(ours) == repr(theirs)
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        values = rng.standard_normal(own.shape, dtype=np.float32)
        own.data = from_numpy(values.copy())
        other.data = torch.from_numpy(values.copy())
    for training in (True, True, False):  # the second time running statistics are no longer the first ones
        ours.train(training)
        theirs.train(training)
        data = rng.standard_normal(shape, dtype=np.float32)
        x, y = from_numpy(data.copy()).requires_grad_(), torch.from_numpy(data.copy()).requires_grad_()
        out, expected = ours(x), theirs(y)
        assert tuple(out.shape) == tuple(expected.shape)
        agree(out, expected, 1e-4, 1e-5)
        back = rng.standard_normal(tuple(out.shape), dtype=np.float32)
        out.backward(from_numpy(back))
        expected.backward(torch.from_numpy(back))
        agree(x.grad, y.grad, 1e-4, 1e-5)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for own, other in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
        agree(own, other)
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        agree(own.grad, other.grad, 1e-4, 1e-4)


@pytest.mark.oracle
@pytest.mark.parametrize("padding", [None, 2, -1])
def test_embedding_is_pytorchs(padding: int | None, agree: Any) -> None:
    torch = pytest.importorskip("torch")
    ours = nn.Embedding(6, 3, padding_idx=padding)
    theirs = torch.nn.Embedding(6, 3, padding_idx=padding)
    assert repr(ours) == repr(theirs)
    theirs.weight.data = torch.from_numpy(ours.weight.array.copy())
    numbers = np.array([[0, 2, 5], [5, 1, 5]])
    out, expected = ours(from_numpy(numbers)), theirs(torch.from_numpy(numbers))
    agree(out, expected)
    (out * out).sum().backward()
    (expected * expected).sum().backward()
    agree(ours.weight.grad, theirs.weight.grad)


@pytest.mark.oracle
@pytest.mark.parametrize(
    "make",
    [
        lambda nn: nn.Linear(784, 128),
        lambda nn: nn.Linear(3, 2, bias=False),
        lambda nn: nn.Conv2d(3, 8, 3),
        lambda nn: nn.Conv2d(4, 8, (3, 5), groups=2),
        lambda nn: nn.Conv1d(3, 5, 4),
        lambda nn: nn.ConvTranspose2d(3, 5, 4),
        lambda nn: nn.Conv3d(2, 4, 3),
        lambda nn: nn.ConvTranspose1d(3, 5, 4),
        lambda nn: nn.ConvTranspose3d(3, 4, 2, bias=False),
        lambda nn: nn.Embedding(30, 7),
        lambda nn: nn.Embedding(3, 4, padding_idx=1),
    ],
)
def test_first_weights_are_pytorchs(make: Make) -> None:
    torch = pytest.importorskip("torch")
    from gradloom import manual_seed

    manual_seed(42)
    ours = make(nn)
    torch.manual_seed(42)
    theirs = make(torch.nn)
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        if isinstance(ours, nn.Embedding):
            np.testing.assert_allclose(own.array, other.detach().numpy(), atol=2.4e-7, rtol=0)
        else:
            np.testing.assert_array_equal(own.array, other.detach().numpy())


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ("Dropout", (5, 7)),
        ("Dropout1d", (4, 3, 5)),
        ("Dropout2d", (4, 3, 2, 2)),
        ("Dropout3d", (4, 3, 2, 2, 2)),
        ("AlphaDropout", (5, 7)),
        ("FeatureAlphaDropout", (4, 3, 5)),
    ],
)
def test_dropout_drops_what_pytorch_drops(layer: str, shape: tuple[int, ...], agree: Any) -> None:
    torch = pytest.importorskip("torch")
    from gradloom import manual_seed

    ours, theirs = getattr(nn, layer)(0.4), getattr(torch.nn, layer)(0.4)
    assert repr(ours) == repr(theirs)
    data = np.ones(shape, np.float32)
    manual_seed(3)
    torch.manual_seed(3)
    agree(ours(from_numpy(data)), theirs(torch.from_numpy(data)))
    np.testing.assert_array_equal(ours.eval()(from_numpy(data)).array, data)


def test_merging_branches() -> None:
    a, b = from_numpy(np.full((2, 3), 2.0)), from_numpy(np.full((2, 3), 5.0))
    assert nn.Add()(a, b, b).tolist() == [[12.0] * 3] * 2
    assert nn.Multiply()(a, b).tolist() == [[10.0] * 3] * 2
    assert tuple(nn.Concat()(a, b).shape) == (2, 6)
    assert tuple(nn.Concat(dim=0)(a, b).shape) == (4, 3)
    with pytest.raises(TypeError, match="Add needs at least one input"):
        nn.Add()()


def test_inplace_overwrites_its_input() -> None:
    for layer in (
        nn.ReLU(inplace=True),
        nn.LeakyReLU(inplace=True),
        nn.ELU(inplace=True),
        nn.SiLU(inplace=True),
    ):
        data = from_numpy(np.array([-1.0, 2.0]))
        out = layer(data)
        assert out is data
        assert data.tolist()[0] > -1.0


@pytest.mark.parametrize(
    ("make", "shape", "words"),
    [
        (lambda: nn.Linear(4, 3), (2, 5), r"mat1 and mat2 shapes cannot be multiplied \(2x5 and 4x3\)"),
        (
            lambda: nn.Conv2d(3, 4, 3),
            (2, 1, 5, 5),
            r"expected input\[2, 1, 5, 5\] to have 3 channels, but got 1",
        ),
        (lambda: nn.Conv2d(1, 4, 5), (2, 1, 4, 4), "Kernel size can't be greater than actual input size"),
        (lambda: nn.Conv2d(1, 4, 5), (4, 4), r"3D \(unbatched\) or 4D \(batched\) input to conv2d"),
        (lambda: nn.MaxPool2d(3), (1, 2, 2, 2), "Output size is too small"),
        (
            lambda: nn.MaxPool2d(2, padding=2),
            (1, 2, 4, 4),
            "pad should be at most half of effective kernel size",
        ),
        (lambda: nn.BatchNorm2d(3), (2, 3), r"expected 4D input \(got 2D input\)"),
        (lambda: nn.BatchNorm1d(3), (1, 3), "Expected more than 1 value per channel when training"),
        (lambda: nn.BatchNorm1d(3), (2, 4), "running_mean should contain 4 elements not 3"),
        (
            lambda: nn.LayerNorm(4),
            (2, 3),
            r"expected input with shape \[\*, 4\], but got input of size\[2, 3\]",
        ),
        (lambda: nn.Unflatten(1, (2, 2)), (2, 5), "don't multiply up to the size of dim 1"),
    ],
)
def test_shapes_that_do_not_fit_are_named(
    make: Callable[[], Any], shape: tuple[int, ...], words: str
) -> None:
    with pytest.raises((RuntimeError, ValueError), match=words):
        make()(from_numpy(np.zeros(shape, np.float32)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nn.Conv2d(3, 4, 3, groups=2), "in_channels must be divisible by groups"),
        (lambda: nn.Conv2d(2, 3, 3, groups=2), "out_channels must be divisible by groups"),
        (lambda: nn.Conv2d(2, 3, 3, padding="full"), "Invalid padding string 'full'"),
        (lambda: nn.Conv2d(2, 3, 3, padding="same", stride=2), "not supported for strided"),
        (lambda: nn.Conv2d(2, 3, 3, padding_mode="mirror"), "padding_mode must be one of"),
        (lambda: nn.Dropout(1.5), "has to be between 0 and 1, but got 1.5"),
        (lambda: nn.GroupNorm(3, 4), r"num_channels \(4\) must be divisible by num_groups \(3\)"),
    ],
)
def test_settings_that_do_not_fit_are_named(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_softmax_asks_for_its_dim() -> None:
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
        nn.Softmax()(from_numpy(np.zeros((2, 3))))


def test_embedding_refuses_numbers_outside_its_table() -> None:
    with pytest.raises(IndexError, match="index out of range in self"):
        nn.Embedding(3, 2)(from_numpy(np.array([3])))
    with pytest.raises(RuntimeError, match="Expected tensor for argument #1 'indices'"):
        nn.Embedding(3, 2)(from_numpy(np.array([1.0])))
