"""One thing chosen from the catalogue, such as an optimizer, with a form for its parameters."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gradloom.experiment.document import Choice, Value
from gradloom.plugins.catalogue import Catalogue, Kind
from gradloom_studio.inspector.fields import ComboBox
from gradloom_studio.inspector.form import Form, beside
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import label


class ChoiceEditor(QWidget):
    """A list of the entries of one kind, what the chosen one is, and its parameters.

    With `nothing`, the words for it, nothing may be chosen too. `changed` carries the new Choice or None, and
    what was done in words.
    """

    changed = Signal(object, str)
    finished = Signal()

    def __init__(self, kind: Kind, name: str, nothing: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind, self._nothing, self._name = kind, nothing, name
        self._choice: Choice | None = None
        self._catalogue = Catalogue({})
        self.combo = ComboBox()
        self.combo.setAccessibleName(name)
        self.combo.activated.connect(self._on_activated)
        self._summary = label(role="muted", wrap=True)
        self.form = Form(())
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(tokens.spacing(1))
        self._column.addLayout(beside(name, self.combo))
        self._column.addWidget(self._summary)
        self._column.addWidget(self.form)

    def show_choice(self, choice: Choice | None, catalogue: Catalogue) -> None:
        """Show what is chosen now."""
        if catalogue is not self._catalogue:
            self._catalogue = catalogue
            self._fill_combo()
        other_kind = self._choice is None or choice is None or choice.kind != self._choice.kind
        self._choice = choice
        entry = catalogue.get(choice.kind) if choice else None
        parameters = entry.parameters if entry else ()
        if other_kind or [parameter.name for parameter in parameters] != list(self.form.rows):
            self._replace_form(Form(parameters))
        self._point_combo()
        self._summary.setText(entry.summary if entry else self._unknown_words())
        self._summary.setVisible(bool(self._summary.text()))
        self.form.setVisible(bool(self.form.rows))
        self.form.show_values(choice.parameters if choice else {})

    def _fill_combo(self) -> None:
        self.combo.clear()
        if self._nothing:
            self.combo.addItem(self._nothing, "")
        for entry in self._catalogue.of(self._kind):
            self.combo.addItem(entry.key, entry.key)

    def _point_combo(self) -> None:
        kind = self._choice.kind if self._choice else ""
        if self.combo.findData(kind) < 0:
            self.combo.addItem(kind, kind)
        self.combo.setCurrentIndex(self.combo.findData(kind))

    def _unknown_words(self) -> str:
        if self._choice is None:
            return ""
        return self.tr("No plugin that is installed offers this. It is kept as it is.")

    def _replace_form(self, form: Form) -> None:
        self._column.replaceWidget(self.form, form)
        self.form.hide()
        self.form.deleteLater()
        self.form = form
        form.chosen.connect(self._on_chosen)
        form.cleared.connect(self._on_cleared)
        form.finished.connect(self.finished)

    def _on_activated(self, index: int) -> None:
        kind = self.combo.itemData(index)
        if kind != (self._choice.kind if self._choice else ""):
            self.changed.emit(Choice(kind=kind) if kind else None, self.tr("Change {0}").format(self._name))
            self.finished.emit()

    def _on_chosen(self, name: str, value: Value) -> None:
        if self._choice is not None:
            self._change(name, {**self._choice.parameters, name: value})

    def _on_cleared(self, name: str) -> None:
        if self._choice is not None and name in self._choice.parameters:
            kept = {key: value for key, value in self._choice.parameters.items() if key != name}
            self._change(name, kept)

    def _change(self, name: str, parameters: dict[str, Value]) -> None:
        if self._choice is not None:
            words = self.tr("Change {0} of {1}").format(name, self._choice.kind)
            self.changed.emit(Choice(kind=self._choice.kind, parameters=parameters), words)
