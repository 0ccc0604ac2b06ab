"""What the trainer costs over a bare loop, and what a busy neighbour costs both.

Each loop trains the same network on the same batches with one BLAS thread; medians of interleaved rounds.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable

import gradloom as gl
from gradloom import nn, optim
from gradloom.data import DataLoader, TensorDataset
from gradloom.experiment.blas import one_blas_thread
from gradloom.experiment.document import Document
from gradloom.experiment.events import EpochEnded
from gradloom.experiment.examples import read_example
from gradloom.experiment.preparation import load_split
from gradloom.experiment.ring import Ring
from gradloom.experiment.trainer import Trainer
from gradloom.plugins import Catalogue, load_plugins
from gradloom.tensor import wrap

ROUNDS = 7
EPOCHS = 5


def bare_loop(document: Document, catalogue: Catalogue) -> Callable[[], float]:
    """The loop that one would write by hand; gives samples a second."""
    parts = load_split(document, catalogue)
    images, labels = wrap(parts.train.x), wrap(parts.train.target)

    def run() -> float:
        gl.manual_seed(0)
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
        loader = DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True)
        with one_blas_thread():
            begun = time.perf_counter()
            for _ in range(EPOCHS):
                for x, y in loader:
                    optimizer.zero_grad()
                    loss = criterion(model(x), y)
                    loss.item()
                    loss.backward()
                    optimizer.step()
            seconds = time.perf_counter() - begun
        return EPOCHS * len(labels) / seconds

    return run


def trainer_loop(document: Document, catalogue: Catalogue, with_ring: bool) -> Callable[[], float]:
    """The same by the trainer, as it reports it."""

    def run() -> float:
        epochs: list[EpochEnded] = []
        Trainer(
            document,
            catalogue,
            listener=lambda event: epochs.append(event) if isinstance(event, EpochEnded) else None,
            ring=Ring(1 << 16) if with_ring else None,
        ).run()
        samples = sum(event.samples_per_second * event.seconds for event in epochs)
        return samples / sum(event.seconds for event in epochs)

    return run


def measure(loops: dict[str, Callable[[], float]]) -> dict[str, float]:
    """Samples a second of each loop, the median over rounds in which all take turns."""
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(ROUNDS):
        for name, loop in loops.items():
            rates[name].append(loop())
    return {name: statistics.median(values) for name, values in rates.items()}


def beside_a_neighbour(measured: Callable[[], dict[str, float]]) -> dict[str, float]:
    """The same while another thread of Python and NumPy wants a core."""
    over = threading.Event()

    def work() -> None:
        a = gl.rand(200, 200)
        while not over.is_set():
            (a @ a).sum().item()

    neighbour = threading.Thread(target=work)
    neighbour.start()
    try:
        return measured()
    finally:
        over.set()
        neighbour.join()


def main() -> None:
    catalogue = load_plugins(entry_points=False).catalogue
    document = read_example("mnist-mlp")
    settings = document.training.model_copy(update={"epochs": EPOCHS})
    plain = document.model_copy(update={"training": settings, "metrics": ()})
    measured_too = document.model_copy(update={"training": settings, "metrics": ("accuracy",)})
    loops = {
        "bare loop": bare_loop(plain, catalogue),
        "trainer, ring": trainer_loop(plain, catalogue, with_ring=True),
        "trainer, ring, accuracy": trainer_loop(measured_too, catalogue, with_ring=True),
        "trainer, listener, accuracy": trainer_loop(measured_too, catalogue, with_ring=False),
    }
    alone = measure(loops)
    crowded = beside_a_neighbour(lambda: measure(loops))
    print(f"{'784-128-64-10, batch 64, SGD':<32}{'samples/s':>12}{'of bare':>9}{'beside a neighbour':>20}")
    for name, rate in alone.items():
        print(f"{name:<32}{rate:>12,.0f}{rate / alone['bare loop']:>9.1%}{crowded[name]:>20,.0f}")


if __name__ == "__main__":
    main()
