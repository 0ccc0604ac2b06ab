"""One pass over a loader with loading processes: who fetches what, and in which order it comes back."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import weakref
from itertools import cycle
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from gradloom.data import passing
from gradloom.data.fetching import Recipe
from gradloom.data.iteration import LoaderIterator
from gradloom.data.worker import Done, Ended, Failed, Task, work

if TYPE_CHECKING:
    from gradloom.data.loader import DataLoader

_PATIENCE = 1.0  # seconds that a worker has to end by itself


class Team:
    """Loading processes and the pipes to them. They end with the team, and with this process.

    Raises:
        RuntimeError: from any call, when a process is gone.
    """

    def __init__(self, loader: DataLoader[Any], recipe: Recipe, base_seed: int) -> None:
        context: Any = loader.multiprocessing_context or multiprocessing.get_context()
        forks = context.get_start_method() == "fork"
        self._processes: list[BaseProcess] = []
        self._connections: list[Connection] = []
        self._numbers: dict[Connection, int] = {}
        # It may run at exit, or in a forked process whose copy of this team is thrown away.
        self._end = weakref.finalize(self, _end, os.getpid(), self._processes, self._connections)
        for number in range(loader.num_workers):
            here, there = context.Pipe()
            self._numbers[here] = number
            self._connections.append(here)
            not_ours = self._connections if forks else ()
            process = context.Process(
                target=work,
                args=(there, not_ours, recipe, base_seed, loader.worker_init_fn, number, loader.num_workers),
                daemon=True,
            )
            process.start()
            self._processes.append(process)
            there.close()

    def send(self, number: int, task: Task) -> None:
        """Give a task to a worker."""
        try:
            self._connections[number].send(task)
        except OSError as error:
            raise self._mourned(number) from error

    def receive(self, timeout: float | None) -> Done | Ended | Failed:
        """The next result of any worker; RuntimeError after `timeout` seconds without one."""
        ready = wait(self._connections, timeout)
        if not ready:
            raise RuntimeError(f"DataLoader timed out after {timeout} seconds")
        connection: Any = ready[0]
        try:
            result: Done | Ended | Failed = passing.receive(connection)
        except (EOFError, OSError) as error:
            raise self._mourned(self._numbers[connection]) from error
        return result

    def _mourned(self, number: int) -> RuntimeError:
        """What to say of a worker that is gone; the others are sent home."""
        process = self._processes[number]
        process.join(_PATIENCE)
        code = process.exitcode or 0
        error = RuntimeError(f"DataLoader worker (pid(s) {process.pid}) exited unexpectedly")
        if code < 0:
            error.add_note(
                f"DataLoader worker (pid {process.pid}) is killed by signal: {signal.strsignal(-code)}."
            )
        self.end()
        return error

    def end(self) -> None:
        """Let all processes end."""
        self._end()


def _end(owner: int, processes: list[BaseProcess], connections: list[Connection]) -> None:
    if os.getpid() != owner:
        return
    for connection in connections:
        with contextlib.suppress(OSError):
            connection.send(None)
        connection.close()
    for process in processes:
        process.join(_PATIENCE)
        if process.is_alive():
            process.terminate()
            process.join()


class InWorkers(LoaderIterator):
    """Hands indices out in turn, ahead of need, and yields the batches in the order of the indices."""

    _advice = (
        "For multiprocessing data-loading, this could be caused by not properly configuring the "
        "IterableDataset replica at each worker. Please see "
        "https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset for examples."
    )

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        if loader.prefetch_factor is None or loader.prefetch_factor <= 0:
            raise AssertionError("prefetch_factor must be greater than 0 for MultiProcessingDataLoaderIter")
        self._count = loader.num_workers
        self._ahead = loader.prefetch_factor * loader.num_workers
        self._timeout = loader.timeout or None
        self._in_order = loader.in_order
        self._persistent = loader.persistent_workers
        self._epoch = 0
        self._team = Team(loader, self._recipe, self._base_seed)
        self.begin(loader)

    def begin(self, loader: DataLoader[Any]) -> None:
        """Begin a pass; what is still under way from the last one is forgotten when it comes."""
        self._indices = iter(self._index_sampler)
        self._told_length = loader._told_length
        self._epoch += 1
        self._yielded = self._sent = self._received = 0
        self._arrived: dict[int, Done | Ended | Failed] = {}
        self._active = set(range(self._count))
        self._turn = cycle(range(self._count))
        for _ in range(self._ahead):
            self._hand_out()

    def _hand_out(self) -> None:
        """Give the next indices to the next worker whose stream, if any, goes on."""
        if not self._active:
            return
        try:
            index = next(self._indices)
        except StopIteration:
            return
        number = next(each for each in self._turn if each in self._active)
        self._team.send(number, Task(self._epoch, self._sent, index))
        self._sent += 1

    def _next(self) -> Any:
        while self._received < self._sent:
            result = self._result()
            self._received += 1
            if isinstance(result, Ended):
                self._active.discard(result.worker)
            self._hand_out()
            if isinstance(result, Failed):
                result.raise_again()
            if isinstance(result, Done):
                return result.data
        if not self._persistent:
            self._team.end()
        raise StopIteration

    def _result(self) -> Done | Ended | Failed:
        """The result whose turn it is; without `in_order`, the first that is there."""
        while self._received not in self._arrived:
            result = self._team.receive(self._timeout)
            if result.epoch != self._epoch:
                continue
            if not self._in_order:
                return result
            self._arrived[result.number] = result
        return self._arrived.pop(self._received)
