from __future__ import annotations

import threading
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QToolBar
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Choice
from gradloom.experiment.runs import default_folder
from gradloom.experiment.training import Training
from gradloom.kernels.counterpart import announce_compiling, has_compiler
from gradloom_studio import app
from gradloom_studio.files import Files
from gradloom_studio.runs.panel import RunsPanel
from gradloom_studio.window import SMALLEST, MainWindow


@pytest.fixture
def endless(window: MainWindow) -> MainWindow:
    """A window whose training does not end by itself while a test looks at it."""
    training = window.model.document.training.model_copy(update={"epochs": 100_000})
    window.model.open(window.model.document.model_copy(update={"training": training}))
    return window


def test_space_trains_pauses_and_goes_on(qtbot: QtBot, endless: MainWindow) -> None:
    endless.canvas.training_toggled.emit()
    with qtbot.waitSignal(endless.runs.epoch_ended):
        pass
    endless.canvas.training_toggled.emit()
    qtbot.waitUntil(lambda: endless.runs.state == "paused")
    assert endless.train_bar.pause.text() == "Resume"
    endless.toggle_training()
    qtbot.waitUntil(lambda: endless.runs.state == "running")
    with qtbot.waitSignal(endless.runs.run_ended):
        endless.commands["stop"].trigger()
    assert endless.runs.state == "stopped"


def test_one_batch_at_a_time(qtbot: QtBot, endless: MainWindow) -> None:
    endless.commands["step"].trigger()
    qtbot.waitUntil(lambda: endless.runs.history.step == 1)
    qtbot.waitUntil(lambda: endless.runs.state == "paused")
    endless.commands["step"].trigger()
    qtbot.waitUntil(lambda: endless.runs.history.step == 2)


def test_closing_ends_the_run_first_and_never_blocks(qtbot: QtBot, endless: MainWindow) -> None:
    endless.train()
    with qtbot.waitSignal(endless.runs.epoch_ended):
        pass
    assert not endless.close()
    qtbot.waitUntil(lambda: not endless.isVisible())
    assert endless.runs.state == "stopped"


