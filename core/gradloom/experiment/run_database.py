"""The SQLite file of runs: its tables, how it is opened, and what happens when it cannot be read."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

SCHEMA = 1
BUSY_MS = 5000
RETRY_SECONDS = 0.01

_TABLES = (
    """
    CREATE TABLE runs (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, document TEXT NOT NULL, seed INTEGER NOT NULL,
        epochs INTEGER NOT NULL, state TEXT NOT NULL, message TEXT NOT NULL DEFAULT '',
        started_utc TEXT NOT NULL, ended_utc TEXT, seconds REAL NOT NULL DEFAULT 0,
        step INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0,
        validation TEXT NOT NULL DEFAULT '{}', versions TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE metrics (
        run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, epoch INTEGER NOT NULL,
        step INTEGER NOT NULL, part TEXT NOT NULL, name TEXT NOT NULL, value REAL,
        PRIMARY KEY (run, epoch, part, name)
    ) WITHOUT ROWID
    """,
    f"PRAGMA user_version = {SCHEMA}",
)
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class NewerSchemaError(RuntimeError):
    """The file was written by a later version of Gradloom."""


def open_database(path: Path, say: Callable[[str], None]) -> sqlite3.Connection:
    """A connection to the runs at `path`, made if it is missing. A damaged file is set aside, and said so.

    Raises:
        sqlite3.Error, OSError: the file cannot be opened or made.
        NewerSchemaError: a later version wrote it.
    """
    try:
        return _open_patiently(path)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode not in _DAMAGE:
            raise
    aside = _set_aside(path)
    say(f"The list of runs could not be read. It is kept as {aside.name}, and a new list was begun.")
    return _open_patiently(path)


def _open_patiently(path: Path) -> sqlite3.Connection:
    """Try again while another process makes the same file: SQLite does not wait where it sets up its log."""
    deadline = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            return _open(path)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(RETRY_SECONDS)


def _open(path: Path) -> sqlite3.Connection:
    # The recording of a run writes from the trainer's thread; the store's lock lets one in at a time.
    connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            damage = sqlite3.DatabaseError("quick_check failed")
            damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damage
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        _create_tables(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _create_tables(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise NewerSchemaError
        if version == 0:
            for statement in _TABLES:
                connection.execute(statement)


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.corrupt-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside
