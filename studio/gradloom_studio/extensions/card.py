"""One plugin: its name and source, whether it works, and what it adds or why it fails."""

from __future__ import annotations

from collections import defaultdict

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gradloom.plugins.catalogue import Catalogue, Kind
from gradloom.plugins.host import PluginReport
from gradloom_studio import theme
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import ElidedLabel, label

MOST_NAMES = 12


class PluginCard(QFrame):
    """A card for one report."""

    def __init__(self, report: PluginReport, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report = report
        self.setProperty("role", "card")
        self.setAccessibleName(f"{report.id}: {report.reason or report.state}")
        broken = report.state == "broken"
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(*[tokens.spacing(3)] * 4)
        self._column.setSpacing(tokens.spacing(1))
        self._add_head(broken)
        self._column.addWidget(ElidedLabel(report.source, "small"))
        if broken:
            self._add_reason()
        else:
            self._column.addSpacing(tokens.spacing(1))
            for words in contents(report, catalogue):
                self._column.addWidget(label(words, wrap=True))

    def _add_head(self, broken: bool) -> None:
        picture = QLabel()
        name, colour = ("circle-x", "danger") if broken else ("puzzle", "family:plugin")
        picture.setPixmap(theme.pixmap(name, colour))
        state = label(self.tr("broken") if broken else self.tr("working"), "small")
        state.setProperty("tone", "danger" if broken else "good")
        head = QHBoxLayout()
        head.setSpacing(tokens.spacing(2))
        head.addWidget(picture)
        head.addWidget(ElidedLabel(self.report.id, "heading"), 1)
        head.addWidget(state)
        self._column.addLayout(head)

    def _add_reason(self) -> None:
        reason = label(self.report.reason, wrap=True)
        reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._column.addSpacing(tokens.spacing(1))
        self._column.addWidget(reason)
        if self.report.traceback:
            copy = QPushButton(self.tr("Copy traceback"))
            theme.put_icon(copy, "copy")
            copy.setAccessibleName(copy.text())
            copy.clicked.connect(self.copy_traceback)
            self._column.addSpacing(tokens.spacing(1))
            self._column.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)

    def copy_traceback(self) -> None:
        """Put the whole traceback on the clipboard."""
        QGuiApplication.clipboard().setText(self.report.traceback)


def contents(report: PluginReport, catalogue: Catalogue) -> list[str]:
    """What a plugin adds, one line for each kind: "3 layers: Swish, Mish, Snake"."""
    names: dict[Kind, list[str]] = defaultdict(list)
    for key in report.keys:
        if (entry := catalogue.get(key)) is not None:
            names[entry.kind].append(entry.name)
    return [_line(kind, names[kind]) for kind in Kind if names[kind]]


def _line(kind: Kind, names: list[str]) -> str:
    one, many = _NOUNS[kind]
    noun = _tr(one if len(names) == 1 else many)
    shown = ", ".join(names[:MOST_NAMES])
    more = _tr(" and {0} more").format(len(names) - MOST_NAMES) if len(names) > MOST_NAMES else ""
    return f"{len(names)} {noun}: {shown}{more}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("PluginCard", text)


_NOUNS = {
    Kind.LAYER: ("layer", "layers"),
    Kind.LOSS: ("loss", "losses"),
    Kind.OPTIMIZER: ("optimizer", "optimizers"),
    Kind.SCHEDULE: ("schedule", "schedules"),
    Kind.METRIC: ("metric", "metrics"),
    Kind.DATASET: ("data set", "data sets"),
    Kind.TRANSFORM: ("transform", "transforms"),
}
