"""One run on its way into the store: its events become rows, in the thread that trains."""

from __future__ import annotations

import json
import math
import platform
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from gradloom.experiment.claim import Claim
from gradloom.experiment.document import Document
from gradloom.experiment.document_file import render
from gradloom.experiment.events import EpochEnded, Event, RunEnded, RunStarted
from gradloom.experiment.run_folder import CLAIM_FILE, DOCUMENT_FILE, WEIGHTS_FILE
from gradloom.plugins.catalogue import Catalogue

if TYPE_CHECKING:
    from gradloom.experiment.runs import RunStore

FLUSH_SECONDS = 0.25

Statement = tuple[str, tuple[object, ...]]


class Recording:
    """Writes one run's events into the store; call it with each event, in the trainer's thread.

    A run is kept from its `RunStarted` on, so that what could not even begin leaves no trace.

    Args:
        store: where to.
        run: its id; with a `claim`, that of a run which goes on.
        document: what is trained.
        then: called with each event after it was kept.
        plugins: names and versions of the plugins that take part in a new run.
        claim: held on a run which goes on.
    """

    def __init__(
        self,
        store: RunStore,
        run: str,
        document: Document,
        then: Callable[[Event], None],
        *,
        plugins: Mapping[str, str] | None = None,
        claim: Claim | None = None,
    ) -> None:
        self.run = run
        self._store = store
        self._document = document
        self._then = then
        self._plugins = plugins or {}
        self._claim = claim
        self._resumed = claim is not None
        self._kept = False
        self._before = self._seconds = 0.0
        self._waiting: list[Statement] = []
        self._written = 0.0

    @property
    def kept(self) -> bool:
        """Whether the run has begun and is in the store."""
        return self._kept

    def folder(self) -> Path | None:
        """The run's own folder, for weights and checkpoints; None before it has begun, or if it cannot be."""
        return self._store.folder / self.run if self._kept else None

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._start(event)
        elif self._kept and isinstance(event, EpochEnded):
            self._seconds += event.seconds
            self._waiting += _epoch_rows(self.run, event, self._seconds)
            if time.monotonic() - self._written >= FLUSH_SECONDS:
                self._flush()
        elif self._kept and isinstance(event, RunEnded):
            self._waiting.append(_ending(self.run, event, self._before + event.seconds))
            self._flush()
        if isinstance(event, RunEnded):
            self.close()
        self._then(event)

    def close(self) -> None:
        """Let go of the run; one whose end was not told counts as interrupted from now on."""
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    def _start(self, event: RunStarted) -> None:
        begin = self._go_on if self._resumed else self._begin
        self._kept = self._store.use(lambda connection: begin(connection, event), False)
        self._written = time.monotonic()
        if not self._kept:
            self.close()
            if not self._resumed:
                shutil.rmtree(self._store.folder / self.run, ignore_errors=True)

    def _begin(self, connection: sqlite3.Connection, event: RunStarted) -> bool:
        folder = self._store.folder / self.run
        folder.mkdir()
        text = self._write_document(folder)
        self._claim = Claim(folder / CLAIM_FILE)
        connection.execute(
            "INSERT INTO runs (id, name, document, seed, epochs, state, started_utc, versions)"
            " VALUES (?, ?, ?, ?, ?, 'running', ?, ?)",
            (
                self.run,
                self._document.name,
                text,
                self._document.training.seed,
                event.epochs,
                _now(),
                json.dumps(_versions(self._plugins)),
            ),
        )
        return True

    def _go_on(self, connection: sqlite3.Connection, event: RunStarted) -> bool:
        """Take back what was kept after the checkpoint: it comes again."""
        folder = self._store.folder / self.run
        (folder / WEIGHTS_FILE).unlink(missing_ok=True)
        connection.execute("DELETE FROM metrics WHERE run = ? AND step > ?", (self.run, event.step))
        last = connection.execute(
            "SELECT epoch, name, value FROM metrics WHERE run = ? AND part = 'validation' AND epoch ="
            " (SELECT max(epoch) FROM metrics WHERE run = ?)",
            (self.run, self.run),
        ).fetchall()
        epoch = max((epoch for epoch, _, _ in last), default=0)
        connection.execute(
            "UPDATE runs SET state = 'running', message = '', ended_utc = NULL, document = ?, epochs = ?,"
            " step = ?, epoch = ?, validation = ? WHERE id = ?",
            (
                self._write_document(folder),
                event.epochs,
                event.step,
                epoch,
                json.dumps({name: math.nan if value is None else value for _, name, value in last}),
                self.run,
            ),
        )
        query = "SELECT seconds FROM runs WHERE id = ?"
        (self._seconds,) = connection.execute(query, (self.run,)).fetchone()
        self._before = self._seconds
        return True

    def _write_document(self, folder: Path) -> str:
        text = render(self._document)
        (folder / DOCUMENT_FILE).write_text(text, encoding="utf-8")
        return text

    def _flush(self) -> None:
        self._store.write(self._waiting)
        self._waiting, self._written = [], time.monotonic()


def plugins_of(document: Document, catalogue: Catalogue) -> dict[str, str]:
    """The plugins that take part, with the versions of those that are installed packages."""
    schedule = [document.schedule] if document.schedule else []
    choices = [document.data.source, *document.data.transforms, *document.nodes.values(), document.optimizer]
    keys = {*(choice.kind for choice in (*choices, *schedule)), *document.metrics}
    plugins = {entry.plugin for key in keys if (entry := catalogue.get(key)) is not None}
    return {plugin: _package_version(plugin) for plugin in sorted(plugins - {"gradloom"})}


def _package_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _epoch_rows(run: str, event: EpochEnded, seconds: float) -> list[Statement]:
    insert = "INSERT OR REPLACE INTO metrics (run, epoch, step, part, name, value) VALUES (?, ?, ?, ?, ?, ?)"
    parts = {"train": event.train, "validation": event.validation}
    rows: list[Statement] = [
        (insert, (run, event.epoch, event.step, part, name, value))
        for part, values in parts.items()
        for name, value in values.items()
    ]
    validation = json.dumps(dict(event.validation))
    update = "UPDATE runs SET step = ?, epoch = ?, seconds = ?, validation = ? WHERE id = ?"
    rows.append((update, (event.step, event.epoch, seconds, validation, run)))
    return rows


def _ending(run: str, event: RunEnded, seconds: float) -> Statement:
    message = event.failure.message if event.failure else ""
    return (
        "UPDATE runs SET state = ?, message = ?, ended_utc = ?, seconds = ?, step = ? WHERE id = ?",
        (event.outcome, message, _now(), seconds, event.step, run),
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
