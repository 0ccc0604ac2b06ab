"""One editor for each type of parameter. They all speak alike, and know nothing of documents."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QToolButton, QWidget

from gradloom.experiment.data_paths import portable
from gradloom.plugins.catalogue import Parameter
from gradloom.plugins.values import expectation
from gradloom_studio import theme
from gradloom_studio.inspector.text_values import TypingError, read, write
from gradloom_studio.theme import tokens


class Field(QWidget):
    """An editor of one parameter's value."""

    chosen = Signal(object)
    """A value that the parameter takes; while a person types, every one on the way."""
    cleared = Signal()
    """The value is left to its default, or to the wire."""
    finished = Signal()
    """The next value is another edit."""

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(tokens.spacing(1))

    def show_value(self, value: object, hint: str = "") -> None:
        """Show a value without saying so.

        None is an empty field with the hint in it. A hint beside a value says that nothing was chosen: a
        person who empties the field then sees it instead.
        """
        raise NotImplementedError

    def editor(self) -> QWidget:
        """The control that takes the keyboard."""
        raise NotImplementedError

    def _place(self, editor: QWidget) -> None:
        editor.setAccessibleName(self.parameter.name)
        editor.setAccessibleDescription(self.parameter.help)
        self.setFocusProxy(editor)
        self._row.addWidget(editor, 1)


class LineEdit(QLineEdit):
    """A line whose undo is the experiment's, since each value typed is a step there."""

    left = Signal()
    stepped = Signal(int)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and _undoes(event):
            event.ignore()
            return False
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        if steps:
            self.stepped.emit(steps * (10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1))
        else:
            super().keyPressEvent(event)


class TextField(Field):
    """A line for numbers, lists of numbers and words; the arrow keys go up and down in numbers."""

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self._shown: object = None
        self.line = LineEdit()
        self.line.textEdited.connect(self._on_text)
        self.line.left.connect(self._on_left)
        self.line.returnPressed.connect(self.finished)
        self.line.stepped.connect(self._on_step)
        self._place(self.line)

    def editor(self) -> QWidget:
        return self.line

    def show_value(self, value: object, hint: str = "") -> None:
        self._shown = value
        self.line.setPlaceholderText(hint)
        needed = value is None and not hint
        if needed:
            self.line.setPlaceholderText(self.tr("needed"))
        emptied = bool(hint) and self.line.hasFocus() and not self.line.text()
        if not emptied and not self._says(value):
            self.line.setText(write(value))
            self.line.setCursorPosition(0)
        self._mark("wrong" if needed else "inferred" if value is None else "")

    def _says(self, value: object) -> bool:
        """Whether the text stands for this value already, be it written in another way."""
        text = self.line.text()
        if value is None:
            return not text
        try:
            return read(self.parameter, text) == value
        except TypingError:
            return False

    def _on_text(self, text: str) -> None:
        if not text.strip() and not (self.parameter.type == "str" and self.parameter.required):
            self.cleared.emit()
            return
        try:
            value = read(self.parameter, text)
        except TypingError as error:
            self._mark("wrong", str(error))
            return
        self._mark("")
        self.chosen.emit(value)

    def _on_left(self) -> None:
        """A text that is no value gives way to the value that stands."""
        if not self._says(self._shown):
            self.line.setText(write(self._shown))
            self._mark("inferred" if self._shown is None else "")
        self.finished.emit()

    def _on_step(self, steps: int) -> None:
        try:
            value = read(self.parameter, self.line.text())
        except TypingError:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            return
        size = 1.0 if self.parameter.type in ("int", "ints") else leading_unit(float(value), down=steps < 0)
        stepped = write(float(value) + steps * size)
        try:
            read(self.parameter, stepped)
        except TypingError:
            return
        self.line.setText(stepped)
        self._on_text(stepped)

    def _mark(self, state: str, why: str = "") -> None:
        if self.line.property("state") != state:
            self.line.setProperty("state", state)
            self.line.style().polish(self.line)
        self.line.setToolTip(why or explanation(self.parameter))


class CheckField(Field):
    """A box for yes and no."""

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self.box = QCheckBox()
        self.box.setToolTip(explanation(parameter))
        self.box.clicked.connect(self._on_clicked)
        self._place(self.box)

    def editor(self) -> QWidget:
        return self.box

    def show_value(self, value: object, hint: str = "") -> None:
        self.box.setChecked(bool(value))

    def _on_clicked(self, checked: bool) -> None:
        self.chosen.emit(checked)
        self.finished.emit()


class ComboBox(QComboBox):
    """A list to choose from that the wheel does not change while a form is scrolled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ChoiceField(Field):
    """A list of words."""

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self.combo = ComboBox()
        self.combo.setToolTip(explanation(parameter))
        self.combo.addItems(list(parameter.choices))
        self.combo.activated.connect(self._on_activated)
        self._place(self.combo)

    def editor(self) -> QWidget:
        return self.combo

    def show_value(self, value: object, hint: str = "") -> None:
        self.combo.setPlaceholderText(hint or self.tr("needed"))
        self.combo.setCurrentIndex(self.combo.findText(str(value)) if value is not None else -1)

    def _on_activated(self, index: int) -> None:
        self.chosen.emit(self.combo.itemText(index))
        self.finished.emit()


class PathField(TextField):
    """A line for a path, and a button that looks for it.

    What is found below `folder`, the experiment's own, is written relative to it.
    """

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parameter, parent)
        self.folder: Path | None = None
        self._browse = QToolButton()
        self._browse.setIcon(theme.icon("folder-open"))
        self._browse.setToolTip(self.tr("Choose from your disk"))
        self._browse.setAccessibleName(self.tr("Choose {0} from your disk").format(parameter.name))
        self._browse.clicked.connect(self._on_browse)
        self._row.addWidget(self._browse)

    def _on_browse(self) -> None:
        start = str(Path(self.folder or "", self.line.text()))
        dialog = QFileDialog(self.window(), self.parameter.help or self.parameter.name, start)
        folder = self.parameter.type == "folder"
        dialog.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_found)
        dialog.open()

    def _on_found(self, found: str) -> None:
        path = portable(found, self.folder)
        self.line.setText(path)
        self.chosen.emit(path)
        self.finished.emit()


def make_field(parameter: Parameter) -> Field:
    """The editor for a parameter."""
    match parameter.type:
        case "bool":
            return CheckField(parameter)
        case "choice":
            return ChoiceField(parameter)
        case "file" | "folder":
            return PathField(parameter)
        case _:
            return TextField(parameter)


def explanation(parameter: Parameter) -> str:
    """What a parameter is for and what it takes, for a tooltip."""
    takes = expectation(parameter)
    words = f"{parameter.help[:1].upper()}{parameter.help[1:]}".rstrip(".")
    default = (
        "" if parameter.required or parameter.default is None else f", usually {write(parameter.default)}"
    )
    return ". ".join(part for part in (words, f"{takes[:1].upper()}{takes[1:]}{default}") if part) + "."


def _undoes(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)


def leading_unit(value: float, *, down: bool) -> float:
    """One in the first digit of a number: what a step of it should be, be it 0.003 or 400.

    >>> leading_unit(0.03, down=False), leading_unit(0.01, down=True)
    (0.01, 0.001)
    """
    if value == 0 or not math.isfinite(value):
        return 0.1
    exponent = math.floor(math.log10(abs(value)) + 1e-9)
    first_step_down = down and math.isclose(abs(value), 10.0**exponent)
    return float(10.0 ** (exponent - 1 if first_step_down else exponent))
