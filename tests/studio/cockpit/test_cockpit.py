import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from gradloom.experiment.examples import read_example
from gradloom.plugins import load_plugins
from gradloom_studio import theme
from gradloom_studio.cockpit.cockpit_panel import CockpitPanel
from gradloom_studio.cockpit.series import Series
from gradloom_studio.cockpit.train_bar import TrainBar
from gradloom_studio.model.comparison import ComparedRun
from gradloom_studio.model.run import RunController
from gradloom_studio.theme import tokens


@pytest.fixture(scope="module")
def catalogue():
    return load_plugins(entry_points=False).catalogue


@pytest.fixture
def runs(qtbot):
    controller = RunController()
    yield controller
    assert controller.close()


@pytest.fixture
def cockpit(qtbot, runs):
    panel = CockpitPanel(runs)
    panel.resize(1000, 300)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def iris(epochs):
    document = read_example("iris")
    return document.model_copy(update={"training": document.training.model_copy(update={"epochs": epochs})})


def test_idle_panels_say_what_will_appear(cockpit):
    assert cockpit.loss.plot is None
    assert cockpit.loss.series == ()


def test_the_curves_show_the_whole_run(qtbot, cockpit, runs, catalogue):
    with qtbot.waitSignal(runs.run_ended):
        runs.train(iris(epochs=4), catalogue)
    batches = len(runs.history.batches)
    qtbot.waitUntil(lambda: [len(one.x) for one in cockpit.loss.series] == [batches, 4, 4])
    qtbot.waitUntil(lambda: [len(one.x) for one in cockpit.metrics["accuracy"].series] == [4, 4])
    batch, train, validation = cockpit.loss.series
    np.testing.assert_array_equal(batch.y, runs.history.batches.y)
    assert batch.x[-1] == train.x[-1] == validation.x[-1] == 4
    assert "%" in cockpit.metrics["accuracy"].legend["validation"].value


def test_a_rebuilt_cockpit_shows_the_same(qtbot, cockpit, runs, catalogue):
    with qtbot.waitSignal(runs.run_ended):
        runs.train(iris(epochs=2), catalogue)
    again = CockpitPanel(runs)
    qtbot.addWidget(again)
    again.refresh()
    cockpit.refresh()
    for old, new in zip(cockpit.loss.series, again.loss.series, strict=True):
        assert old.style == new.style
        np.testing.assert_array_equal(old.y, new.y)


def test_hovering_reads_the_values_of_an_epoch(qtbot, cockpit, runs, catalogue):
    with qtbot.waitSignal(runs.run_ended):
        runs.train(iris(epochs=4), catalogue)
    cockpit.refresh()
    cockpit.loss.plot.hovered.emit(1.2)
    first = runs.history.curve("train", "loss").y[0]
    assert float(cockpit.loss.legend["train"].value) == pytest.approx(first, rel=0.01)


def test_many_epochs_are_drawn_in_few_redraws(qtbot, cockpit, runs, catalogue):
    redraws = []
    cockpit.redrawn.connect(lambda: redraws.append(1))
    with qtbot.waitSignal(runs.run_ended):
        runs.train(iris(epochs=60), catalogue)
    assert len(redraws) < 60


@pytest.fixture
def bar(qtbot, runs):
    widget = TrainBar(runs)
    qtbot.addWidget(widget)
    widget.show()
    return widget


def click(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(8, 8))


def test_the_buttons_follow_the_run(qtbot, bar, runs, catalogue):
    bar.train_requested.connect(lambda: runs.train(iris(epochs=10**6), catalogue))
    assert (bar.train.isEnabled(), bar.pause.isEnabled(), bar.stop.isEnabled()) == (True, False, False)
    click(bar.train)
    qtbot.waitUntil(lambda: runs.history.step > 3)
    assert not bar.train.isEnabled()
    click(bar.pause)
    qtbot.waitUntil(lambda: bar.pause.text() == "Resume")
    assert bar.step.isEnabled()
    click(bar.pause)
    qtbot.waitUntil(lambda: bar.pause.text() == "Pause")
    with qtbot.waitSignal(runs.run_ended):
        click(bar.stop)
    assert bar.train.isEnabled()


