"""Every command by a few letters of its name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from gradloom_studio.theme import tokens

WIDTH, ROWS, ICON = 420, 10, 16


class CommandPalette(QFrame):
    """A search over actions, on top of the window; Enter does the chosen one, Escape closes."""

    def __init__(self, actions: list[QAction], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "card")
        self._actions = actions
        self.search = QLineEdit(placeholderText=self.tr("Find a command"))
        self.search.setAccessibleName(self.tr("Find a command"))
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(QSize(ICON, ICON))
        column = QVBoxLayout(self)
        column.setContentsMargins(*[tokens.spacing(2)] * 4)
        column.setSpacing(tokens.spacing(2))
        column.addWidget(self.search)
        column.addWidget(self.list)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self._run)
        self.list.itemActivated.connect(self._run)
        self.list.itemClicked.connect(self._run)
        self._fill("")
        row = self.list.sizeHintForRow(0)
        self.setFixedSize(WIDTH, ROWS * row + 3 * tokens.spacing(2) + self.search.sizeHint().height() + 4)

    def open(self) -> None:
        """Show it in the upper middle of the window."""
        window = self.parentWidget().window()
        middle = window.mapToGlobal(window.rect().center())
        self.move(
            middle.x() - self.width() // 2,
            window.mapToGlobal(window.rect().topLeft()).y() + tokens.spacing(20),
        )
        self.show()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
        return super().eventFilter(watched, event)

    def _fill(self, text: str) -> None:
        self.list.clear()
        words = text.lower().split()
        for action in self._actions:
            name = action.text().rstrip("…")
            if all(word in name.lower() for word in words):
                item = QListWidgetItem(_icon(action), name)
                item.setData(Qt.ItemDataRole.UserRole, action)
                item.setToolTip(action.toolTip())
                if not action.isEnabled():
                    item.setFlags(Qt.ItemFlag.NoItemFlags)
                self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _run(self, _item: object = None) -> None:
        item = self.list.currentItem()
        self.close()
        if item is not None:
            action: QAction = item.data(Qt.ItemDataRole.UserRole)
            action.trigger()


def _icon(action: QAction) -> QIcon:
    """The action's icon, or an empty one, so that all names stand in line."""
    if not action.icon().isNull():
        return action.icon()
    nothing = QPixmap(ICON, ICON)
    nothing.fill(Qt.GlobalColor.transparent)
    return QIcon(nothing)