def test_closing_with_changes_asks(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    window.model.set_parameter("fc1", "out_features", 7)
    monkeypatch.setattr(Files, "ask_about_changes", lambda files: "cancel")
    assert not window.close()
    assert window.isVisible()
    monkeypatch.setattr(Files, "ask_about_changes", lambda files: "discard")
    assert window.close()


def test_what_cannot_be_trained_is_said_and_not_tried(window: MainWindow) -> None:
    window.model.remove(nodes=["fc2"])
    window.train()
    assert not window.runs.active
    assert window.messages.text == window.model.analysis.obstacles[0].message


def test_the_verdict_says_how_it_went(qtbot: QtBot, window: MainWindow) -> None:
    training = window.model.document.training.model_copy(update={"epochs": 2})
    window.model.open(window.model.document.model_copy(update={"training": training}))
    with qtbot.waitSignal(window.runs.run_ended):
        window.train()
    assert window.verdict_bar.words.text().startswith("Finished after 2 epochs")


def test_a_hint_does_not_hinder_training(window: MainWindow) -> None:
    window.model.add_connected(Choice(kind="ReLU"), (0, 400), source="flatten")
    window.model.analysis_changed.emit()
    hints = window.model.analysis.problems
    assert hints
    assert not window.model.analysis.obstacles
    assert window.train_bar.train.isEnabled()
    assert window.verdict_bar.problem.text().startswith(str(len(hints)))


def test_what_does_not_end_a_run_is_said_meanwhile(qtbot: QtBot, endless: MainWindow) -> None:
    default_folder().write_text("in the way")
    endless.train()
    qtbot.waitUntil(lambda: "Runs are not being kept" in endless.messages.text)
    assert endless.runs.active


def test_the_runs_are_read_when_they_are_first_looked_at(qtbot: QtBot, window: MainWindow) -> None:
    training = window.model.document.training.model_copy(update={"epochs": 2})
    window.model.open(window.model.document.model_copy(update={"training": training}))
    for _ in range(2):
        with qtbot.waitSignal(window.runs.run_ended):
            window.train()
    assert window.runs_page.page is None
    window.commands["runs"].trigger()
    panel = window.runs_page.page
    assert isinstance(panel, RunsPanel)
    qtbot.waitUntil(lambda: len(panel.entries.runs) == 2)
    panel.select([panel.entries.runs[1].id])
    qtbot.waitUntil(lambda: window.cockpit.loss.key.isVisible())
    panel.store.close()


def test_a_run_takes_no_button_from_a_narrow_window(qtbot: QtBot, endless: MainWindow) -> None:
    endless.resize(*SMALLEST)
    endless.train()
    qtbot.waitUntil(lambda: endless.runs.history.epoch > 0)
    qtbot.waitUntil(endless.train_bar.progress.isVisible)
    QApplication.processEvents()
    bar = endless.findChild(QToolBar, "toolbar")
    assert all(bar.widgetForAction(action).isVisible() for action in bar.actions())


def test_another_experiment_shows_nothing_of_the_last_run(qtbot: QtBot, window: MainWindow) -> None:
    training = window.model.document.training.model_copy(update={"epochs": 2})
    window.model.open(window.model.document.model_copy(update={"training": training}))
    with qtbot.waitSignal(window.runs.run_ended):
        window.train()
    qtbot.waitUntil(lambda: window.cockpit.predictions.view is not None)
    window.files.open_example("iris")
    assert window.runs.state == "idle"
    assert window.cockpit.loss.series == ()
    assert window.cockpit.predictions.view is None
    assert window.train_bar.epoch.text() == ""
    assert window.verdict_bar.words.text() == "Ready to train."


def test_a_run_that_goes_on_is_seen_beside_another_experiment(qtbot: QtBot, endless: MainWindow) -> None:
    endless.train()
    qtbot.waitUntil(lambda: endless.runs.history.step > 3)
    endless.files.open_example("iris")
    assert endless.runs.active
    assert endless.runs.history.step > 3


def test_a_run_of_something_else_than_the_canvas_shows_is_told_from_it(
    qtbot: QtBot, endless: MainWindow
) -> None:
    outdated = endless.verdict_bar.outdated
    endless.train()
    qtbot.waitUntil(lambda: endless.runs.history.step > 3)
    assert not outdated.isVisible()
    endless.model.set_parameter("fc1", "out_features", 7)
    assert outdated.isVisible()
    assert outdated.text() == "The run goes on with the experiment as it was."
    with qtbot.waitSignal(endless.runs.run_ended):
        endless.runs.stop()
    assert outdated.text() == "Changed since this run."
    endless.undo()
    assert not outdated.isVisible()


# Kernels that are not there yet


def test_what_was_said_of_the_last_run_is_gone_with_the_next(qtbot: QtBot, endless: MainWindow) -> None:
    endless.messages.show_message("The loss became infinite.", "danger")
    endless.train()
    assert endless.messages.text == ""


def test_compiling_hides_no_warning(window: MainWindow) -> None:
    window.runs.noticed.emit("Runs are not being kept.")
    window.runs.compiling.emit(1)
    assert window.messages.text == "Runs are not being kept."


def test_compiling_is_said_until_the_network_learns(window: MainWindow) -> None:
    for kernels in (1, 2):
        window.runs.compiling.emit(kernels)
    assert "compiled for this machine" in window.messages.text
    window.runs.points_arrived.emit()
    assert window.messages.text == ""


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Each step has a kernel compiled, for as long as the semaphore is not released."""
    done = threading.Semaphore(0)
    learn = Training.learn

    def compile_and_learn(training: Training, batch: Any) -> float:
        announce_compiling()
        done.acquire()
        announce_compiling()
        return learn(training, batch)

    monkeypatch.setattr(Training, "learn", compile_and_learn)
    return done


def test_a_window_that_compiles_shows_that_it_lives_and_what_it_was_asked_for(
    qtbot: QtBot, endless: MainWindow, compiling: threading.Semaphore
) -> None:
    words = endless.verdict_bar.words
    endless.train()
    qtbot.waitUntil(lambda: words.text() == "Compiling kernel 1 for this machine.")
    qtbot.waitUntil(lambda: endless.cockpit.loss.empty.text() == "The first batch is under way.")
    endless.runs.pause()
    qtbot.waitUntil(lambda: words.text() == "Pausing after this batch.")
    endless.runs.resume()
    qtbot.waitUntil(lambda: words.text() == "Compiling kernel 1 for this machine.")
    assert not endless.close()
    qtbot.waitUntil(lambda: words.text() == "Stopping after this batch.")
    compiling.release()
    qtbot.waitUntil(lambda: not endless.isVisible())
    assert endless.runs.history.step == 0
    assert words.text() == "Stopped before the first batch."


@pytest.mark.skipif(not has_compiler(), reason="nothing is compiled here")
def test_what_was_compiled_beside_the_window_is_there_when_it_trains(
    qtbot: QtBot, window: MainWindow
) -> None:
    rehearsals = app.rehearse(window)
    with qtbot.waitSignal(rehearsals.ended):
        rehearsals.begin()
    assert len(window.settings.compiled) == 1
    compiled: list[int] = []
    window.runs.compiling.connect(compiled.append)
    with qtbot.waitSignal(window.runs.epoch_ended):
        window.train()
    rehearsals.close()
    assert compiled == []
