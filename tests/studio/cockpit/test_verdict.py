import pytest

from gradloom.experiment.events import EpochEnded, Failure, RunEnded
from gradloom_studio.cockpit.verdict import verdict
from gradloom_studio.model.history import RunHistory


def history(train, validation):
    run = RunHistory()
    for number, (ours, theirs) in enumerate(zip(train, validation, strict=True), start=1):
        run.batches.extend(number, ours)
        run.add_epoch(EpochEnded(number, number, {"loss": ours}, {"loss": theirs}, 0.1, 1.0, 100.0))
    return run


@pytest.mark.parametrize(
    ("train", "validation", "words"),
    [
        ([1.0, 0.5], [1.1, 0.6], "Learning well: validation loss 0.600, still falling."),
        ([1.0, 5.0], [1.1, 5.5], "Diverging"),
        (
            [1.0, 0.5, 0.3, 0.2, 0.1],
            [1.1, 0.6, 0.7, 0.8, 0.9],
            "Overfitting: validation loss is 0.900, it was 0.600",
        ),
        ([1.0, 0.5, 0.5, 0.5, 0.5], [0.6, 0.501, 0.501, 0.5, 0.5], "Levelling off"),
    ],
)
def test_a_run_is_judged_by_its_curves(train, validation, words):
    assert words in verdict("running", history(train, validation)).text


def test_before_the_first_run_it_says_ready():
    assert verdict("idle", RunHistory()).text == "Ready to train."


def test_the_first_epoch_shows_the_last_batch():
    run = RunHistory()
    run.batches.extend([1, 2], [2.3, 1.9])
    assert "1.90" in verdict("running", run).text


def test_what_is_waited_for_is_said():
    run = history([1.0], [1.0])
    run.compiling = 7
    assert verdict("running", run).text == "Compiling kernel 7 for this machine."
    assert verdict("running", run, "paused").text == "Pausing after this batch."
    assert verdict("running", run, "stopped").text == "Stopping after this batch."


def test_a_run_that_was_stopped_while_it_was_prepared_says_so():
    run = RunHistory()
    run.ended = RunEnded("stopped", 0, 0, 0.1)
    assert verdict("stopped", run).text == "Stopped before the first batch."


def test_a_failure_is_said_first():
    run = history([1.0], [1.0])
    run.ended = RunEnded("failed", 1, 1, 0.1, failure=Failure("fc1 gets the wrong shape."))
    judged = verdict("failed", run)
    assert (judged.text, judged.tone) == ("fc1 gets the wrong shape.", "danger")


def test_the_end_gives_the_validation_figures():
    run = history([1.0, 0.5], [1.1, 0.6])
    run.ended = RunEnded("finished", 2, 2, 0.1)
    assert verdict("finished", run).text == "Finished after 2 epochs. Validation: loss 0.600."
