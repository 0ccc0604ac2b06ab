"""What the window remembers from one day to the next: a plain file, and nothing that must be there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

from PySide6.QtCore import QByteArray, QSettings

from gradloom_studio import theme

FILE = "GRADLOOM_SETTINGS"
"""This environment variable names another settings file than the user's own."""

MOST_RECENT = 10
MOST_COMPILED = 64


def settings_path() -> Path:
    """Where this user's settings are; the file need not exist."""
    if chosen := os.environ.get(FILE):
        return Path(chosen)
    from platformdirs import user_config_path

    return user_config_path("gradloom", appauthor=False) / "studio.ini"


class Settings:
    """Remembered values. One that is missing or senseless counts as its default; a broken file is empty."""

    def __init__(self, path: Path | None = None) -> None:
        self._store = QSettings(str(path or settings_path()), QSettings.Format.IniFormat)

    @property
    def theme(self) -> theme.Name:
        stored = self._store.value("theme")
        return stored if stored in get_args(theme.Name) else "system"

    @theme.setter
    def theme(self, name: theme.Name) -> None:
        self._store.setValue("theme", name)

    @property
    def recent(self) -> tuple[Path, ...]:
        """The files that were opened or saved last, the latest first."""
        stored = self._store.value("recent") or []
        texts = [stored] if isinstance(stored, str) else stored
        return tuple(Path(text) for text in texts if isinstance(text, str) and text)[:MOST_RECENT]

    def remember_file(self, path: Path) -> None:
        """Put a file in front of the recent ones."""
        path = path.absolute()
        self._set_recent([path, *(other for other in self.recent if other != path)])

    def forget_file(self, path: Path) -> None:
        """Take a file out of the recent ones, as when it is gone."""
        self._set_recent([other for other in self.recent if other != path.absolute()])

    def clear_recent(self) -> None:
        self._set_recent([])

    @property
    def compiled(self) -> tuple[str, ...]:
        """What was compiled ahead, by the names that `Rehearsals` gives it, the latest first."""
        stored = self._store.value("compiled") or []
        names = [stored] if isinstance(stored, str) else stored
        return tuple(name for name in names if isinstance(name, str))[:MOST_COMPILED]

    def remember_compiled(self, name: str) -> None:
        known = [name, *(other for other in self.compiled if other != name)]
        self._store.setValue("compiled", known[:MOST_COMPILED])

    def state(self, name: str) -> QByteArray:
        """What was kept under this name, such as the place of a splitter; empty if nothing was."""
        stored = self._store.value(f"window/{name}")
        return stored if isinstance(stored, QByteArray) else QByteArray()

    def keep_state(self, name: str, state: QByteArray) -> None:
        self._store.setValue(f"window/{name}", state)

    def save(self) -> None:
        """Write to disk now; where that cannot be done, the window simply forgets."""
        self._store.sync()

    def _set_recent(self, paths: list[Path]) -> None:
        self._store.setValue("recent", [str(path) for path in paths[:MOST_RECENT]])
