import sys
import threading
from contextlib import closing

import numpy as np
import pytest

from gradloom.experiment.document_file import parse
from gradloom.experiment.runs import RunError, RunStore, default_folder
from gradloom.experiment.trainer import Trainer
from gradloom.plugins import load_plugins
from gradloom_studio.model.run import LOST, RunController

DOCUMENT = """
[data]
kind = "moons"
samples = 200
noise = 0.1

[nodes]
points = { kind = "Input" }
fc1 = { kind = "Linear", out_features = 8 }
tanh1 = { kind = "Tanh" }
fc2 = { kind = "Linear", out_features = 2 }
loss = { kind = "CrossEntropyLoss" }

[graph]
wires = ["points -> fc1", "fc1 -> tanh1", "tanh1 -> fc2", "fc2 -> loss"]

[optimizer]
kind = "SGD"
lr = 0.1

[training]
epochs = 5
batch_size = 16
metrics = ["accuracy"]
"""
BATCHES = 5 * 10


@pytest.fixture(scope="module")
def catalogue():
    return load_plugins(entry_points=False).catalogue


@pytest.fixture
def document():
    return parse(DOCUMENT)


@pytest.fixture
def runs(qtbot):
    controller = RunController()
    yield controller
    assert controller.close()


def endless(document):
    return document.model_copy(update={"training": document.training.model_copy(update={"epochs": 10**6})})


def test_a_run_arrives_whole_and_in_order(qtbot, runs, document, catalogue):
    with qtbot.waitSignal(runs.run_ended) as ended:
        runs.train(document, catalogue)
    assert ended.args[0].outcome == runs.state == "finished"
    np.testing.assert_array_equal(runs.history.batches.x, np.arange(1, BATCHES + 1))
    np.testing.assert_array_equal(runs.history.curve("validation", "accuracy").x, np.arange(1, 6))
    assert not runs.active


def test_the_window_and_the_terminal_end_in_the_same_bits(qtbot, runs, document, catalogue):
    terminal = Trainer(document, catalogue, listener=lambda event: None)
    terminal.run()
    with qtbot.waitSignal(runs.run_ended):
        runs.train(document, catalogue)
    expected, actual = terminal.state_dict(), runs.trainer.state_dict()
    assert expected.keys() == actual.keys()
    assert all(expected[name].tobytes() == actual[name].tobytes() for name in expected)


def test_pause_holds_the_run_and_resume_lets_it_go(qtbot, runs, document, catalogue):
    with qtbot.waitSignal(runs.points_arrived):
        runs.train(endless(document), catalogue)
    runs.pause()
    qtbot.waitUntil(lambda: runs.state == "paused")
    held = runs.history.step
    runs.step(document, catalogue)
    qtbot.waitUntil(lambda: runs.history.step == held + 1)
    runs.resume()
    qtbot.waitUntil(lambda: runs.history.step > held + 5)
    with qtbot.waitSignal(runs.run_ended):
        runs.stop()
    assert runs.state == "stopped"


def test_a_step_without_a_run_trains_one_batch_and_waits(qtbot, runs, document, catalogue):
    runs.step(document, catalogue)
    qtbot.waitUntil(lambda: runs.state == "paused" and runs.history.step == 1)
    with qtbot.waitSignal(runs.run_ended):
        runs.stop()


def test_a_second_train_does_not_disturb_the_first(qtbot, runs, document, catalogue):
    runs.train(endless(document), catalogue)
    first = runs.trainer
    runs.train(document, catalogue)
    assert runs.trainer is first
    with qtbot.waitSignal(runs.run_ended):
        runs.stop()


def test_hammering_the_buttons_ends_in_one_end(qtbot, runs, document, catalogue):
    ends = []
    runs.run_ended.connect(ends.append)
    runs.train(endless(document), catalogue)
    for _ in range(100):
        runs.pause()
        runs.resume()
    runs.stop()
    runs.stop()
    qtbot.waitUntil(lambda: not runs.active)
    assert [end.outcome for end in ends] == ["stopped"]


def test_close_ends_the_thread_and_restores_the_interpreter(qtbot, runs, document, catalogue):
    interval = sys.getswitchinterval()
    with qtbot.waitSignal(runs.points_arrived):
        runs.train(endless(document), catalogue)
    assert runs.close()
    assert sys.getswitchinterval() == interval
    assert not [thread for thread in threading.enumerate() if thread.name == "gradloom-trainer"]


def test_a_trainer_that_dies_without_a_word_is_a_failed_run(qtbot, runs, document, catalogue, monkeypatch):
    monkeypatch.setattr(Trainer, "run", lambda self: None)
    with qtbot.waitSignal(runs.run_ended) as ended:
        runs.train(document, catalogue)
    assert ended.args[0].failure is LOST
    assert runs.state == "failed"


def test_a_run_is_kept_with_its_weights(qtbot, runs, document, catalogue):
    with qtbot.waitSignal(runs.run_ended):
        runs.train(document, catalogue)
    with closing(RunStore(default_folder())) as store:
        (kept,) = store.runs()
        assert (kept.id, kept.state, kept.step) == (runs.run, "finished", BATCHES)
        assert kept.validation == runs.history.ended.validation
        assert store.checkpoint(kept.id) is not None


def test_a_stopped_run_goes_on_to_the_same_bits_and_curves(qtbot, runs, document, catalogue):
    runs.train(endless(document), catalogue)
    qtbot.waitUntil(lambda: runs.history.epoch >= 2)
    with qtbot.waitSignal(runs.run_ended):
        runs.stop()
    stopped, epoch = runs.run, runs.history.epoch
    longer = document.model_copy(
        update={"training": document.training.model_copy(update={"epochs": epoch + 2})}
    )
    with closing(RunStore(default_folder())) as store:
        earlier = store.measurements(stopped)
    with qtbot.waitSignal(runs.run_ended):
        runs.go_on(stopped, longer, catalogue, earlier)
    assert runs.run == stopped
    whole = Trainer(longer, catalogue, listener=lambda event: None)
    whole.run()
    expected, actual = whole.state_dict(), runs.trainer.state_dict()
    assert all(expected[name].tobytes() == actual[name].tobytes() for name in expected)
    np.testing.assert_array_equal(runs.history.curve("validation", "loss").x, np.arange(1, epoch + 3))
    with closing(RunStore(default_folder())) as store:
        (kept,) = store.runs()
    assert (kept.state, kept.epoch) == ("finished", epoch + 2)


def test_a_run_that_goes_on_elsewhere_leaves_everything_as_it_was(qtbot, runs, document, catalogue):
    with qtbot.waitSignal(runs.run_ended):
        runs.train(document, catalogue)
    history = runs.history
    elsewhere = RunStore(default_folder()).resume(runs.run, document)
    with closing(elsewhere), pytest.raises(RunError, match="going on already"):
        runs.go_on(runs.run, document, catalogue)
    assert runs.history is history
    assert not runs.active


def test_runs_that_cannot_be_kept_are_noticed_and_trained(qtbot, runs, document, catalogue):
    default_folder().write_text("in the way")
    noticed = []
    runs.noticed.connect(noticed.append)
    with qtbot.waitSignal(runs.run_ended) as ended:
        runs.train(document, catalogue)
    assert ended.args[0].outcome == "finished"
    assert len(noticed) == 1
    assert noticed[0].startswith("Runs are not being kept in")
