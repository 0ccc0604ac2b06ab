"""The shipped networks learn the same bits in this thread, in another one, and in a process of their own."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading

import pytest

from gradloom.experiment.events import BatchEnded, Event
from gradloom.experiment.examples import read_example
from gradloom.experiment.trainer import Trainer
from gradloom.plugins import load_plugins

EXAMPLES = ["mnist-mlp", "mnist-cnn", "digits-resnet"]
STEPS = 6


def trainer_of(example: str) -> Trainer:
    def stop(event: Event) -> None:
        if isinstance(event, BatchEnded) and event.step == STEPS:
            trainer.stop()

    catalogue = load_plugins(entry_points=False).catalogue
    trainer = Trainer(read_example(example), catalogue, listener=stop)
    return trainer


def in_a_thread(example: str) -> str:
    """The digest of the weights after some steps in a thread that is not the main one."""
    trainer = trainer_of(example)
    thread = threading.Thread(target=trainer.run)
    thread.start()
    thread.join()
    return digest(trainer)


def digest(trainer: Trainer) -> str:
    hashed = hashlib.sha256()
    for name, array in trainer.state_dict().items():
        hashed.update(name.encode() + array.tobytes())
    return hashed.hexdigest()


@pytest.mark.parametrize("example", EXAMPLES)
def test_thread_and_process_do_not_matter(example: str) -> None:
    trainer = trainer_of(example)
    assert trainer.run().step == STEPS
    here = digest(trainer)
    assert in_a_thread(example) == here
    # There, what is computed first is computed in another thread than the main one.
    command = [sys.executable, __file__, example]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == here


if __name__ == "__main__":
    sys.stdout.write(in_a_thread(sys.argv[1]))
