"""The memory of runs: what was trained, when, and how it went; one SQLite file, and a folder for each run.

Keeping a record never stops a training: where nothing can be written, the store says so once and goes on.
"""

from __future__ import annotations

import json
import math
import platform
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import platformdirs

from gradloom.experiment.claim import Claim, is_claimed
from gradloom.experiment.document import Document
from gradloom.experiment.document_file import render
from gradloom.experiment.events import EpochEnded, Event, RunEnded
from gradloom.experiment.run_database import NewerSchemaError, open_database

FLUSH_SECONDS = 0.25
DOCUMENT_FILE = "document.loom.toml"
CLAIM_FILE = "running"

Result = TypeVar("Result")


@dataclass(frozen=True)
class Run:
    """One run as it is remembered. `seconds` is measured by a clock that nobody sets."""

    id: str
    name: str
    seed: int
    state: str
    """running, finished, stopped, failed, or interrupted: its process died."""
    message: str
    started: datetime
    ended: datetime | None
    seconds: float | None
    step: int | None
    epoch: int | None
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
    """Where a user's runs are kept."""
    return platformdirs.user_data_path("gradloom", appauthor=False) / "runs"


class RunStore:
    """The runs below `folder`.

    Args:
        folder: made if it is missing.
        say: called with a sentence, once, if runs cannot be kept or an unreadable list was set aside.

    Example:
        >>> recording = RunStore(default_folder()).record(document)
        >>> Trainer(document, catalogue, listener=recording, run_folder=recording.folder).run()
    """

    def __init__(self, folder: Path, say: Callable[[str], None] = lambda sentence: None) -> None:
        self.folder = folder
        self._say = say
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = open_database(folder / "runs.sqlite", say)
        except (OSError, sqlite3.Error, NewerSchemaError) as error:
            self._give_up(error)
        self._use(self._mark_interrupted, None, "BEGIN IMMEDIATE")

    @property
    def usable(self) -> bool:
        """Whether runs are being kept."""
        return self._connection is not None

    def record(
        self,
        document: Document,
        plugins: Mapping[str, str] | None = None,
        then: Callable[[Event], None] = lambda event: None,
    ) -> Recording:
        """A listener that keeps one run of `document`.

        Args:
            document: what is trained.
            plugins: names and versions of the plugins that take part.
            then: called with each event after it was kept.
        """
        run = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}"
        folder = self.folder / run
        text = render(document)
        row = (run, document.name, text, document.training.seed, _now(), json.dumps(_versions(plugins or {})))

        def begin(connection: sqlite3.Connection) -> Claim | None:
            folder.mkdir()
            (folder / DOCUMENT_FILE).write_text(text, encoding="utf-8")
            claim = Claim(folder / CLAIM_FILE)
            connection.execute(
                "INSERT INTO runs (id, name, document, seed, state, started_utc, versions)"
                " VALUES (?, ?, ?, ?, 'running', ?, ?)",
                row,
            )
            return claim

        claim = self._use(begin, None)
        return Recording(self, run, folder if claim else None, claim, then)

    def runs(self) -> tuple[Run, ...]:
        """All runs, the latest first."""
        query = (
            "SELECT id, name, seed, state, message, started_utc, ended_utc, seconds, step, epoch, versions"
            " FROM runs ORDER BY rowid DESC"
        )
        return self._use(lambda connection: tuple(map(_run, connection.execute(query))), ())

    def measurements(self, run: str) -> tuple[Measurement, ...]:
        """Every metric of a run, epoch by epoch; NaN where it was not a number."""
        query = "SELECT epoch, step, part, name, value FROM metrics WHERE run = ? ORDER BY epoch, part, name"

        def read(connection: sqlite3.Connection) -> tuple[Measurement, ...]:
            rows = connection.execute(query, (run,))
            return tuple(
                Measurement(epoch, step, part, name, math.nan if value is None else value)
                for epoch, step, part, name, value in rows
            )

        return self._use(read, ())

    def document_text(self, run: str) -> str | None:
        """The file that a run was started from, or None for an unknown run."""
        query = "SELECT document FROM runs WHERE id = ?"
        found = self._use(lambda connection: connection.execute(query, (run,)).fetchone(), None)
        return None if found is None else str(found[0])

    def close(self) -> None:
        """Close the list. What is still recording goes on, unrecorded."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def write(self, statements: list[tuple[str, tuple[object, ...]]]) -> None:
        """Carry out statements together, or, where that is impossible, say so and keep nothing more."""

        def execute(connection: sqlite3.Connection) -> None:
            for statement, values in statements:
                connection.execute(statement, values)

        self._use(execute, None)

    def _use(
        self, action: Callable[[sqlite3.Connection], Result], otherwise: Result, begin: str = "BEGIN"
    ) -> Result:
        """The action's result, in one transaction; `otherwise` if the store is not, or no longer, usable."""
        with self._lock:
            if self._connection is None:
                return otherwise
            try:
                self._connection.execute(begin)
                with self._connection as connection:
                    return action(connection)
            except (OSError, sqlite3.Error) as error:
                self._give_up(error)
                return otherwise

    def _give_up(self, error: Exception) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if isinstance(error, NewerSchemaError):
            reason = "its list of runs was written by a newer version of Gradloom"
        else:
            reason = str(error)
        self._say(f"Runs are not being kept in {self.folder}: {reason}. Training works as ever.")

    def _mark_interrupted(self, connection: sqlite3.Connection) -> None:
        running = connection.execute("SELECT id FROM runs WHERE state = 'running'").fetchall()
        dead = [(run,) for (run,) in running if not is_claimed(self.folder / run / CLAIM_FILE)]
        connection.executemany("UPDATE runs SET state = 'interrupted' WHERE id = ?", dead)


