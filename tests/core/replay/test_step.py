"""Steps that are recorded and replayed, against the same steps run as they are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.core.replay.steps import Made, assert_same, batches, classifier

import gradloom
from gradloom import Tensor, nn
from gradloom.nn import functional as F
from gradloom.utils.checkpoint import checkpoint


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "NAdam", "Rprop"])
def test_every_optimizer_gives_the_same_bits(optimizer: str) -> None:
    assert_same(lambda: classifier(nn.ReLU(), optimizer=optimizer), batches(6))


LAYERS = {
    "tanh": lambda: [nn.Tanh()],
    "gelu and softmax": lambda: [nn.GELU(), nn.Softmax(1)],
    "dropout draws anew": lambda: [nn.Dropout(0.4)],
    "alpha dropout": lambda: [nn.SELU(), nn.AlphaDropout(0.2)],
    "running statistics": lambda: [nn.BatchNorm1d(8)],
    "layer norm": lambda: [nn.LayerNorm(8)],
    "group norm": lambda: [nn.GroupNorm(2, 8)],
    "in place": lambda: [nn.ReLU(inplace=True)],
    "weights used twice": lambda: [*[nn.Linear(8, 8)] * 2],
    "convolution and pooling": lambda: [
        nn.Unflatten(1, (2, 4)), nn.Conv1d(2, 4, 3, padding=1), nn.MaxPool1d(2), nn.Flatten()
    ],
    "picture": lambda: [
        nn.Unflatten(1, (2, 2, 2)), nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.Flatten()
    ],
    "sequence": lambda: [nn.Unflatten(1, (2, 4)), Last(nn.GRU(4, 8, batch_first=True))],
    "memory": lambda: [nn.Unflatten(1, (2, 4)), Last(nn.LSTM(4, 8, batch_first=True))],
    "vectors that are shortened": lambda: [Numbered()],
    "a weight divided by its norm": lambda: [nn.utils.parametrizations.spectral_norm(nn.Linear(8, 8))],
    "attention": lambda: [nn.Unflatten(1, (2, 4)), nn.TransformerEncoderLayer(4, 2, 8, 0.1), nn.Flatten()],
}  # fmt: skip


class Numbered(nn.Module):
    """Adds vectors of things, whose numbers come of the input; long ones are shortened where they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.vectors = nn.Embedding(9, 8, max_norm=0.5)

    def forward(self, given: Tensor) -> Tensor:
        numbers = (given.detach().abs() * 2).long().clamp(0, 8)
        return given + self.vectors(numbers).sum(1)


class Last(nn.Module):
    """What a recurrent layer gives at the last step."""

    def __init__(self, cells: nn.Module) -> None:
        super().__init__()
        self.cells = cells

    def forward(self, rows: Tensor) -> Tensor:
        return self.cells(rows)[0][:, -1]


@pytest.mark.parametrize("name", LAYERS)
def test_every_kind_of_layer_gives_the_same_bits(name: str) -> None:
    def make() -> Made:
        gradloom.manual_seed(1)
        return classifier(*LAYERS[name]())

    assert_same(make, batches(6))


def test_a_step_that_draws_the_same_numbers_again_runs_as_it_is() -> None:
    def make() -> Made:
        model, optimizer, _ = classifier(nn.Dropout(0.4))

        def step(inputs: Tensor, target: Tensor) -> Tensor:
            optimizer.zero_grad()
            # On the way back it draws again, from where it drew on the way there.
            loss = F.cross_entropy(checkpoint(model, inputs, use_reentrant=False), target)
            loss.backward()
            optimizer.step()
            return loss

        return model, optimizer, step

    step = assert_same(make, batches(5), replayed=False)
    assert "sets where random numbers go on" in str(step.why_not)


def test_a_step_may_be_compiled_that_an_optimizer_of_another_calls() -> None:
    def train(compiled: Callable[[Any], Any]) -> list[float]:
        model, optimizer, _ = classifier(nn.ReLU(), optimizer="SGD")

        @compiled
        def loss_of(inputs: Tensor, target: Tensor) -> Tensor:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(inputs), target)
            loss.backward()
            return loss

        @compiled
        def step(inputs: Tensor, target: Tensor) -> Tensor:
            moved: Tensor = optimizer.step(lambda: loss_of(inputs, target))
            return moved

        return [step(*batch).item() for batch in batches(6)]

    assert train(gradloom.compile) == train(lambda function: function)


def test_threads_may_record_steps_at_the_same_time() -> None:
    amid, done = threading.Event(), threading.Event()

    @gradloom.compile
    def slow(given: Tensor) -> Tensor:
        amid.set()
        assert done.wait(60)
        return given * 2

    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(slow, gradloom.ones(2))
        assert amid.wait(60)
        try:
            assert_same(lambda: classifier(nn.ReLU()), batches(4))
        finally:
            done.set()
        assert result.result().tolist() == [2, 2]


def test_threads_may_see_at_the_same_time_that_a_step_has_changed() -> None:
    both, looks = threading.Barrier(2), threading.local()

    class Factor:
        __slots__ = ("value",)

        def __getattribute__(self, name: str) -> Any:
            if getattr(looks, "left", 0):
                looks.left -= 1
                both.wait(20)
            return super().__getattribute__(name)

    factor = Factor()
    factor.value = 2
    scaled = gradloom.compile(lambda given: given * factor.value)
    for _ in range(2):
        scaled(gradloom.ones(1))
    factor.value = 3

    def call(_: int) -> float:
        looks.left = 2  # before replaying, and before recording anew
        result: float = scaled(gradloom.ones(1)).item()
        return result

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(call, range(2))) == [3, 3]
