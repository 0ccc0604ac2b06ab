"""A form made from parameters: one row for each, with its help, its default and a way back to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QGridLayout, QToolButton, QWidget

from gradloom.experiment.document import Value
from gradloom.plugins.catalogue import Parameter
from gradloom_studio import theme
from gradloom_studio.inspector.fields import Field, PathField, explanation, make_field
from gradloom_studio.inspector.text_values import write
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import label

LABEL_WIDTH = tokens.spacing(26)
RESET_WIDTH = tokens.spacing(6)


def beside(
    text: str, *widgets: QWidget, align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter
) -> QGridLayout:
    """Widgets below each other beside one label, in line with the rows of forms."""
    grid = _grid()
    name = label(text)
    name.setFixedWidth(LABEL_WIDTH)
    name.setBuddy(widgets[0])
    grid.addWidget(name, 0, 0, align)
    for row, widget in enumerate(widgets):
        grid.addWidget(widget, row, 1)
    grid.setColumnMinimumWidth(2, RESET_WIDTH + tokens.spacing(1))
    return grid


def folded(name: str, width: int) -> str:
    """A name in code, with a new line after an underscore wherever it would be wider than this.

    A label that wraps by itself would make the heights of all rows depend on their width.
    """
    metrics = QFontMetrics(theme.font("body"))
    lines = [""]
    for part in name.replace("_", "_ ").split():
        if lines[-1] and metrics.horizontalAdvance(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(tokens.spacing(1))
    grid.setVerticalSpacing(tokens.spacing(1))
    grid.setColumnStretch(1, 1)
    return grid


class Row:
    """A label, a field and a button that takes a choice back."""

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        self.field: Field = make_field(parameter)
        self.label = label(folded(parameter.name, LABEL_WIDTH))
        self.label.setAccessibleName(parameter.name)
        self.label.setToolTip(explanation(parameter))
        self.label.setBuddy(self.field.editor())
        self.label.setFixedWidth(LABEL_WIDTH)
        self.reset = QToolButton()
        self.reset.setProperty("role", "reset")
        self.reset.setFixedSize(RESET_WIDTH, RESET_WIDTH)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)


class Form(QWidget):
    """Rows for some parameters. `show_values` fills them; what a person does comes out as named signals."""

    chosen = Signal(str, object)
    cleared = Signal(str)
    finished = Signal()

    def __init__(
        self,
        parameters: Iterable[Parameter],
        hints: Mapping[str, str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`hints` are the words for "nothing chosen" of parameters that may be left out."""
        super().__init__(parent)
        self._hints = hints or {}
        self.rows: dict[str, Row] = {}
        self._grid = _grid()
        self.setLayout(self._grid)
        for parameter in parameters:
            self._add(parameter)
        theme.watcher.changed.connect(self._show_icons)
        self._show_icons()

    def show_values(self, given: Mapping[str, object], inferred: Mapping[str, object] | None = None) -> None:
        """Show what was given, else what follows from the wire, else the default."""
        for name, row in self.rows.items():
            self._fill(row, given, (inferred or {}).get(name))
            row.reset.setVisible(name in given and (not row.parameter.required or row.parameter.inferred))

    def start_at(self, folder: Path | None) -> None:
        """Let paths begin at this folder, the experiment's own."""
        for row in self.rows.values():
            if isinstance(row.field, PathField):
                row.field.folder = folder

    def focus(self, name: str | None = None) -> None:
        """Put the keyboard into a row, or into the first that does not follow from the wire anyway."""
        chosen = sorted(self.rows.values(), key=lambda row: row.parameter.inferred)
        row = self.rows.get(name) if name else next(iter(chosen), None)
        if row is not None:
            row.field.editor().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _fill(self, row: Row, given: Mapping[str, object], inferred: object) -> None:
        parameter, field = row.parameter, row.field
        if parameter.name in given:
            field.show_value(given[parameter.name])
        elif inferred is not None:
            field.show_value(None, self.tr("{0} from the wire").format(write(inferred)))
        elif parameter.inferred:
            field.show_value(None, self.tr("from the wire"))
        elif parameter.required:
            field.show_value(None)
        elif parameter.default is None:
            field.show_value(None, self._hints.get(parameter.name, self.tr("none")))
        else:
            field.show_value(parameter.default, write(parameter.default))

    def _add(self, parameter: Parameter) -> None:
        name, row, at = parameter.name, Row(parameter), len(self.rows)
        row.field.chosen.connect(lambda value: self._on_chosen(name, value))
        row.field.cleared.connect(lambda: self.cleared.emit(name))
        row.field.finished.connect(self.finished)
        row.reset.clicked.connect(lambda: self._on_reset(name))
        row.reset.setAccessibleName(self.tr("Reset {0}").format(name))
        row.reset.setToolTip(_way_back(self, parameter))
        self._grid.addWidget(row.label, at, 0)
        self._grid.addWidget(row.field, at, 1)
        self._grid.addWidget(row.reset, at, 2)
        self.rows[name] = row

    def _on_chosen(self, name: str, value: Value) -> None:
        parameter = self.rows[name].parameter
        if not parameter.required and type(value) is not bool and value == parameter.default:
            self.cleared.emit(name)
        else:
            self.chosen.emit(name, value)

    def _on_reset(self, name: str) -> None:
        self.cleared.emit(name)
        self.finished.emit()
        self.focus(name)

    def _show_icons(self) -> None:
        for row in self.rows.values():
            row.reset.setIcon(theme.icon("rotate-ccw", "text_muted"))


def _way_back(form: Form, parameter: Parameter) -> str:
    if parameter.inferred:
        return form.tr("Leave it to the wire again")
    if parameter.default is None or parameter.required:
        return form.tr("Leave it out again")
    return form.tr("Back to {0}").format(write(parameter.default))
