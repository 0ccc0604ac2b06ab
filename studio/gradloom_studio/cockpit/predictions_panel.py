"""The panel that shows what the network makes of a few validation samples."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import Qt

from gradloom.experiment.gate import Gate
from gradloom.experiment.predictions import (
    Agreement,
    ClassMap,
    Confusion,
    FittedCurve,
    LabelledPictures,
    Predictions,
    RedrawnPictures,
    Unshown,
)
from gradloom_studio import theme
from gradloom_studio.cockpit.panel import Panel
from gradloom_studio.predictions.view import AnswerView
from gradloom_studio.theme.labels import ElidedLabel


class PredictionsPanel(Panel):
    """Shows the newest predictions of a run in their own form; empty until there are any."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(self.tr("Predictions"), "")
        self.setObjectName("predictionsPanel")
        self._gate = gate
        self._views: dict[type, AnswerView] = {}
        self.summary = ElidedLabel(role="muted")
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.header.addWidget(self.summary, 1)
        self.show_predictions(None, running=False)
        theme.watcher.changed.connect(self.update)

    @property
    def view(self) -> AnswerView | None:
        """What is painted now; None where there are only words."""
        shown = self.stack.currentWidget()
        return shown if isinstance(shown, AnswerView) else None

    @property
    def cost_s(self) -> float:
        return self.view.cost_s if self.view is not None else 0.0

    def show_predictions(self, predictions: Predictions | None, *, running: bool) -> None:
        """Show these; without any, say when they will come."""
        self.summary.setText(self._summary(predictions))
        self.setAccessibleDescription(self.summary.text())
        if predictions is None or isinstance(predictions, Unshown):
            self.empty.setText(self._words_for_nothing(predictions, running))
            self.stack.setCurrentWidget(self.empty)
            return
        form = type(predictions)
        if form not in self._views:
            self._views[form] = views()[form](self._gate)
            self._views[form].setAccessibleName(self.title)
            self.stack.addWidget(self._views[form])
        self._views[form].setAccessibleDescription(self.summary.text())
        self._views[form].show_answer(predictions)
        self.stack.setCurrentWidget(self._views[form])

    def _words_for_nothing(self, predictions: Unshown | None, running: bool) -> str:
        if predictions is not None:
            return predictions.reason
        if running:
            return self.tr("The network is about to be asked for the first time.")
        return self.tr("What the network makes of a few validation samples appears here.")

    def _summary(self, predictions: Predictions | None) -> str:
        right = self.tr("{0} of {1} right")
        match predictions:
            case LabelledPictures() | ClassMap():
                return right.format(int((~predictions.wrong).sum()), len(predictions.labels))
            case Confusion():
                return right.format(predictions.right, int(predictions.counts.sum()))
            case RedrawnPictures():
                return self.tr("below: redrawn")
            case FittedCurve():
                return self.tr("the line is the network")
            case _:
                return ""


@cache
def views() -> dict[type, type[AnswerView]]:
    """The view of each form; imported when the first is needed, since the window opens without."""
    from gradloom_studio.predictions.confusion import ConfusionView
    from gradloom_studio.predictions.pictures import LabelledGrid, RedrawnGrid
    from gradloom_studio.predictions.plane import AgreementView, CurveView, MapView

    return {
        LabelledPictures: LabelledGrid,
        RedrawnPictures: RedrawnGrid,
        ClassMap: MapView,
        FittedCurve: CurveView,
        Confusion: ConfusionView,
        Agreement: AgreementView,
    }
