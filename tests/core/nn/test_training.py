"""Networks trained in both engines from one seed: they lose the same at every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import gradloom

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # several wait for each other on a busy machine
pytestmark = pytest.mark.oracle

TEXT = "the loom draws thread through thread, row by row, and what was apart becomes cloth. " * 8
LETTERS = sorted(set(TEXT))
NUMBERS = [LETTERS.index(letter) for letter in TEXT]


def batches(lib: Any, length: int, count: int) -> Iterator[tuple[Any, Any]]:
    data = lib.tensor(NUMBERS)
    for _ in range(50):
        starts = lib.randint(len(NUMBERS) - length - 1, (count,)).tolist()
        yield (
            lib.stack([data[start : start + length] for start in starts]),
            lib.stack([data[start + 1 : start + length + 1] for start in starts]),
        )


def lstm(lib: Any) -> Iterator[float]:
    nn = lib.nn

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.letters = nn.Embedding(len(LETTERS), 12)
            self.memory = nn.LSTM(12, 24, num_layers=2, dropout=0.2, batch_first=True)
            self.head = nn.Linear(24, len(LETTERS))

        def forward(self, numbers: Any) -> Any:
            out, _ = self.memory(self.letters(numbers))
            return self.head(out)

    model = Reader()
    optimizer = lib.optim.Adam(model.parameters(), lr=0.01)
    criterion = nn.CrossEntropyLoss()
    for given, wanted in batches(lib, 16, 8):
        loss = criterion(model(given).flatten(0, 1), wanted.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        yield loss.item()


def gpt(lib: Any) -> Iterator[float]:
    nn, functional = lib.nn, lib.nn.functional
    layers, heads, width, context = 2, 2, 16, 12

    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(width, 3 * width)
            self.projection = nn.Linear(width, width)

        def forward(self, x: Any) -> Any:
            b, t, c = x.size()
            q, k, v = (
                each.view(b, t, heads, c // heads).transpose(1, 2) for each in self.qkv(x).split(c, dim=2)
            )
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=0.1)
            return self.projection(y.transpose(1, 2).contiguous().view(b, t, c))

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
            self.attention = Attention()
            self.mlp = nn.Sequential(
                nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(0.1)
            )

        def forward(self, x: Any) -> Any:
            x = x + self.attention(self.first(x))
            return x + self.mlp(self.second(x))

    class GPT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.letters = nn.Embedding(len(LETTERS), width)
            self.places = nn.Embedding(context, width)
            self.blocks = nn.ModuleList([Block() for _ in range(layers)])
            self.norm = nn.LayerNorm(width)
            self.head = nn.Linear(width, len(LETTERS), bias=False)
            self.letters.weight = self.head.weight
            self.apply(self.start)

        def start(self, module: Any) -> None:
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, mean=0.0, std=0.02)

        def forward(self, numbers: Any) -> Any:
            x = self.letters(numbers) + self.places(lib.arange(numbers.shape[1]))
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))

    model = GPT()
    optimizer = lib.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1, betas=(0.9, 0.95))
    for given, wanted in batches(lib, context, 8):
        loss = functional.cross_entropy(model(given).view(-1, len(LETTERS)), wanted.view(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        yield loss.item()


def translator(lib: Any) -> Iterator[float]:
    nn = lib.nn
    letters = nn.Embedding(len(LETTERS), 16)
    model = nn.Transformer(16, 2, 1, 1, 32, dropout=0.1, batch_first=True)
    head = nn.Linear(16, len(LETTERS))
    optimizer = lib.optim.SGD([*letters.parameters(), *model.parameters(), *head.parameters()], lr=0.1)
    mask = nn.Transformer.generate_square_subsequent_mask(10)
    for given, wanted in batches(lib, 10, 4):
        out = head(model(letters(wanted), letters(given), tgt_mask=mask))
        loss = nn.functional.cross_entropy(out.transpose(1, 2), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


@pytest.mark.parametrize("train", [lstm, gpt, translator])
def test_losses_are_pytorchs_at_every_step(train: Callable[[Any], Iterator[float]]) -> None:
    losses = []
    for lib in (gradloom, torch):
        lib.manual_seed(11)
        losses.append(list(train(lib)))
    ours, theirs = losses
    assert len(ours) == 50
    assert ours[-1] < 0.95 * ours[0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
