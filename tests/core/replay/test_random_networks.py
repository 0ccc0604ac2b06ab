"""Random networks, trained while things change between their steps: recorded or not, with the same bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import hypothesis.strategies as some
import numpy as np
import pytest
from hypothesis import given, settings

import gradloom
from gradloom import Tensor, nn, optim
from gradloom.nn import functional as F
from gradloom.replay.program import Program

WIDTH = 8
LAYERS: dict[str, Callable[[], nn.Module]] = {
    "linear": lambda: nn.Linear(WIDTH, WIDTH),
    "without bias": lambda: nn.Linear(WIDTH, WIDTH, bias=False),
    "relu": nn.ReLU,
    "in place": lambda: nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(inplace=True)),
    "gelu": nn.GELU,
    "learned slope": nn.PReLU,
    "dropout": lambda: nn.Dropout(0.3),
    "batch norm": lambda: nn.BatchNorm1d(WIDTH),
    "layer norm": lambda: nn.LayerNorm(WIDTH),
    "shortcut": lambda: Shortcut(nn.Linear(WIDTH, WIDTH)),
    "list": lambda: Row(nn.Tanh(), nn.Linear(WIDTH, WIDTH)),
    "convolution": lambda: Seen((2, 4), nn.Conv1d(2, 2, 3, padding=1), nn.MaxPool1d(3, 1, 1)),
    "picture": lambda: Seen((2, 2, 2), nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2)),
    "resized": lambda: Seen((2, 2, 2), nn.Upsample(scale_factor=2, mode="bilinear"), nn.AvgPool2d(3, 2, 1)),
    "attention": lambda: Seen((2, 4), nn.TransformerEncoderLayer(4, 2, 4, 0.1, batch_first=True)),
    "recurrent": lambda: Seen((2, 4), Outputs(nn.GRU(4, 4, batch_first=True))),
    "numbers": lambda: Numbers(),
}
OPTIMIZERS: dict[str, Callable[[Any], optim.Optimizer]] = {
    "SGD": lambda parameters: optim.SGD(parameters, 0.1, momentum=0.9, weight_decay=0.01),
    "Adam": lambda parameters: optim.Adam(parameters, 0.01, amsgrad=True),
    "AdamW": lambda parameters: optim.AdamW(parameters, 0.01),
    "RMSprop": lambda parameters: optim.RMSprop(parameters, 0.01, centered=True),
}
LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "classes": F.cross_entropy,
    "squares": lambda scores, labels: F.mse_loss(scores, F.one_hot(labels, WIDTH).float()),
    "yes or no": lambda scores, labels: F.binary_cross_entropy_with_logits(
        scores, F.one_hot(labels, WIDTH).float(), reduction="sum"
    ),
}


class Shortcut(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.share = 0.5

    def forward(self, given: Tensor) -> Tensor:
        made: Tensor = given + self.layer(given) * self.share
        return made


class Row(nn.Module):
    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, given: Tensor) -> Tensor:
        for layer in self.layers:
            given = layer(given)
        return given


class Seen(nn.Module):
    """Layers that see each row in another shape."""

    def __init__(self, shape: tuple[int, ...], *layers: nn.Module) -> None:
        super().__init__()
        self.shape = shape
        self.layers = nn.Sequential(*layers)

    def forward(self, given: Tensor) -> Tensor:
        return self.layers(given.reshape(-1, *self.shape)).flatten(1)


class Outputs(nn.Module):
    def __init__(self, cells: nn.Module) -> None:
        super().__init__()
        self.cells = cells

    def forward(self, rows: Tensor) -> Tensor:
        made: Tensor = self.cells(rows)[0]
        return made


class Numbers(nn.Module):
    """Adds vectors of whole numbers that are made of the values, and counts in a buffer."""

    total: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.vectors = nn.Embedding(5, WIDTH)
        self.register_buffer("total", gradloom.zeros(()))

    def forward(self, given: Tensor) -> Tensor:
        numbers = given.detach().abs().long().clamp(0, 4)
        self.total += numbers.sum()
        return given + self.vectors(numbers).mean(1)


class Run(NamedTuple):
    layers: list[str]
    optimizer: str
    loss: str
    clips: bool
    every: int
    """After how many steps the optimizer moves."""
    calls: list[tuple[int, str]]
    """For each step the size of its batch, and what happens before."""


class Trained:
    """A network and what may happen to it."""

    def __init__(self, run: Run) -> None:
        gradloom.manual_seed(0)
        self.model = nn.Sequential(*[LAYERS[name]() for name in run.layers], nn.Linear(WIDTH, WIDTH))
        self.optimizer = OPTIMIZERS[run.optimizer](self.model.parameters())
        self.loss = LOSSES[run.loss]
        self.clips, self.factor = run.clips, 1.0

    def step(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        scores = self.model(inputs)
        loss = self.loss(scores, labels) * self.factor
        loss.backward()
        return loss, scores

    def move(self) -> None:
        if self.clips:
            nn.utils.clip_grad_norm_(self.model.parameters(), 0.5)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def happens(self, what: str) -> None:
        last = self.model[-1]
        assert isinstance(last, nn.Linear)
        if what == "mode":
            self.model.train(not self.model.training)
        elif what == "rate":
            self.optimizer.param_groups[0]["lr"] *= 0.5
        elif what == "freeze":
            last.weight.requires_grad_(not last.weight.requires_grad)
        elif what == "weights":
            last.weight.data = last.weight.data * 0.9
        elif what == "bias":
            last.bias = nn.Parameter(gradloom.zeros(WIDTH))
        elif what == "layer":
            self.model[0] = nn.Tanh()
        elif what == "factor":
            self.factor *= 0.5
        elif what == "gradients":
            self.model.zero_grad(set_to_none=False)

    def observed(self) -> list[Any]:
        state = self.model.state_dict(keep_vars=True).values()
        return [
            (each.array.tobytes(), each._version, None if each.grad is None else each.grad.array.tobytes())
            for each in state
        ] + [gradloom.get_rng_state().array.tobytes()]


HAPPENINGS = ["nothing"] * 8 + ["mode", "rate", "freeze", "weights", "bias", "layer", "factor", "gradients"]
RUNS = some.builds(
    Run,
    some.lists(some.sampled_from(list(LAYERS)), min_size=1, max_size=4),
    some.sampled_from(list(OPTIMIZERS)),
    some.sampled_from(list(LOSSES)),
    some.booleans(),
    some.sampled_from([1, 1, 2]),
    some.lists(
        some.tuples(some.sampled_from([3, 3, 3, 2]), some.sampled_from(HAPPENINGS)), min_size=4, max_size=12
    ),
)


def trained(run: Run, compiled: bool, whole: bool) -> tuple[list[Any], bool]:
    """What each step left behind, and whether one was replayed; `whole` if the optimizer is part of it."""
    it = Trained(run)

    def both(inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        made = it.step(inputs, labels)
        it.move()
        return made

    step = both if whole else it.step
    called = gradloom.compile(step) if compiled else step
    rng, seen = np.random.default_rng(0), []
    for number, (size, what) in enumerate(run.calls):
        it.happens(what)
        inputs = gradloom.tensor(rng.standard_normal((size, WIDTH)).astype(np.float32))
        labels = gradloom.tensor(rng.integers(0, WIDTH, size))
        seen += [each.array.tobytes() for each in called(inputs, labels)]
        if not whole and number % run.every == 0:
            it.move()
        seen += it.observed()
    programs = called._programs.values() if compiled else ()
    return seen, any(isinstance(each, Program) for each in programs)


@settings(max_examples=25, deadline=None)
@given(run=RUNS, whole=some.booleans())
def test_recorded_or_not_the_bits_are_the_same(run: Run, whole: bool) -> None:
    assert trained(run, True, whole)[0] == trained(run, False, whole)[0]


@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_is_replayed(name: str) -> None:
    run = Run([name], "SGD", "squares", False, 1, [(3, "nothing")] * 4)
    assert trained(run, True, True)[1]
