"""The journal: unsaved work on disk moments after each edit, so that a killed process loses none of it.

Only where the work ended is kept, not how it came there. Each process writes a file of its own and holds a
claim on it, which ends with the process; a file that nobody claims is lost work.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from PySide6.QtCore import QObject, QTimer

from gradloom.experiment.claim import Claim, is_claimed
from gradloom.experiment.document import Document
from gradloom_studio.model.experiment import ExperimentModel

DELAY_MS = 300
"""So long after an edit it is written down; further edits do not put it off."""

_ENTRY, _CLAIM = ".journal.json", ".journal.lock"


class Entry(BaseModel):
    """What a journal's file holds: the document as it was last, and the file that it belongs to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path | None = None
    document: Document


@dataclass(frozen=True)
class LostWork:
    """An entry that its process left behind."""

    entry: Entry
    file: Path

    def forget(self) -> None:
        """Remove it, once it is safe elsewhere."""
        _unlink(self.file)
        _unlink(_claim_of(self.file))


class Journal(QObject):
    """Follows a model, and writes its document down whenever it differs from what is saved.

    Raises:
        OSError: the folder cannot be written to.
    """

    def __init__(self, model: ExperimentModel, folder: Path) -> None:
        super().__init__(model)
        folder.mkdir(parents=True, exist_ok=True)
        name = secrets.token_hex(6)
        self._model = model
        self._folder = folder
        self._file = folder / f"{name}{_ENTRY}"
        self._claim = Claim(folder / f"{name}{_CLAIM}")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(DELAY_MS)
        self._soon.timeout.connect(self.write)
        model.document_changed.connect(self._on_changed)
        model.undo_stack.cleanChanged.connect(self._on_changed)

    def write(self) -> None:
        """Write the document down now, or remove the entry where everything is saved."""
        self._soon.stop()
        if not self._model.dirty:
            _unlink(self._file)
            return
        entry = Entry(path=self._model.path, document=self._model.document)
        unfinished = self._file.with_suffix(".tmp")
        # A full disk must not stop the work; the next edit tries again.
        with suppress(OSError):
            unfinished.write_text(entry.model_dump_json(), encoding="utf-8")
            os.replace(unfinished, self._file)

    def recover(self) -> bool:
        """Show the newest lost work, as unsaved and from now on in this entry; False where there is none."""
        lost = lost_work(self._folder)
        if lost is None:
            return False
        self._model.recover(lost.entry.document, lost.entry.path)
        self.write()
        if self._file.exists():
            lost.forget()
        return True

    def close(self) -> None:
        """End in order: whoever closes has saved, or does not want to."""
        self._soon.stop()
        self._model.document_changed.disconnect(self._on_changed)
        self._model.undo_stack.cleanChanged.disconnect(self._on_changed)
        _unlink(self._file)
        self._claim.release()

    def _on_changed(self, _news: object) -> None:
        if not self._soon.isActive():
            self._soon.start()


def lost_work(folder: Path) -> LostWork | None:
    """The newest entry that no living process claims; one that cannot be read is passed over."""
    files = (file for file in folder.glob(f"*{_ENTRY}") if not is_claimed(_claim_of(file)))
    for file in sorted(files, key=_written_at, reverse=True):
        try:
            return LostWork(Entry.model_validate_json(file.read_bytes()), file)
        except (OSError, ValidationError):
            continue
    return None


def _claim_of(file: Path) -> Path:
    return file.with_name(file.name.removesuffix(_ENTRY) + _CLAIM)


def _written_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _unlink(file: Path) -> None:
    with suppress(OSError):
        file.unlink()
