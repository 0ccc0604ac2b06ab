"""The runs panel: what the store holds, live while it trains, compared, brought back and forgotten."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gradloom.experiment.checkpoint import load_weights
from gradloom.experiment.document import Document
from gradloom.experiment.events import EpochEnded, Failure, RunEnded, RunStarted
from gradloom.experiment.runs import RunStore, default_folder
from gradloom_studio.model.comparison import ComparedRun
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.model.run import RunController
from gradloom_studio.runs.comparing import COLOURS
from gradloom_studio.runs.panel import RunsPanel
from gradloom_studio.runs.run_list import COLOUR

Keep = Callable[..., str]


@pytest.fixture
def keep(chain: Document) -> Keep:
    """Puts a run of so many epochs into the store, and gives its id."""

    def put(name: str = "Chain", epochs: int = 3, outcome: str = "finished", message: str = "") -> str:
        with closing(RunStore(default_folder())) as store:
            recording = store.record(chain.model_copy(update={"name": name}))
            recording(RunStarted(10, 4, 640, 100, 1000))
            for epoch in range(1, epochs + 1):
                validation = {"loss": 1 / epoch, "accuracy": 1 - 1 / (epoch + 1)}
                recording(EpochEnded(epoch, 4 * epoch, {"loss": 1.0}, validation, 0.01, 0.5, 640.0))
            failure = Failure(message) if message else None
            recording(RunEnded(outcome, 4 * epochs, epochs, 12.0, failure=failure))  # type: ignore[arg-type]
            return recording.run

    return put


@pytest.fixture
def runs(qtbot: QtBot) -> Iterator[RunController]:
    controller = RunController()
    yield controller
    assert controller.close()


@pytest.fixture
def panel(qtbot: QtBot, model: ExperimentModel, runs: RunController) -> Iterator[RunsPanel]:
    made = RunsPanel(model, runs, default_folder())
    made.resize(312, 700)
    qtbot.addWidget(made)
    yield made
    made.store.close()


def shown(qtbot: QtBot, panel: RunsPanel) -> RunsPanel:
    """The panel, once it has read the store."""
    panel.show()
    answered(qtbot, panel)
    return panel


def answered(qtbot: QtBot, panel: RunsPanel) -> None:
    qtbot.waitUntil(lambda: not panel.store.busy)


def row(panel: RunsPanel, number: int, role: int = Qt.ItemDataRole.AccessibleTextRole) -> str:
    return str(panel.entries.index(number).data(role))


def test_without_runs_it_says_what_will_appear(qtbot: QtBot, panel: RunsPanel) -> None:
    shown(qtbot, panel)
    assert panel.pages.currentIndex() == 0
    assert panel.empty.text().startswith("No runs yet.")
    assert not default_folder().exists()


def test_runs_that_cannot_be_read_are_said_and_come_back(qtbot: QtBot, panel: RunsPanel, keep: Keep) -> None:
    default_folder().write_text("in the way")
    shown(qtbot, panel)
    assert "cannot be read" in panel.empty.text()
    default_folder().unlink()
    keep()
    panel.look()
    answered(qtbot, panel)
    assert len(panel.entries.runs) == 1


def test_a_row_says_how_it_went(qtbot: QtBot, panel: RunsPanel, keep: Keep) -> None:
    keep("First")
    keep("Second", epochs=1, outcome="failed", message="The loss became NaN.")
    shown(qtbot, panel)
    assert [run.name for run in panel.entries.runs] == ["Second", "First"]
    assert "failed, 1/10 epochs" in row(panel, 0)
    assert "The loss became NaN." in row(panel, 0, Qt.ItemDataRole.ToolTipRole)
    assert "3 epochs" in row(panel, 1)
    assert "12 s" in row(panel, 1)
    assert row(panel, 1).endswith("loss 0.333, accuracy 75.0%")
    assert not panel.list.grab().isNull()


def test_one_selected_run_shows_its_facts(qtbot: QtBot, panel: RunsPanel, keep: Keep) -> None:
    keep("First", outcome="failed", message="The loss became NaN.")
    keep("Second")
    shown(qtbot, panel)
    assert not panel.details.isVisible()
    panel.select([panel.entries.runs[1].id])
    assert panel.details.title.text() == "First"
    assert panel.details.message.text() == "The loss became NaN."
    assert panel.details.restore.isEnabled()
    panel.select([run.id for run in panel.entries.runs])
    assert panel.details.title.text() == "2 runs"
    assert not panel.details.restore.isEnabled()
    assert panel.details.restore.toolTip() == "Select a single run for that."


def test_one_selected_run_says_in_what_it_differs_from_the_canvas(
    qtbot: QtBot, panel: RunsPanel, keep: Keep, model: ExperimentModel
) -> None:
    run = keep("First")
    shown(qtbot, panel).select([run])
    qtbot.waitUntil(lambda: panel.details.hint.text() == "Trained as on the canvas.")
    model.set_parameter("fc1", "out_features", 7)
    assert panel.details.hint.text() == "Other than on the canvas: fc1 out_features 32, not 7."


def test_the_selected_run_stays_in_sight(qtbot: QtBot, panel: RunsPanel, keep: Keep) -> None:
    for _ in range(20):
        keep()
    shown(qtbot, panel).select([panel.entries.runs[12].id])
    answered(qtbot, panel)
    qtbot.waitUntil(
        lambda: panel.list.viewport().rect().contains(panel.list.visualRect(panel.list.currentIndex()))
    )


def test_selected_runs_are_compared_each_in_a_colour_that_it_keeps(
    qtbot: QtBot, panel: RunsPanel, keep: Keep
) -> None:
    ids = [keep(str(number), epochs=number) for number in range(1, 8)][::-1]
    shown(qtbot, panel)
    compared: list[tuple[ComparedRun, ...]] = []
    panel.compared.connect(compared.append)
    panel.select(ids[:2])
    answered(qtbot, panel)
    first, second = compared[-1]
    assert (first.run, second.run) == tuple(ids[:2])
    x, y = first.curves["accuracy"]
    np.testing.assert_array_equal(x, np.arange(1, 8))
    assert y[-1] == 1 - 1 / 8
    assert row(panel, 0, COLOUR) == first.colour != second.colour
    panel.select(ids[1:])
    answered(qtbot, panel)
    assert len(compared[-1]) == len(COLOURS)
    assert len({run.colour for run in compared[-1]}) == len(COLOURS)
    assert next(run.colour for run in compared[-1] if run.run == second.run) == second.colour
    assert f"{len(COLOURS)} of them" in panel.details.hint.text()
    QTest.keyClick(panel.list, Qt.Key.Key_Escape)
    assert compared[-1] == ()


def test_what_another_process_writes_appears(qtbot: QtBot, panel: RunsPanel, keep: Keep) -> None:
    first = keep()
    shown(qtbot, panel)
    panel.select([first])
    answered(qtbot, panel)
    second = keep()
    panel.look()
    answered(qtbot, panel)
    assert [run.id for run in panel.entries.runs] == [second, first]
    assert [run.id for run in panel.selected()] == [first]


def test_the_run_that_trains_is_shown_live_and_then_as_it_ended(
    qtbot: QtBot, panel: RunsPanel, runs: RunController, model: ExperimentModel
) -> None:
    shown(qtbot, panel)
    training = model.document.training.model_copy(update={"epochs": 10**6})
    with qtbot.waitSignal(runs.epoch_ended):
        runs.train(model.document.model_copy(update={"training": training}), model.catalogue)
    qtbot.waitUntil(lambda: bool(panel.entries.runs) and panel.entries.runs[0].epoch > 0)
    (live,) = panel.entries.runs
    assert (live.id, live.state) == (runs.run, "running")
    panel.select([live.id])
    assert not panel.details.delete.isEnabled()
    runs.pause()
    qtbot.waitUntil(lambda: panel.entries.runs[0].state == "paused")
    with qtbot.waitSignal(runs.run_ended):
        runs.stop()
    qtbot.waitUntil(lambda: panel.entries.runs[0].state == "stopped")
    assert panel.entries.runs[0].step == runs.history.step
    assert panel.details.delete.isEnabled()


def test_an_experiment_is_restored_as_one_step(
    qtbot: QtBot, panel: RunsPanel, keep: Keep, model: ExperimentModel
) -> None:
    run = keep("As it was")
    before = model.document
    model.set_parameter("fc1", "out_features", 7)
    changed = model.document
    shown(qtbot, panel).select([run])
    QTest.mouseClick(panel.details.restore, Qt.MouseButton.LeftButton)
    answered(qtbot, panel)
    assert model.document == before.model_copy(update={"name": "As it was"})
    assert model.undo_stack.undoText() == "Restore As it was"
    model.undo_stack.undo()
    assert model.document == changed


def test_a_stopped_run_goes_on_with_its_own_experiment(
    qtbot: QtBot, panel: RunsPanel, runs: RunController, model: ExperimentModel
) -> None:
    training = model.document.training.model_copy(update={"epochs": 10**6})
    with qtbot.waitSignal(runs.epoch_ended):
        runs.train(model.document.model_copy(update={"training": training}), model.catalogue)
    shown(qtbot, panel).select([runs.run])
    assert panel.details.go_on.toolTip() == "It is still training."
    with qtbot.waitSignal(runs.run_ended):
        runs.stop()
    qtbot.waitUntil(panel.details.go_on.isEnabled)
    stopped, step, epoch = runs.run, runs.history.step, runs.history.epoch
    model.set_parameter("fc1", "out_features", 7)
    with qtbot.waitSignal(runs.epoch_ended):
        QTest.mouseClick(panel.details.go_on, Qt.MouseButton.LeftButton)
    assert runs.run == stopped
    assert int(runs.history.batches.x[0]) == step + 1
    assert runs.history.curve("validation", "loss").x[:epoch].tolist() == list(range(1, epoch + 1))
    assert model.document.nodes["fc1"].parameters["out_features"] == 32
    runs.stop()


def test_a_finished_run_cannot_go_on_and_says_why(qtbot: QtBot, panel: RunsPanel, keep: Keep) -> None:
    run = keep(epochs=10)
    shown(qtbot, panel).select([run])
    assert not panel.details.go_on.isEnabled()
    assert panel.details.go_on.toolTip() == "It has trained all its epochs."


def test_weights_are_exported(
    qtbot: QtBot, panel: RunsPanel, runs: RunController, model: ExperimentModel, tmp_path: Path
) -> None:
    training = model.document.training.model_copy(update={"epochs": 1})
    with qtbot.waitSignal(runs.run_ended):
        runs.train(model.document.model_copy(update={"training": training}), model.catalogue)
    shown(qtbot, panel).select([runs.run])
    said: list[str] = []
    panel.said.connect(said.append)
    panel.export(tmp_path / "mine.safetensors")
    answered(qtbot, panel)
    assert runs.trainer is not None
    weights = runs.trainer.state_dict()
    kept = load_weights(tmp_path / "mine.safetensors", weights)
    assert all(kept[name].tobytes() == weights[name].tobytes() for name in weights)
    assert said == [f"The weights of {model.document.name} are in {tmp_path / 'mine.safetensors'}."]


def test_what_cannot_be_exported_is_said(qtbot: QtBot, panel: RunsPanel, keep: Keep, tmp_path: Path) -> None:
    run = keep()
    shown(qtbot, panel).select([run])
    refused: list[str] = []
    panel.refused.connect(refused.append)
    panel.export(tmp_path / "mine.safetensors")
    answered(qtbot, panel)
    assert refused == [f"Run {run} ended before any weights were kept."]


def test_deleting_by_keyboard_asks_in_the_panel(qtbot: QtBot, panel: RunsPanel, keep: Keep) -> None:
    ids = [keep() for _ in range(3)]
    compared: list[tuple[ComparedRun, ...]] = []
    panel.compared.connect(compared.append)
    shown(qtbot, panel).select(ids[:2])
    answered(qtbot, panel)
    assert len(compared[-1]) == 2
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert panel.details.asking
    assert panel.details.question.text() == "Delete these 2 runs with their weights?"
    QTest.keyClick(panel.details.confirm, Qt.Key.Key_Escape)
    assert not panel.details.asking
    assert len(panel.entries.runs) == 3
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    QTest.keyClick(panel.details.confirm, Qt.Key.Key_Space)
    answered(qtbot, panel)
    qtbot.waitUntil(lambda: [run.id for run in panel.entries.runs] == [ids[2]])
    assert compared[-1] == ()
    assert not (default_folder() / ids[0]).exists()


def test_another_selection_ends_the_question(qtbot: QtBot, panel: RunsPanel, keep: Keep) -> None:
    ids = [keep() for _ in range(2)]
    shown(qtbot, panel).select(ids[:1])
    panel.details.ask()
    panel.select(ids[1:])
    assert not panel.details.asking


def test_a_rebuilt_panel_shows_the_same(
    qtbot: QtBot, panel: RunsPanel, keep: Keep, model: ExperimentModel, runs: RunController
) -> None:
    keep("First")
    keep("Second", epochs=0)
    shown(qtbot, panel)
    again = RunsPanel(model, runs, default_folder())
    qtbot.addWidget(again)
    shown(qtbot, again)
    assert again.entries.runs == panel.entries.runs
    assert math.isclose(again.entries.runs[1].validation["loss"], 1 / 3)
    again.store.close()
