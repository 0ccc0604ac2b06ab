"""The panel of predictions: each form is painted, says in words what it shows, and has its empty states."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage

from gradloom.experiment.gate import Gate
from gradloom.experiment.predictions import (
    Agreement,
    ClassMap,
    Confusion,
    FittedCurve,
    LabelledPictures,
    RedrawnPictures,
    Unshown,
)
from gradloom_studio import theme
from gradloom_studio.cockpit.predictions_panel import PredictionsPanel
from gradloom_studio.samples.points import class_colour
from gradloom_studio.theme import tokens

CLASSES = ("cat", "dog", "eel")
LABELS, PREDICTED = np.array([0, 1, 2, 0]), np.array([0, 1, 1, 0])
POINTS = np.array([[0.2, 0.2], [0.8, 0.2], [0.5, 0.8], [0.4, 0.4]])
GAPS = np.where(POINTS > 0.5, np.nan, POINTS)
CELLS = np.arange(3).repeat(4).reshape(3, 4)
GRAY = np.arange(4 * 8 * 8, dtype=np.uint8).reshape(4, 8, 8)
COLOUR = np.stack([GRAY, GRAY, GRAY], axis=-1)
LINE = np.linspace(0, 1, 9)

FORMS = {
    "3 of 4 right": [
        LabelledPictures(GRAY, LABELS, PREDICTED, CLASSES),
        LabelledPictures(COLOUR, LABELS, PREDICTED, CLASSES),
        ClassMap(POINTS, LABELS, PREDICTED, CLASSES, CELLS, np.zeros(2), np.ones(2)),
        Confusion(np.array([[2, 0, 0], [0, 1, 0], [0, 1, 0]]), CLASSES),
    ],
    "below: redrawn": [RedrawnPictures(GRAY, GRAY)],
    "the line is the network": [FittedCurve(POINTS[:, 0], POINTS[:, 1], LINE, LINE**2)],
    "": [Agreement(LINE, LINE**2), Agreement(LINE, np.full(9, np.nan))],
}
ALL = [answer for answers in FORMS.values() for answer in answers]


@pytest.fixture
def panel(qtbot, qapp):
    theme.apply(qapp, "light")
    made = PredictionsPanel(Gate())
    qtbot.addWidget(made)
    made.resize(280, 220)
    made.show()
    return made


def colours(widget):
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return {
        QColor.fromRgb(int(code)).name() for code in np.unique(np.frombuffer(image.constBits(), np.uint32))
    }


@pytest.mark.parametrize("answer", ALL, ids=lambda answer: type(answer).__name__)
@pytest.mark.parametrize("size", [(280, 220), (240, 120), (900, 400)])
def test_every_form_is_painted_at_every_size(panel, answer, size):
    panel.resize(*size)
    panel.show_predictions(answer, running=True)
    assert len(colours(panel.view)) > 3
    assert panel.cost_s > 0


@pytest.mark.parametrize("words", FORMS)
def test_the_panel_says_in_words_how_it_goes(panel, words):
    for answer in FORMS[words]:
        panel.show_predictions(answer, running=True)
        assert panel.summary.text() == panel.view.accessibleDescription() == words


@pytest.mark.parametrize("answer", [ALL[0], ALL[2], ALL[3]], ids=lambda answer: type(answer).__name__)
def test_what_is_wrong_is_painted_in_the_tone_of_danger(panel, answer):
    panel.show_predictions(answer, running=True)
    marked = colours(panel.view)
    right = np.zeros_like(answer.counts) if isinstance(answer, Confusion) else answer.labels
    changes = {"counts": right} if isinstance(answer, Confusion) else {"predicted": right}
    panel.show_predictions(type(answer)(**{**vars(answer), **changes}), running=True)
    danger = QColor(tokens.current().danger)

    def reddish(names):
        return max(0, *(QColor(name).red() - QColor(name).green() for name in names))

    if isinstance(answer, ClassMap):
        assert danger.name() in marked
        assert danger.name() not in colours(panel.view)
    else:
        assert reddish(marked) > reddish(colours(panel.view)) + 15


def test_the_plane_shows_class_by_class_from_below(panel):
    panel.show_predictions(ALL[2], running=True)
    image = panel.view.grab().toImage()
    seen = [image.pixelColor(4, round(share * image.height())) for share in (0.9, 0.5, 0.1)]
    for label, shown in enumerate(seen):
        nearest = min(range(3), key=lambda other: _apart(shown, _tint(other)))
        assert nearest == label


def _tint(label):
    ground, ink = QColor(tokens.current().canvas), class_colour(label)
    return [g + 0.22 * (i - g) for g, i in zip(ground.getRgb()[:3], ink.getRgb()[:3], strict=True)]


def _apart(colour, other):
    return sum(abs(a - b) for a, b in zip(colour.getRgb()[:3], other, strict=True))


def test_pointing_at_a_picture_says_what_it_is(panel):
    panel.show_predictions(ALL[0], running=True)
    view = panel.view
    cells = view.cells()
    assert view.words_at(cells[1].center(), view.answer) == "dog, rightly"
    assert view.words_at(cells[2].center(), view.answer) == "Taken for dog, but it is eel"
    assert view.words_at(QPoint(0, 10_000), view.answer) == ""


@pytest.mark.parametrize(
    "answer",
    [
        ClassMap(GAPS, LABELS, PREDICTED, CLASSES, CELLS, np.zeros(2), np.ones(2)),
        FittedCurve(GAPS[:, 0], GAPS[:, 1], LINE, np.full(9, np.inf)),
        FittedCurve(np.full(2, np.nan), np.full(2, np.nan), LINE, LINE),
        Agreement(GAPS[:, 0], GAPS[:, 1]),
        Agreement(np.full(2, 1.0), np.array([1.0, 1e30])),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_what_is_no_number_is_left_out(panel, answer):
    panel.show_predictions(answer, running=True)
    assert len(colours(panel.view)) > 3


def test_a_picture_keeps_its_proportions(panel):
    black = np.zeros((1, 8, 16), np.uint8)
    panel.show_predictions(LabelledPictures(black, LABELS[:1], PREDICTED[:1], CLASSES), running=True)
    (cell,) = panel.view.cells()
    image = panel.view.grab().toImage()
    column = [image.pixelColor(cell.center().x(), y) for y in range(cell.top(), cell.bottom() + 1)]
    assert sum(colour == QColor("black") for colour in column) == cell.height() // 2


def test_without_predictions_words_say_why(panel):
    seen = []
    for predictions, running in [(None, False), (None, True), (Unshown("It is a riddle."), False)]:
        panel.show_predictions(predictions, running=running)
        assert panel.view is None
        seen.append(panel.empty.text())
    assert all(seen)
    assert len(set(seen)) == 3
    assert seen[-1] == "It is a riddle."
