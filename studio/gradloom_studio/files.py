"""New, open and save: the one place that knows of files, and that never loses what is open."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from gradloom.experiment.document import Document
from gradloom.experiment.document_file import DocumentError
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.settings import Settings

SUFFIX = ".loom.toml"
FIRST_EXAMPLE = "mnist-mlp"
Answer: TypeAlias = Literal["save", "discard", "cancel"]
_State: TypeAlias = tuple[int, int, int] | None


class Files(QObject):
    """Reads and writes the model's document. What goes wrong is said as `refused`; what was open stays."""

    refused = Signal(str)
    opened = Signal()
    saved = Signal(object)

    def __init__(self, model: ExperimentModel, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._model, self._settings, self._window = model, settings, window
        self._seen: tuple[Path, _State] | None = None

    def new(self) -> None:
        """Start an empty experiment."""
        if self.may_leave():
            self._show(Document(), None)

    def open_example(self, name: str) -> bool:
        """Open an example, as an experiment that is not saved anywhere yet."""
        from gradloom.experiment.examples import read_example

        try:
            document = read_example(name)
        except (DocumentError, KeyError) as error:
            self.refused.emit(str(error.args[0] if error.args else error))
            return False
        if not self.may_leave():
            return False
        self._show(document, None)
        return True

    def ask_for_file(self) -> None:
        """Let the user choose a file to open."""
        dialog = self._dialog(self.tr("Open an experiment"), QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.open(Path(path)))
        dialog.open()

    def open(self, path: Path) -> bool:
        """Open a file; one that cannot be read is refused before anything is asked or lost."""
        from gradloom.experiment.document_file import read

        state = _state(path)
        try:
            document = read(path)
        except (DocumentError, OSError) as error:
            self.refused.emit(str(error))
            if not path.exists():
                self._settings.forget_file(path)
            return False
        if not self.may_leave():
            return False
        self._show(document, path)
        self._seen = (path, state)
        self._settings.remember_file(path)
        return True

    def save(self) -> bool:
        """Save where the experiment was opened from, or ask where; False where it was not saved.

        What someone else wrote there meanwhile is only replaced when it is saved once more.
        """
        path = self._model.path
        if path is None:
            return self.save_as()
        state = _state(path)
        if self._seen is not None and self._seen[0] == path and state not in (self._seen[1], None):
            self._seen = (path, state)
            words = self.tr(
                "{0} was changed elsewhere meanwhile. Save again to replace it, or save as another file."
            )
            self.refused.emit(words.format(path.name))
            return False
        return self._write(path)

    def save_as(self) -> bool:
        """Ask for a file and save there; False where it was not saved."""
        path = self.ask_where_to_save()
        return path is not None and self._write(path)

    def may_leave(self) -> bool:
        """Whether what is open may go: it is saved, or the user has said what to do with it."""
        if not self._model.dirty:
            return True
        match self.ask_about_changes():
            case "save":
                return self.save()
            case "discard":
                return True
            case "cancel":
                return False

    def ask_about_changes(self) -> Answer:
        """Ask whether to save what was changed."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setText(self.tr("Save the changes to “{0}”?").format(self._model.document.name))
        box.setInformativeText(self.tr("They are lost otherwise."))
        kinds = QMessageBox.StandardButton
        box.setStandardButtons(kinds.Save | kinds.Discard | kinds.Cancel)
        box.button(kinds.Discard).setText(self.tr("Don't save"))
        box.setDefaultButton(kinds.Save)
        answers: dict[int, Answer] = {kinds.Save.value: "save", kinds.Discard.value: "discard"}
        return answers.get(box.exec(), "cancel")

    def ask_where_to_save(self) -> Path | None:
        """Ask for the file to save in."""
        dialog = self._dialog(self.tr("Save the experiment"), QFileDialog.AcceptMode.AcceptSave)
        start = self._model.path or Path(_file_name(self._model.document.name))
        dialog.selectFile(str(start))
        # Added by the dialog, so that it asks before it replaces the file of that name.
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        if not dialog.exec():
            return None
        chosen = Path(dialog.selectedFiles()[0])
        path = with_suffix(chosen)
        if path != chosen and path.exists():
            words = self.tr("{0} is there already; choose it itself to replace it.")
            self.refused.emit(words.format(path.name))
            return None
        return path

    def _dialog(self, title: str, mode: QFileDialog.AcceptMode) -> QFileDialog:
        dialog = QFileDialog(self._window, title)
        dialog.setAcceptMode(mode)
        dialog.setNameFilter(self.tr("Experiments (*{0});;All files (*)").format(SUFFIX))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, mode == QFileDialog.AcceptMode.AcceptOpen)
        if self._model.path is not None:
            dialog.setDirectory(str(self._model.path.parent))
        return dialog

    def _show(self, document: Document, path: Path | None) -> None:
        self._model.open(document, path)
        self.opened.emit()

    def _write(self, path: Path) -> bool:
        try:
            self._model.save(path)
        except (DocumentError, OSError) as error:
            self.refused.emit(str(error))
            return False
        self._seen = (path, _state(path))
        self._settings.remember_file(path)
        self.saved.emit(path)
        return True


def _state(path: Path) -> _State:
    """What tells one content of a file from the next; None where there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def with_suffix(path: Path) -> Path:
    """The path with the suffix of experiments, once."""
    if path.name.endswith(SUFFIX):
        return path
    return path.with_name(path.name.removesuffix(".toml").removesuffix(".loom") + SUFFIX)


def _file_name(name: str) -> str:
    """A file name for an experiment's name: letters and digits, the rest dashes."""
    words = "".join(letter.lower() if letter.isalnum() else " " for letter in name).split()
    return f"{'-'.join(words) or 'experiment'}{SUFFIX}"
