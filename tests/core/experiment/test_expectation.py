"""Expectations: what a file promises, measured."""

from __future__ import annotations

import math

import pytest

from gradloom.experiment.document import Bound
from gradloom.experiment.events import RunEnded
from gradloom.experiment.expectation import check

ENDED = RunEnded("finished", 630, 10, 12.5, {"loss": 0.284512, "accuracy": 0.934, "broken": math.nan})


@pytest.mark.parametrize(
    ("name", "bound", "passed", "sentence"),
    [
        ("accuracy", Bound(min=0.92), True, "accuracy 0.934 is at least 0.92"),
        ("accuracy", Bound(min=0.934), True, "accuracy 0.934 is at least 0.934"),
        ("accuracy", Bound(min=0.95), False, "accuracy 0.934 is below 0.95"),
        ("loss", Bound(max=0.3), True, "loss 0.284512 is at most 0.3"),
        ("loss", Bound(max=0.2), False, "loss 0.284512 is above 0.2"),
        ("loss", Bound(min=0.1, max=0.3), True, "loss 0.284512 is at least 0.1 and at most 0.3"),
        ("seconds", Bound(max=90), True, "seconds 12.5 is at most 90"),
        ("train_loss", Bound(max=0.1), False, "train_loss 0.2 is above 0.1"),
        ("broken", Bound(min=0), False, "broken is not a number"),
        (
            "r2",
            Bound(min=0.5),
            False,
            "r2 was not measured; there are train_loss, loss, accuracy, broken, seconds",
        ),
    ],
)
def test_each_bound_is_judged_and_said(name: str, bound: Bound, passed: bool, sentence: str) -> None:
    (outcome,) = check({name: bound}, ENDED, {"loss": 0.2})
    assert (outcome.name, outcome.passed, outcome.sentence) == (name, passed, sentence)


@pytest.mark.parametrize("outcome", ["failed", "stopped"])
def test_a_run_that_did_not_finish_reaches_nothing(outcome: str) -> None:
    ended = RunEnded(outcome, 100, 1, 1.0, {"accuracy": 0.99})  # type: ignore[arg-type]
    assert not any(result.passed for result in check({"accuracy": Bound(min=0.5)}, ended))


def test_a_run_that_was_stopped_for_its_length_says_so() -> None:
    ended = RunEnded("stopped", 100, 1, 95.0, {"accuracy": 0.99})
    length, accuracy = check({"seconds": Bound(max=90), "accuracy": Bound(min=0.5)}, ended)
    assert length.sentence == "seconds 95 is above 90"
    assert accuracy.sentence == "accuracy was not reached: the run was stopped"
