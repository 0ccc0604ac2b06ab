"""What the trainer costs over a loop written by hand, what a busy neighbour costs, and what PyTorch takes.

Each trains the same network on the same batches, with one thread for products, and validates after each
epoch. They take turns, and the best round of each counts. Alone they are measured in processor time, which
other programs on the machine change little; beside a neighbour in the time that a person waits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeAlias

import gradloom as gl
from gradloom import data, nn, optim
from gradloom.experiment.document import Document
from gradloom.experiment.events import BatchEnded, Event, RunStarted
from gradloom.experiment.examples import read_example
from gradloom.experiment.preparation import load_parts
from gradloom.experiment.ring import Ring
from gradloom.experiment.trainer import Trainer
from gradloom.plugins import Catalogue, load_plugins

ROUNDS = 5
EPOCHS = 5

Clock: TypeAlias = Callable[[], float]
Loop: TypeAlias = Callable[[Clock], float]
"""Trains, and gives the seconds of an epoch by the clock."""


def by_hand(engine: Any, nn: Any, optim: Any, data: Any, document: Document, catalogue: Catalogue) -> Loop:
    """The script that one would write, for either engine."""
    parts = load_parts(document, catalogue).scaled
    train = data.TensorDataset(engine.tensor(parts.train.x), engine.tensor(parts.train.target))
    images, labels = engine.tensor(parts.validation.x), engine.tensor(parts.validation.target)

    def run(clock: Clock) -> float:
        engine.manual_seed(0)
        model = nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, 128),
            nn.ReLU(),
            nn.Linear(128, 64),
            nn.ReLU(),
            nn.Linear(64, 10),
        )
        criterion = nn.CrossEntropyLoss()
        optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        loader = data.DataLoader(train, batch_size=64, shuffle=True)
        begun = clock()
        for _ in range(EPOCHS):
            for x, y in loader:
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.item()
                loss.backward()
                optimizer.step()
            with engine.no_grad():
                criterion(model(images), labels).item()
        return (clock() - begun) / EPOCHS

    return run


def by_trainer(document: Document, catalogue: Catalogue, ring: bool, metrics: tuple[str, ...] = ()) -> Loop:
    """The same from the document."""
    training = document.training.model_copy(update={"epochs": EPOCHS})
    document = document.model_copy(update={"training": training, "metrics": metrics})

    def run(clock: Clock) -> float:
        begun = 0.0

        def listen(event: Event) -> None:
            nonlocal begun
            if isinstance(event, RunStarted):
                begun = clock()
            assert not (ring and isinstance(event, BatchEnded))

        Trainer(document, catalogue, listener=listen, ring=Ring(1 << 16) if ring else None).run()
        return (clock() - begun) / EPOCHS

    return run


def measure(loops: dict[str, Loop], clock: Clock) -> dict[str, float]:
    """Seconds of an epoch in the best round of each."""
    best = dict.fromkeys(loops, float("inf"))
    for _ in range(ROUNDS):
        for name, loop in loops.items():
            best[name] = min(best[name], loop(clock))
    return best


def beside_a_neighbour(loops: dict[str, Loop]) -> dict[str, float]:
    """The same while another thread computes without end."""
    over = threading.Event()

    def work() -> None:
        a = gl.rand(200, 200)
        while not over.is_set():
            (a @ a).sum().item()

    neighbour = threading.Thread(target=work)
    neighbour.start()
    try:
        return measure(loops, time.perf_counter)
    finally:
        over.set()
        neighbour.join()


def main() -> None:
    catalogue = load_plugins(entry_points=False).catalogue
    document = read_example("mnist-mlp")
    loops = {
        "by hand": by_hand(gl, nn, optim, data, document, catalogue),
        "trainer with a ring": by_trainer(document, catalogue, ring=True),
        "trainer with a ring, accuracy": by_trainer(document, catalogue, ring=True, metrics=("accuracy",)),
        "trainer with a listener": by_trainer(document, catalogue, ring=False),
    }
    if find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        loops["PyTorch by hand"] = by_hand(
            torch, torch.nn, torch.optim, torch.utils.data, document, catalogue
        )
    alone, crowded = measure(loops, time.thread_time), beside_a_neighbour(loops)
    print(
        f"{'784-128-64-10, SGD, an epoch of 4,000':<38}{'alone':>9}{'of the first':>14}{'with neighbour':>16}"
    )
    for name, seconds in alone.items():
        share = seconds / alone["by hand"]
        print(f"{name:<38}{seconds * 1e3:>6.0f} ms{share:>14.1%}{crowded[name] * 1e3:>13.0f} ms")


if __name__ == "__main__":
    main()
