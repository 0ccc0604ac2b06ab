"""Whatever fails in a training ends that run, with a sentence that says where, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom import nn, optim
from gradloom.autograd import Function
from gradloom.data.sources import Samples
from gradloom.experiment.document import Choice, Document
from gradloom.experiment.document_file import parse
from gradloom.experiment.events import Failure, RunEnded
from gradloom.experiment.trainer import Trainer
from gradloom.plugins import Catalogue, load_plugins
from gradloom.plugins.catalogue import Kind
from gradloom.plugins.describe import describe

NETWORK = """
format = 1

[data]
kind = "moons"
samples = 100

[nodes]
points = { kind = "Input" }
fc1 = { kind = "Linear", out_features = 8 }
middle = { kind = "ReLU" }
fc2 = { kind = "Linear", out_features = 2 }
loss = { kind = "CrossEntropyLoss" }

[graph]
wires = ["points -> fc1", "fc1 -> middle", "middle -> fc2", "fc2 -> loss"]

[optimizer]
kind = "SGD"
lr = 0.1

[training]
epochs = 2
batch_size = 16
"""


class Fragile(nn.Module):
    """Passes its input on, but not in the third training batch."""

    error: Callable[[], BaseException] = RuntimeError

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", gl.zeros(1))

    def forward(self, input: gl.Tensor) -> gl.Tensor:
        if self.training and gl.is_grad_enabled():
            if self.seen.item() >= 2:
                raise type(self).error()
            self.seen += 1
        return input


class Stubborn(Function):
    @staticmethod
    def forward(ctx: Any, input: gl.Tensor) -> gl.Tensor:
        return input.clone()

    @staticmethod
    def backward(ctx: Any, grad: gl.Tensor) -> gl.Tensor:
        raise ArithmeticError("no way back")


class OneWay(nn.Module):
    """Can be computed, but not differentiated."""

    def forward(self, input: gl.Tensor) -> gl.Tensor:
        return Stubborn.apply(input)


class Explosive(nn.Module):
    """Overflows for any input."""

    def forward(self, input: gl.Tensor) -> gl.Tensor:
        return (input.abs() + 1) * 1e38 * 1e38


CALLED = count()


class Counted(nn.Module):
    """Counts its calls in a way that no operation shows."""

    def forward(self, input: gl.Tensor) -> gl.Tensor:
        if self.training and gl.is_grad_enabled():
            next(CALLED)
        return input


class BadMetric:
    """Cannot measure."""

    def reset(self) -> None:
        pass

    def update(self, output: gl.Tensor, target: gl.Tensor) -> None:
        raise ValueError("cannot be measured")

    def compute(self) -> float:
        return 0.0


class BadOptimizer(optim.SGD):
    """Cannot step."""

    def step(self, closure: Any = None) -> Any:
        raise IndexError("slot 3 is missing")


def bad_data() -> Samples:
    """Cannot be read."""
    raise OSError("the disk is gone")


def nan_data() -> Samples:
    """Holds a value that is missing."""
    x = np.ones((50, 2), np.float32)
    x[::3] = np.nan
    return Samples({"x": x}, np.arange(50, dtype=np.int64) % 2, "classification", ("a", "b"))


def one_bad_target() -> Samples:
    """Wants shares, and of one row too large a one."""
    x = np.zeros((100, 2), np.float32)
    target = np.full((100, 1), 0.5, np.float32)
    target[70] = 1.5
    return Samples({"x": x}, target, "regression")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    entries = dict(load_plugins(entry_points=False).catalogue)
    extra = [
        *((layer, Kind.LAYER, layer.__name__) for layer in (Fragile, OneWay, Explosive, Counted)),
        (BadOptimizer, Kind.OPTIMIZER, "BadOptimizer"),
        (BadMetric, Kind.METRIC, "bad_metric"),
        (bad_data, Kind.DATASET, "bad_data"),
        (nan_data, Kind.DATASET, "nan_data"),
        (one_bad_target, Kind.DATASET, "one_bad_target"),
    ]
    entries.update({key: describe(factory, kind, key) for factory, kind, key in extra})
    return Catalogue(entries)


@pytest.fixture(scope="module")
def document() -> Document:
    return parse(NETWORK)


def with_middle(document: Document, kind: str) -> Document:
    return document.model_copy(update={"nodes": {**document.nodes, "middle": Choice(kind=kind)}})


def run(document: Document, catalogue: Catalogue) -> RunEnded:
    heard: list[Any] = []
    trainer = Trainer(document, catalogue, listener=heard.append)
    ended = trainer.run()
    assert heard[-1] is ended
    assert trainer.state == ended.outcome
    return ended


def failure_of(document: Document, catalogue: Catalogue) -> Failure:
    ended = run(document, catalogue)
    assert ended.outcome == "failed"
    assert ended.failure is not None
    assert ended.failure.message.endswith((".", "?"))
    assert "\n" not in ended.failure.message
    assert "Traceback" in ended.failure.traceback
    return ended.failure


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (lambda: ValueError("Too bad."), "Too bad."),
        (lambda: KeyError("x"), "'x'."),
        (lambda: RuntimeError(), "RuntimeError."),
        (lambda: SystemExit(3), "it asked to end the program."),
        (lambda: MemoryError(), "there is not enough memory; a smaller batch needs less."),
        (lambda: RecursionError("too deep\nand more"), "too deep."),
    ],
)
def test_a_layer_that_fails_is_named_with_its_step_and_shapes(
    document: Document,
    catalogue: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
    error: Callable[[], BaseException],
    reason: str,
) -> None:
    monkeypatch.setattr(Fragile, "error", error)
    failure = failure_of(with_middle(document, "Fragile"), catalogue)
    assert failure.message == f"Fragile 'middle', given (16, 8), failed in step 3 (epoch 1): {reason}"
    assert (failure.node, failure.operation, failure.shapes) == ("middle", "Fragile", ((16, 8),))


def test_a_last_batch_of_one_sample_is_blamed_where_a_layer_needs_more(
    document: Document, catalogue: Catalogue
) -> None:
    training = document.training.model_copy(update={"batch_size": 79})
    changed = with_middle(document, "BatchNorm1d").model_copy(update={"training": training})
    failure = failure_of(changed, catalogue)
    assert failure.message.startswith("BatchNorm1d 'middle', given (1, 8), failed in step 2 (epoch 1): ")
    assert failure.message.endswith("has one sample only; another batch size may help.")


def test_a_failing_backward_pass_names_the_node_that_computed_forward(
    document: Document, catalogue: Catalogue
) -> None:
    failure = failure_of(with_middle(document, "OneWay"), catalogue)
    assert failure.node == "middle"
    assert failure.message == "OneWay 'middle' failed in the backward pass of step 1 (epoch 1): no way back."
    assert failure.operation == "StubbornBackward"
    assert failure.shapes == ((16, 8),)


def test_an_optimizer_that_fails_is_named_so(document: Document, catalogue: Catalogue) -> None:
    failure = failure_of(
        document.model_copy(update={"optimizer": Choice(kind="BadOptimizer", parameters={"lr": 0.1})}),
        catalogue,
    )
    assert failure.message == "The optimizer failed in step 1 (epoch 1): slot 3 is missing."


def test_a_metric_that_fails_is_named_so(document: Document, catalogue: Catalogue) -> None:
    failure = failure_of(document.model_copy(update={"metrics": ("bad_metric",)}), catalogue)
    assert failure.message == "A metric failed in step 1 (epoch 1): cannot be measured."


def with_data(document: Document, kind: str) -> Document:
    data = document.data.model_copy(update={"source": Choice(kind=kind)})
    return document.model_copy(update={"data": data})


def test_data_that_cannot_be_read_end_the_run_before_its_first_step(
    document: Document, catalogue: Catalogue
) -> None:
    ended = run(with_data(document, "bad_data"), catalogue)
    assert (ended.outcome, ended.step) == ("failed", 0)
    assert ended.failure is not None
    assert "the disk is gone" in ended.failure.message


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"optimizer": Choice(kind="SDG")}, "There is no optimizer 'SDG'; did you mean SGD?"),
        (
            {"optimizer": Choice(kind="SGD", parameters={"lr": -1.0})},
            "The optimizer SGD is set wrongly: lr must be a number >= 0, not -1.0.",
        ),
        ({"schedule": Choice(kind="StepLR")}, "The schedule StepLR needs step_size: a whole number > 0."),
        (
            {"schedule": Choice(kind="StepLR", parameters={"step": 3})},
            "The schedule StepLR has no parameter 'step'; did you mean 'step_size'?",
        ),
        ({"metrics": ("acuracy",)}, "There is no metric 'acuracy'; did you mean accuracy?"),
    ],
)
def test_what_cannot_be_made_is_said_in_a_sentence(
    document: Document, catalogue: Catalogue, change: dict[str, Any], sentence: str
) -> None:
    assert failure_of(document.model_copy(update=change), catalogue).message.startswith(sentence)


def test_a_loss_that_overflows_names_the_first_node_that_did(
    document: Document, catalogue: Catalogue
) -> None:
    failure = failure_of(with_middle(document, "Explosive"), catalogue)
    assert failure.node == "middle"
    assert failure.message.startswith("The loss became not a number in step 1 (epoch 1)")
    assert "Explosive 'middle'" in failure.message
    assert failure.message.endswith("A lower learning rate may help.")


def test_a_step_that_was_replayed_before_it_failed_names_its_node_too(
    document: Document, catalogue: Catalogue
) -> None:
    data = document.data.model_copy(update={"source": Choice(kind="one_bad_target"), "normalize": "none"})
    nodes = {
        **document.nodes,
        "middle": Choice(kind="Linear", parameters={"out_features": 1}),
        "fc2": Choice(kind="Sigmoid"),
        "loss": Choice(kind="BCELoss"),
    }
    failure = failure_of(document.model_copy(update={"data": data, "nodes": nodes}), catalogue)
    assert failure.node == "loss"
    assert failure.message == (
        "BCELoss 'loss', given (16, 1) and (16, 1), failed in step 5 (epoch 1): "
        "all elements of target should be between 0 and 1."
    )


def test_a_layer_of_anyones_is_called_in_each_step(document: Document, catalogue: Catalogue) -> None:
    before = next(CALLED)
    assert run(with_middle(document, "Counted"), catalogue).step == 10
    assert next(CALLED) - before == 11


def test_a_rate_that_is_far_too_high_is_blamed(document: Document, catalogue: Catalogue) -> None:
    wild = document.model_copy(update={"optimizer": Choice(kind="SGD", parameters={"lr": 1e30})})
    failure = failure_of(wild, catalogue)
    assert failure.message.startswith("The loss became ")
    assert failure.node in document.nodes
    assert failure.message.endswith("A lower learning rate may help.")


def test_data_that_hold_no_numbers_are_blamed(document: Document, catalogue: Catalogue) -> None:
    data = document.data.model_copy(update={"source": Choice(kind="nan_data"), "normalize": "none"})
    failure = failure_of(document.model_copy(update={"data": data}), catalogue)
    assert failure.message.endswith("the data have values that are missing or infinite.")


def test_the_last_good_figures_and_weights_outlive_a_failure(
    document: Document, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Fragile, "error", lambda: ValueError("late"))
    trainer = Trainer(with_middle(document, "Fragile"), catalogue, listener=lambda event: None)
    ended = trainer.run()
    assert ended.step == 2
    assert all(np.isfinite(array).all() for array in trainer.state_dict().values())
    assert "fc1.weight" in trainer.state_dict()


def test_a_failure_leaves_no_trace_in_the_process(document: Document, catalogue: Catalogue) -> None:
    before = (gl.is_grad_enabled(), sys.getswitchinterval(), np.geterr())
    failure_of(with_middle(document, "OneWay"), catalogue)
    assert (gl.is_grad_enabled(), sys.getswitchinterval(), np.geterr()) == before


def test_a_graph_that_cannot_be_built_names_its_node(document: Document, catalogue: Catalogue) -> None:
    failure = failure_of(with_middle(document, "Nonsense"), catalogue)
    assert failure.node == "middle"
