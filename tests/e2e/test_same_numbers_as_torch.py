"""The shipped MLP on handwritten digits, beside the public PyTorch script that trains the same network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gradloom.experiment.events import EpochEnded
from gradloom.experiment.examples import read_example
from gradloom.experiment.preparation import load_parts
from gradloom.experiment.trainer import Trainer
from gradloom.plugins import load_plugins

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

CLOSE = 1e-4


def script(train: Any, validation: Any, seed: int, epochs: int) -> list[tuple[float, float, float]]:
    """Training loss, validation loss and accuracy of each epoch."""
    torch.manual_seed(seed)
    model = torch.nn.Sequential(
        torch.nn.Flatten(),
        torch.nn.Linear(784, 128),
        torch.nn.ReLU(),
        torch.nn.Linear(128, 64),
        torch.nn.ReLU(),
        torch.nn.Linear(64, 10),
    )
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    dataset = torch.utils.data.TensorDataset(*map(torch.tensor, train))
    loader = torch.utils.data.DataLoader(dataset, batch_size=64, shuffle=True)
    images, labels = map(torch.tensor, validation)
    figures = []
    for _ in range(epochs):
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        with torch.no_grad():
            output = model(images)
            right = (output.argmax(1) == labels).float().mean().item()
            figures.append((total / len(dataset), criterion(output, labels).item(), right))
    return figures


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small products crawl on several threads while anything else wants a core."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_the_file_and_the_script_have_the_same_losses() -> None:
    document, catalogue = read_example("mnist-mlp"), load_plugins(entry_points=False).catalogue
    epochs: list[EpochEnded] = []
    Trainer(
        document, catalogue, listener=lambda e: epochs.append(e) if isinstance(e, EpochEnded) else None
    ).run()
    parts = load_parts(document, catalogue).scaled
    settings = document.training
    train, validation = ((part.x, part.target) for part in (parts.train, parts.validation))
    expected = script(train, validation, settings.seed, settings.epochs)
    assert len(epochs) == settings.epochs == 10
    for event, (train, validation, accuracy) in zip(epochs, expected, strict=True):
        assert event.train["loss"] == pytest.approx(train, abs=CLOSE)
        assert event.validation["loss"] == pytest.approx(validation, abs=CLOSE)
        assert event.validation["accuracy"] == pytest.approx(accuracy, abs=2e-3)
