"""The memory of runs: what was trained, when, and how it went; one SQLite file, and a folder for each run.

Keeping a record never stops a training: where nothing can be written, the store says so once and goes on.
"""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from gradloom.atomic import write_bytes
from gradloom.experiment.claim import Claim, is_claimed
from gradloom.experiment.document import Document
from gradloom.experiment.events import Event
from gradloom.experiment.recording import Recording
from gradloom.experiment.run_database import NewerSchemaError, open_database
from gradloom.experiment.run_folder import CHECKPOINT_FILE, CLAIM_FILE, WEIGHTS_FILE

FOLDER = "GRADLOOM_RUNS"
"""This environment variable names another folder of runs than the user's own."""

RESUMABLE = ("stopped", "interrupted")

_COLUMNS = "id, name, seed, epochs, state, message, started_utc, ended_utc, seconds, step, epoch"

Result = TypeVar("Result")


class RunError(ValueError):
    """What cannot be done with a run; one sentence says why."""


@dataclass(frozen=True)
class Run:
    """One run as it is remembered. `seconds` come from a clock that nobody sets, without pauses."""

    id: str
    name: str
    seed: int
    epochs: int
    """How many were meant."""
    state: str
    """running, finished, stopped, failed, or interrupted: its process died."""
    message: str
    started: datetime
    ended: datetime | None
    seconds: float
    step: int
    epoch: int
    """The last whole one, from 1; 0 before it."""
    validation: Mapping[str, float]
    """What was measured after it."""
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Measurement:
    """One metric's value at the end of an epoch; `part` is train or validation."""

    epoch: int
    step: int
    part: str
    name: str
    value: float


def default_folder() -> Path:
    """Where a user's runs are kept; it need not exist."""
    if chosen := os.environ.get(FOLDER):
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("gradloom", appauthor=False) / "runs"


