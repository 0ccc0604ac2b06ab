"""What a loading process does: fetch what it is told to, and send it back."""

from __future__ import annotations

import random as python_random
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

import numpy as np

from gradloom import random
from gradloom.data import passing
from gradloom.data.fetching import Fetch, Recipe


@dataclass(frozen=True)
class WorkerInfo:
    """What a loading process knows of itself.

    Attributes:
        id: its number, from 0.
        num_workers: how many there are.
        seed: of its random streams.
        dataset: its own copy.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str | None = "multiprocessing"


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """In a loading process, what it knows of itself; elsewhere None.

    An iterable dataset asks for it to yield only its share.
    """
    return _info


@dataclass(frozen=True)
class Task:
    """A batch to fetch: which of which pass, and its indices. Another pass begins the dataset anew."""

    epoch: int
    number: int
    index: Any


@dataclass(frozen=True)
class Done:
    """A batch."""

    epoch: int
    number: int
    data: Any


@dataclass(frozen=True)
class Ended:
    """There is no batch: the worker's stream is at its end."""

    epoch: int
    number: int
    worker: int


@dataclass(frozen=True)
class Failed:
    """There is no batch, for an exception: its kind, its traceback and where it came up."""

    epoch: int
    number: int
    kind: type[BaseException]
    text: str
    where: str

    def raise_again(self) -> None:
        """Raise an exception of the same kind whose message holds the worker's traceback."""
        message = f"Caught {self.kind.__name__} {self.where}.\nOriginal {self.text}"
        if issubclass(self.kind, KeyError):
            raise self.kind(_Shown(message))
        try:
            again = self.kind(message)
        except Exception:  # noqa: BLE001 - its constructor asks for more than a message
            raise RuntimeError(message) from None
        raise again


class _Shown(str):
    """A KeyError shows the repr of its message; this keeps the lines of a traceback apart."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def work(
    connection: Connection,
    not_ours: Iterable[Connection],
    recipe: Recipe,
    base_seed: int,
    worker_init_fn: Callable[[int], None] | None,
    number: int,
    count: int,
) -> None:
    """The whole life of worker `number` of `count`: until the loader says so, or is gone.

    Args:
        connection: where tasks come from and results go to.
        not_ours: the loader's ends, which a forked process holds too; it must not keep them open.
    """
    for other in not_ours:
        other.close()
    _begin(recipe, base_seed, number, count)
    inbox: SimpleQueue[Task | None] = SimpleQueue()
    threading.Thread(target=_receive, args=(connection, inbox), daemon=True).start()
    where = f"in DataLoader worker process {number}"
    try:
        failure = _failure_of(worker_init_fn, number)
        epoch, fetch, ended = 0, None, False
        while (task := inbox.get()) is not None:
            if task.epoch != epoch:
                epoch, fetch, ended = task.epoch, None, False
            result: Any = Ended(epoch, task.number, number)
            if failure is not None:
                result = Failed(epoch, task.number, type(failure), _text(failure), where)
                failure = None
            elif not ended:
                fetch, result = _fetched(recipe, fetch, task, result, where)
                ended = isinstance(result, Ended)
            _send(connection, result, where)
    except (BrokenPipeError, ConnectionError, KeyboardInterrupt):
        return


def _begin(recipe: Recipe, base_seed: int, number: int, count: int) -> None:
    """Seed all random streams, each worker's differently."""
    global _info
    seed = base_seed + number
    python_random.seed(seed)
    random.manual_seed(seed)
    entropy = [number, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    np.random.seed(np.random.SeedSequence(entropy).generate_state(4))  # noqa: NPY002 - scripts draw from it
    _info = WorkerInfo(number, count, seed, recipe.dataset)


def _receive(connection: Connection, inbox: SimpleQueue[Task | None]) -> None:
    """Take tasks in as they come, so that the loader never waits for a worker that sends."""
    try:
        while (task := connection.recv()) is not None:
            inbox.put(task)
    except (EOFError, OSError):
        pass
    inbox.put(None)


def _failure_of(worker_init_fn: Callable[[int], None] | None, number: int) -> Exception | None:
    try:
        if worker_init_fn is not None:
            worker_init_fn(number)
    except Exception as error:  # noqa: BLE001 - told to the loader
        return error
    return None


def _fetched(
    recipe: Recipe, fetch: Fetch | None, task: Task, ended: Ended, where: str
) -> tuple[Fetch | None, Any]:
    """The function that fetches, made if there is none yet, and the task's result."""
    try:
        fetch = fetch or recipe.fetcher()
        return fetch, Done(task.epoch, task.number, fetch(task.index))
    except Exception as error:  # noqa: BLE001 - told to the loader
        if isinstance(error, StopIteration) and recipe.streams:
            return fetch, ended
        return fetch, Failed(task.epoch, task.number, type(error), _text(error), where)


def _send(connection: Connection, result: Any, where: str) -> None:
    """Send a result, or why it cannot be sent."""
    try:
        passing.send(connection, result)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever pickle says of what it cannot carry
        passing.send(connection, Failed(result.epoch, result.number, RuntimeError, _text(error), where))


def _text(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
