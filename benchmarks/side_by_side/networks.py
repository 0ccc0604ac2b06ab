"""The networks that are timed. Functions take the library, ours or PyTorch: both have the same names."""

from __future__ import annotations

from itertools import pairwise
from typing import Any


def perceptron(torch: Any, *sizes: int, activation: str = "ReLU") -> Any:
    """Linear layers of these sizes with an activation between them."""
    layers = []
    for inputs, outputs in pairwise(sizes):
        layers += [torch.nn.Linear(inputs, outputs), getattr(torch.nn, activation)()]
    return torch.nn.Sequential(*layers[:-1])


def mnist_cnn(torch: Any) -> Any:
    nn = torch.nn
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10)),
    )


def cifar_cnn(torch: Any) -> Any:
    """Three convolutions with stride 2 and batch normalization, then the average of each channel."""
    nn = torch.nn
    layers = []
    for inputs, outputs in ((3, 32), (32, 64), (64, 128)):
        convolution = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10))


def resnet(torch: Any) -> Any:
    """Three stages of two blocks each, 16, 32 and 64 channels wide (He et al., 2016)."""
    nn = torch.nn

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, inputs: int, outputs: int, stride: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)
            self.shortcut = nn.Sequential()
            if stride != 1 or inputs != outputs:
                projection = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
                self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(outputs))

        def forward(self, x: Any) -> Any:
            y = torch.relu(self.bn1(self.conv1(x)))
            return torch.relu(self.bn2(self.conv2(y)) + self.shortcut(x))

    stem = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    blocks = [Block(16, 16, 1), Block(16, 16, 1), Block(16, 32, 2), Block(32, 32, 1), Block(32, 64, 2)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    return nn.Sequential(*stem, *blocks, Block(64, 64, 1), *head)


def recurrent(torch: Any, kind: str) -> Any:
    """An image's rows, one after the other, into 128 units; the last state decides."""

    class Reader(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.cells = getattr(torch.nn, kind)(28, 128, batch_first=True)
            self.head = torch.nn.Linear(128, 10)

        def forward(self, rows: Any) -> Any:
            states, _ = self.cells(rows)
            return self.head(states[:, -1])

    return Reader()


def gpt(
    torch: Any, layers: int = 4, width: int = 128, heads: int = 4, context: int = 64, words: int = 65
) -> Any:
    """A decoder that predicts each next letter (Radford et al., 2019), without dropout."""
    nn = torch.nn

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x: Any) -> Any:
            batch, steps, _ = x.shape
            qkv = self.qkv(self.before(x)).view(batch, steps, 3, heads, width // heads)
            q, k, v = qkv.permute(2, 0, 3, 1, 4)
            seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(seen.transpose(1, 2).reshape(batch, steps, width))
            return x + self.mlp(self.between(x))

    class Decoder(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.words, self.places = nn.Embedding(words, width), nn.Embedding(context, width)
            self.blocks = nn.Sequential(*[Block() for _ in range(layers)])
            self.last, self.head = nn.LayerNorm(width), nn.Linear(width, words, bias=False)

        def forward(self, letters: Any) -> Any:
            x = self.words(letters) + self.places(torch.arange(letters.shape[1]))
            return self.head(self.last(self.blocks(x)))

    return Decoder()


def variational_autoencoder(torch: Any) -> Any:
    """To 16 numbers and back (Kingma and Welling, 2014); returns picture, mean, log variance."""
    nn = torch.nn

    class Autoencoder(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            down = (nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.Flatten())
            up = (nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(16, 1, 4, 2, 1))
            self.encoder = nn.Sequential(*down, nn.Linear(1568, 32))
            self.decoder = nn.Sequential(nn.Linear(16, 1568), nn.ReLU(), nn.Unflatten(1, (32, 7, 7)), *up)

        def forward(self, x: Any) -> Any:
            mean, log_variance = self.encoder(x).chunk(2, dim=1)
            code = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
            return self.decoder(code), mean, log_variance

    return Autoencoder()