class RunStore:
    """The runs below `folder`; nothing is opened or made before it is needed.

    Args:
        folder: made if it is missing.
        say: called with a sentence, once, if runs cannot be kept or an unreadable list was set aside.

    Example:
        >>> recording = RunStore(default_folder()).record(document)
        >>> Trainer(document, catalogue, listener=recording, run_folder=recording.folder).run()
    """

    def __init__(self, folder: Path, say: Callable[[str], None] = lambda sentence: None) -> None:
        self.folder = folder
        self.trouble = ""
        """Why the store cannot be used, once that is known."""
        self._say = say
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    @property
    def usable(self) -> bool:
        """Whether runs are being kept."""
        return self._read(lambda connection: True, False)

    @property
    def exists(self) -> bool:
        """Whether there is anything to read; asking makes nothing."""
        return os.path.exists(self.folder)

    # Keeping

    def record(
        self,
        document: Document,
        plugins: Mapping[str, str] | None = None,
        then: Callable[[Event], None] = lambda event: None,
    ) -> Recording:
        """A listener that keeps one run of `document`, from its first event on.

        Args:
            document: what is trained.
            plugins: names and versions of the plugins that take part.
            then: called with each event after it was kept.
        """
        run = secrets.token_hex(4)
        while os.path.exists(self.folder / run):
            run = secrets.token_hex(4)
        return Recording(self, run, document, then, plugins=plugins or {})

    def resume(
        self, run: str, document: Document, then: Callable[[Event], None] = lambda event: None
    ) -> Recording:
        """A listener that goes on keeping a run that has ended; give the trainer its `checkpoint`.

        Args:
            run: its whole id.
            document: the run's own, which may have more epochs.
            then: called with each event after it was kept.

        Raises:
            RunError: the run is going on, or its folder is gone.
        """
        try:
            claim = Claim(self.folder / run / CLAIM_FILE)
        except FileNotFoundError as error:
            raise RunError(f"The folder of run {run} is gone, so it cannot go on.") from error
        except OSError as error:
            if self._is_going_on(run):
                raise RunError(f"Run {run} is going on already.") from error
            raise RunError(f"Run {run} cannot go on: {_reason(error)}.") from error
        return Recording(self, run, document, then, claim=claim)

    def delete(self, runs: Collection[str]) -> None:
        """Forget these runs, with their weights and checkpoints.

        Raises:
            RunError: one of them is going on; then nothing is deleted.
        """
        for run in runs:
            if self._is_going_on(run):
                raise RunError(f"Run {run} is going on; stop it before you delete it.")
        self.write([("DELETE FROM runs WHERE id = ?", (run,)) for run in runs])
        if self.trouble:
            raise RunError(f"The runs in {self.folder} cannot be changed: {self.trouble}.")
        for run in runs:
            shutil.rmtree(self.folder / run, ignore_errors=True)

    # What is kept

    def revision(self) -> int:
        """Another number once somebody else, in this process or another one, has written."""
        return self._read(lambda connection: int(connection.execute("PRAGMA data_version").fetchone()[0]), -1)

    def runs(self) -> tuple[Run, ...]:
        """All runs, the latest first."""
        nothing: tuple[Run, ...] = ()
        found = self._read(_all_runs, nothing)
        dead = [run.id for run in found if run.state == "running" and not self._is_going_on(run.id)]
        if not dead:
            return found
        # Unless one has told of its end meanwhile.
        mark = "UPDATE runs SET state = 'interrupted' WHERE id = ? AND state = 'running'"
        self.write([(mark, (run,)) for run in dead])
        return self._read(_all_runs, nothing)

    def find(self, word: str) -> Run:
        """The run whose id begins so.

        Raises:
            RunError: there is none, or more than one.
        """
        found = [run for run in self.runs() if word and run.id.startswith(word)]
        if not found:
            raise RunError(f"There is no run {word!r}; 'gradloom runs' lists them.")
        if len(found) > 1:
            ids = ", ".join(run.id for run in found[:3])
            raise RunError(f"{len(found)} runs begin with {word!r}, such as {ids}; give more of the id.")
        return found[0]

    def measurements(self, run: str) -> tuple[Measurement, ...]:
        """Every metric of a run, epoch by epoch; NaN where it was not a number."""
        query = "SELECT epoch, step, part, name, value FROM metrics WHERE run = ? ORDER BY epoch, part, name"

        def read(connection: sqlite3.Connection) -> tuple[Measurement, ...]:
            rows = connection.execute(query, (run,))
            return tuple(
                Measurement(epoch, step, part, name, math.nan if value is None else value)
                for epoch, step, part, name, value in rows
            )

        return self._read(read, ())

    def document_text(self, run: str) -> str | None:
        """The file that a run was started from, or None for an unknown run."""
        query = "SELECT document FROM runs WHERE id = ?"
        found = self._read(lambda connection: connection.execute(query, (run,)).fetchone(), None)
        return None if found is None else str(found[0])

    def checkpoint(self, run: str) -> Path | None:
        """What a run can go on from; None where it ended too soon to have left anything."""
        path = self.folder / run / CHECKPOINT_FILE
        return path if os.path.exists(path) else None

    def size(self, run: str) -> int:
        """How many bytes its weights, its checkpoint and its experiment take."""
        return sum(file.stat().st_size for file in (self.folder / run).glob("*"))

    def export_weights(self, run: str, path: Path) -> None:
        """Write a run's last weights to `path`, as a safetensors file.

        Raises:
            RunError: the run has kept none.
            WriteError: the file could not be written; what was there before still is.
            TensorFileError: what was kept is damaged.
        """
        kept = self.folder / run / WEIGHTS_FILE
        if kept.exists():
            write_bytes(path, kept.read_bytes())
            return
        checkpoint = self.checkpoint(run)
        if checkpoint is None:
            raise RunError(f"Run {run} ended before any weights were kept.")
        from gradloom.experiment.checkpoint import load_checkpoint, save_weights

        network = load_checkpoint(checkpoint).state["network"]
        save_weights(path, {name: tensor.array for name, tensor in network.items()})

    # The file

    def close(self) -> None:
        """Close the list. What is still recording goes on, unrecorded."""
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def write(self, statements: list[tuple[str, tuple[object, ...]]]) -> None:
        """Carry out statements together, or, where that is impossible, say so and keep nothing more."""

        def execute(connection: sqlite3.Connection) -> None:
            for statement, values in statements:
                connection.execute(statement, values)

        self.use(execute, None)

    def use(
        self,
        action: Callable[[sqlite3.Connection], Result],
        otherwise: Result,
        begin: str = "BEGIN IMMEDIATE",
    ) -> Result:
        """The action's result, in one transaction; `otherwise` if the store is not, or no longer, usable."""
        with self._lock:
            if self.trouble or self._closed:
                return otherwise
            try:
                if self._connection is None:
                    self.folder.mkdir(parents=True, exist_ok=True)
                    self._connection = open_database(self.folder / "runs.sqlite", self._say)
                self._connection.execute(begin)
                with self._connection as connection:
                    return action(connection)
            except (OSError, sqlite3.Error, NewerSchemaError) as error:
                self._give_up(error)
                return otherwise

    def _read(self, action: Callable[[sqlite3.Connection], Result], otherwise: Result) -> Result:
        """As `use`, without keeping others from writing."""
        return self.use(action, otherwise, "BEGIN")

    def _is_going_on(self, run: str) -> bool:
        return is_claimed(self.folder / run / CLAIM_FILE)

    def _give_up(self, error: Exception) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.trouble = _reason(error)
        self._say(f"Runs are not being kept in {self.folder}: {self.trouble}. Training works as ever.")


def _all_runs(connection: sqlite3.Connection) -> tuple[Run, ...]:
    rows = connection.execute(f"SELECT {_COLUMNS}, validation, versions FROM runs ORDER BY rowid DESC")
    return tuple(map(_run, rows))


def _reason(error: Exception) -> str:
    if isinstance(error, NewerSchemaError):
        return "its list of runs was written by a newer version of Gradloom"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)


def _run(row: tuple[Any, ...]) -> Run:
    run, name, seed, epochs, state, message, started, ended, seconds, step, epoch, validation, versions = row
    return Run(
        id=run,
        name=name,
        seed=seed,
        epochs=epochs,
        state=state,
        message=message,
        started=datetime.fromisoformat(started),
        ended=None if ended is None else datetime.fromisoformat(ended),
        seconds=seconds,
        step=step,
        epoch=epoch,
        validation=json.loads(validation),
        versions=json.loads(versions),
    )
