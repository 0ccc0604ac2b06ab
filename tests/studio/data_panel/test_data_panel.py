from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gradloom.data.sources import stored
from gradloom.experiment.document import Choice
from gradloom.plugins import Catalogue
from gradloom.plugins.catalogue import Entry, Kind
from gradloom_studio.data_panel.class_bars import ClassBars
from gradloom_studio.data_panel.loading import PreviewLoader, read_preview
from gradloom_studio.data_panel.panel import DataPanel
from gradloom_studio.data_panel.sample_grid import SampleGrid
from gradloom_studio.data_panel.sample_table import SampleTable
from gradloom_studio.data_panel.scatter import Scatter
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.page.notice import Notice


@pytest.fixture
def panel(qtbot: QtBot, model: ExperimentModel) -> DataPanel:
    made = DataPanel(model)
    made.resize(300, 600)
    qtbot.addWidget(made)
    return made


def choose(model: ExperimentModel, source: Choice) -> None:
    model.change_settings("x", data=model.document.data.model_copy(update={"source": source}))


@pytest.mark.parametrize(
    ("kind", "view"),
    [
        ("digits8x8", SampleGrid),
        ("iris", SampleTable),
        ("diabetes", SampleTable),
        ("spirals", Scatter),
        ("noisy_sine", Scatter),
    ],
)
def test_samples_are_drawn_as_what_they_are(
    qtbot: QtBot, panel: DataPanel, model: ExperimentModel, kind: str, view: type
) -> None:
    choose(model, Choice(kind=kind))
    with qtbot.waitSignal(panel.loader.loaded):
        panel.show()
    assert panel.widget().findChild(view) is not None
    assert (panel.widget().findChild(ClassBars) is not None) == bool(panel.preview.classes)
    assert not panel.grab().isNull()


def test_nothing_is_read_before_somebody_looks(panel: DataPanel, model: ExperimentModel) -> None:
    choose(model, Choice(kind="iris"))
    assert not panel.loader.busy
    assert panel.preview is None


def test_what_cannot_be_read_is_said(
    qtbot: QtBot, panel: DataPanel, model: ExperimentModel, tmp_path: Path
) -> None:
    panel.show()
    with qtbot.waitSignal(panel.loader.failed) as failure:
        choose(model, Choice(kind="csv", parameters={"path": str(tmp_path / "none.csv")}))
    assert "none.csv" in failure.args[0]
    assert panel.widget().findChild(Notice) is not None
    with qtbot.waitSignal(panel.loader.loaded):
        choose(model, Choice(kind="iris"))
    assert panel.preview is not None


def test_ranges_of_some_samples_are_called_so(
    qtbot: QtBot, panel: DataPanel, model: ExperimentModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "HELD", 0)
    np.save(tmp_path / "x.npy", np.zeros((2000, 1, 3, 3), np.uint8))
    np.save(tmp_path / "y.npy", np.arange(2000) % 2)
    paths = {"input": str(tmp_path / "x.npy"), "target": str(tmp_path / "y.npy")}
    with qtbot.waitSignal(panel.loader.loaded):
        choose(model, Choice(kind="npy", parameters=paths))
        panel.show()
    assert panel.widget().findChild(SampleGrid) is not None
    words = [label.text() for label in panel.widget().findChildren(QLabel)]
    assert "Of 1,000 samples from all over the file." in words


def broken() -> None:
    raise ZeroDivisionError("no rows")


def test_a_data_set_of_a_plugin_may_raise_anything() -> None:
    entry = Entry("bad.broken", Kind.DATASET, broken, "")
    words = read_preview(Choice(kind="bad.broken"), Catalogue({"bad.broken": entry}))
    assert "ZeroDivisionError" in words


def test_only_the_latest_question_is_answered(qtbot: QtBot, catalogue: Catalogue) -> None:
    loader, answers = PreviewLoader(), []
    loader.loaded.connect(answers.append)
    with qtbot.waitSignal(loader.loaded):
        loader.load(Choice(kind="digits8x8"), catalogue)
        loader.load(Choice(kind="iris"), catalogue)
    qtbot.waitUntil(lambda: not loader.busy)
    assert [answer.samples for answer in answers] == [150]
