"""One undo step: the document before and the document after.

Documents are frozen and share every part that an edit leaves alone, so a step costs a few references, order
is restored exactly, and no step can ever hold a widget.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from gradloom.experiment.document import Document

MERGE_SECONDS = 2.0
_MERGEABLE = 1


class Edit(QUndoCommand):
    """An edit that is shown as `label`; those with the same `merge` key in quick succession are one step."""

    def __init__(
        self,
        label: str,
        before: Document,
        after: Document,
        show: Callable[[Document], None],
        merge: object = None,
    ) -> None:
        super().__init__(label)
        self.before = before
        self.after = after
        self.merge = merge
        self._show = show
        self._time = time.monotonic()

    def redo(self) -> None:
        self._show(self.after)

    def undo(self) -> None:
        self._show(self.before)

    def rewrite(self, change: Callable[[Document], Document]) -> None:
        """Change what the step goes between, as when the experiment moves to another folder."""
        self.before, self.after = change(self.before), change(self.after)

    def id(self) -> int:
        return -1 if self.merge is None else _MERGEABLE

    def mergeWith(self, other: QUndoCommand) -> bool:
        if (
            not isinstance(other, Edit)
            or other.merge != self.merge
            or other._time - self._time > MERGE_SECONDS
        ):
            return False
        self.after = other.after
        self._time = other._time
        self.setObsolete(self.after == self.before)
        return True
