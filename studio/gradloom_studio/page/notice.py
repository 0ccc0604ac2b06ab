"""A problem, in its own words, with buttons for what mends it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gradloom.experiment.analysis import Problem
from gradloom_studio import theme
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import label
from gradloom_studio.theme.tone import Tone, tone_picture


class Notice(QFrame):
    """One problem and its fixes."""

    fix_chosen = Signal(object)

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "notice")
        tone: Tone = "danger" if problem.blocking else "warning"
        self.setProperty("tone", tone)
        self.buttons: list[QPushButton] = []
        picture = QLabel()
        picture.setPixmap(tone_picture(tone))
        picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        message = label(problem.message, wrap=True)
        message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words = QVBoxLayout()
        words.setSpacing(tokens.spacing(2))
        words.addWidget(message)
        for fix in problem.fixes:
            words.addWidget(self._button(fix.label, fix), 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(*[tokens.spacing(2)] * 4)
        row.setSpacing(tokens.spacing(2))
        row.addWidget(picture)
        row.addLayout(words, 1)

    def _button(self, text: str, fix: object) -> QPushButton:
        button = QPushButton(text)
        theme.put_icon(button, "wrench")
        button.setAccessibleName(text)
        button.clicked.connect(lambda: self.fix_chosen.emit(fix))
        self.buttons.append(button)
        return button


class Notices(QWidget):
    """All problems of one thing, made anew whenever they change."""

    fix_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: tuple[Problem, ...] = ()
        self.notices: list[Notice] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(tokens.spacing(2))
        theme.watcher.changed.connect(self._rebuild)
        self.hide()

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Show these problems and no others."""
        problems = tuple(problems)
        if problems != self.shown:
            self.shown = problems
            self._rebuild()
        self.setVisible(bool(problems))

    def _rebuild(self) -> None:
        for notice in self.notices:
            self._column.removeWidget(notice)
            notice.deleteLater()
        self.notices = [Notice(problem) for problem in self.shown]
        for notice in self.notices:
            notice.fix_chosen.connect(self.fix_chosen)
            self._column.addWidget(notice)