class Recording:
    """Writes one run's events into the store; call it with each event, in the trainer's thread.

    `folder` is the run's own, for weights and checkpoints, or None if it could not be made.
    """

    def __init__(
        self,
        store: RunStore,
        run: str,
        folder: Path | None,
        claim: Claim | None,
        then: Callable[[Event], None],
    ) -> None:
        self.run = run
        self.folder = folder
        self._store = store
        self._claim = claim
        self._then = then
        self._waiting: list[tuple[str, tuple[object, ...]]] = []
        self._written = time.monotonic()

    def __call__(self, event: Event) -> None:
        if self._claim is not None:
            self._keep(event, self._claim)
        self._then(event)

    def _keep(self, event: Event, claim: Claim) -> None:
        if isinstance(event, EpochEnded):
            self._waiting += _epoch_rows(self.run, event)
            if time.monotonic() - self._written >= FLUSH_SECONDS:
                self._flush()
        elif isinstance(event, RunEnded):
            self._waiting.append(_ending(self.run, event))
            self._flush()
            claim.release()
            self._claim = None

    def _flush(self) -> None:
        self._store.write(self._waiting)
        self._waiting, self._written = [], time.monotonic()


def _epoch_rows(run: str, event: EpochEnded) -> list[tuple[str, tuple[object, ...]]]:
    insert = "INSERT OR REPLACE INTO metrics (run, epoch, step, part, name, value) VALUES (?, ?, ?, ?, ?, ?)"
    parts = {"train": event.train, "validation": event.validation}
    rows: list[tuple[str, tuple[object, ...]]] = [
        (insert, (run, event.epoch, event.step, part, name, value))
        for part, values in parts.items()
        for name, value in values.items()
    ]
    rows.append(("UPDATE runs SET step = ?, epoch = ? WHERE id = ?", (event.step, event.epoch, run)))
    return rows


def _ending(run: str, event: RunEnded) -> tuple[str, tuple[object, ...]]:
    message = event.failure.message if event.failure else ""
    return (
        "UPDATE runs SET state = ?, message = ?, ended_utc = ?, seconds = ?, step = ?, epoch = ?"
        " WHERE id = ?",
        (event.outcome, message, _now(), event.seconds, event.step, event.epoch, run),
    )


def _run(row: tuple[Any, ...]) -> Run:
    run, name, seed, state, message, started, ended, seconds, step, epoch, versions = row
    return Run(
        id=run,
        name=name,
        seed=seed,
        state=state,
        message=message,
        started=datetime.fromisoformat(started),
        ended=None if ended is None else datetime.fromisoformat(ended),
        seconds=seconds,
        step=step,
        epoch=epoch,
        versions=json.loads(versions),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _versions(plugins: Mapping[str, str]) -> dict[str, str]:
    return {
        "gradloom": version("gradloom"),
        "numpy": version("numpy"),
        "python": platform.python_version(),
        **plugins,
    }
