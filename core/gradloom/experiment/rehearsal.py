"""A training that nobody sees, so that its kernels are compiled before somebody waits for them."""

from __future__ import annotations

from collections.abc import Callable

from gradloom import random
from gradloom.experiment.document import Document
from gradloom.experiment.failures import explain
from gradloom.experiment.training import Training
from gradloom.kernels.counterpart import when_compiling
from gradloom.plugins.catalogue import Catalogue

_EPOCHS, _BATCHES = 3, 1
"""A step is written down twice before it is replayed; each epoch has batches of all sizes there are."""


class RehearsalError(ValueError):
    """The training would fail; one sentence says why."""


def rehearse(
    document: Document, catalogue: Catalogue, told: Callable[[int], None] = lambda kernels: None
) -> int:
    """Do all that a training does, on a few rows, and forget it; how many kernels had to be compiled.

    Args:
        document: what will be trained.
        catalogue: what there is to choose from.
        told: called with the number of each kernel before that is compiled.

    Raises:
        RehearsalError: it cannot be trained.
    """
    compiled = 0

    def count() -> None:
        nonlocal compiled
        compiled += 1
        told(compiled)

    training: Training | None = None
    generator = random.Generator().manual_seed(document.training.seed)
    with random.use_generator(generator), when_compiling(count):
        try:
            training = Training(document, catalogue, generator, full_batches=_BATCHES)
            for _ in range(_EPOCHS):
                _rehearse_epoch(training)
        except Exception as error:
            raise RehearsalError(explain(error, training).message) from error
    return compiled


def _rehearse_epoch(training: Training) -> None:
    for batch in training.epoch_batches():
        training.learn(batch)
    measured = training.validate(lambda: True)
    assert measured is not None
    training.end_epoch(measured)
    training.examination().ask()