def test_a_blocked_train_button_says_why(bar):
    bar.set_blocked("There is no loss.")
    assert not bar.train.isEnabled()
    assert bar.train.toolTip() == "There is no loss."
    bar.set_blocked("")
    assert bar.train.isEnabled()


def test_the_predictions_are_those_of_the_network_now(qtbot, cockpit, runs, catalogue):
    with qtbot.waitSignal(runs.run_ended):
        runs.train(iris(epochs=40), catalogue)
    qtbot.waitUntil(lambda: cockpit.predictions.view is not None)
    shown = cockpit.predictions.view.answer
    qtbot.waitUntil(lambda: cockpit.predictions.view.answer is runs.history.predictions)
    shown = cockpit.predictions.view.answer
    accuracy = runs.history.last_epoch.validation["accuracy"]
    assert shown.right / shown.counts.sum() == pytest.approx(accuracy)


def test_a_hidden_cockpit_catches_up_when_it_is_seen(qtbot, cockpit, runs, catalogue):
    cockpit.hide()
    with qtbot.waitSignal(runs.run_ended):
        runs.train(iris(epochs=2), catalogue)
    assert cockpit.loss.series == ()
    cockpit.show()
    qtbot.waitUntil(lambda: [len(one.x) for one in cockpit.loss.series][1:] == [2, 2])


def test_plots_take_the_ground_of_a_new_theme(qapp, cockpit):
    theme.apply(qapp, "light")
    points = np.arange(5.0)
    cockpit.loss.draw([Series("train", points, points)])
    theme.apply(qapp, "dark")
    ground = cockpit.loss.plot.grab().toImage().pixelColor(60, 4)
    assert ground == QColor(tokens.current().surface)


def compared(name, colour, epochs):
    curve = np.arange(1.0, epochs + 1), np.linspace(1, 0.5, epochs)
    return ComparedRun(name, name, colour, {"loss": curve, "accuracy": curve})


def drawn(panel):
    return len(panel.plot.getPlotItem().listDataItems())


def test_other_runs_stand_beside_this_one_and_go_again(qtbot, cockpit, runs, catalogue):
    cockpit.set_metrics(("accuracy",))
    first, second = compared("first", "loss", 5), compared("second", "merge", 2)
    cockpit.compare([first, second])
    assert cockpit.loss.series == ()
    assert cockpit.loss.plot.isVisible()
    own = drawn(cockpit.loss) - 2
    assert cockpit.metrics["accuracy"].key.accessibleName() == "first 50.0%, second 50.0%"
    with qtbot.waitSignal(runs.run_ended):
        runs.train(iris(epochs=3), catalogue)
    cockpit.refresh()
    assert drawn(cockpit.loss) == own + 2
    assert cockpit.loss.legend["train"].isVisible()
    cockpit.compare([second])
    assert drawn(cockpit.loss) == own + 1
    cockpit.compare([])
    assert drawn(cockpit.loss) == own
    assert not cockpit.loss.key.isVisible()
    assert cockpit.loss.series


def test_a_plot_of_nothing_but_other_runs_is_empty_again_without_them(cockpit):
    cockpit.compare([compared("first", "loss", 5)])
    cockpit.compare([])
    assert not cockpit.loss.plot.isVisible()


def test_the_first_point_of_another_run_is_not_shown_in_the_range_of_the_last(cockpit):
    for count in (60, 1):
        points = np.arange(1.0, count + 1)
        cockpit.loss.draw([Series("train", points, points), Series("validation", points, points)])
        low, high = cockpit.loss.plot.viewRange()[0]
        assert low < 1 < high
    assert high < 3


def test_large_figures_are_shortened_to_the_width_of_the_axis(cockpit):
    points = np.array([1.0, 50_000.0])
    cockpit.loss.draw([Series("train", points, points)])
    axis = cockpit.loss.plot.getPlotItem().getAxis("left")
    assert axis.tickStrings([0, 20_000, 42_500], 1.0, 10_000) == ["0", "20k", "42.5k"]
    assert axis.tickStrings([0, 5e5, 2e6], 1.0, 1e6) == ["0", "0.5M", "2M"]
    assert axis.tickStrings([0, 1e14], 1.0, 1e14) == ["0", "1e14"]
    assert axis.tickStrings([0, 5_000], 1.0, 5_000) == ["0", "5000"]
