"""The guard sees what was lost, and nothing else; only its readings of time are made up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks.guard import FILE, MEMORY, SECONDS, losses, merged, read, settled, write
from benchmarks.side_by_side.effort import effort
from benchmarks.side_by_side.training import TRAININGS
from benchmarks.side_by_side.workload import Step

import gradloom

SMALL = "MLP 2-16-16-2 tanh, batch 32, Adam"


@pytest.mark.parametrize(
    ("now", "lost"), [(1.0, False), (1.2, False), (1.25, False), (1.26, True), (9.0, True)]
)
def test_a_quarter_more_is_a_loss(now: float, lost: bool) -> None:
    found = list(losses({"calls": {"row": 400.0}}, {"calls": {"row": 400 * now}}, ["row"]))
    assert len(found) == lost
    assert all("row: calls" in sentence and f"{now:.2f} times the 400" in sentence for sentence in found)


def test_a_little_memory_is_no_loss() -> None:
    found = [list(losses({MEMORY: {"row": 10.0}}, {MEMORY: {"row": now}}, ["row"])) for now in (76.0, 77.0)]
    assert [len(sentences) for sentences in found] == [0, 1]


def test_a_row_of_which_nothing_is_kept_is_named() -> None:
    (sentence,) = losses({"calls": {"old": 1.0}}, {"calls": {"new": 1.0}}, ["new"])
    assert "new: no calls is kept" in sentence


@pytest.mark.parametrize(
    ("readings", "best", "taken"),
    [
        ([1.1], 1.1, 1),  # good enough at once
        ([2.0, 1.2], 1.2, 2),  # a noisy moment
        ([1.3, 1.9, 1.24], 1.24, 3),
        ([1.3, 1.28, 1.31, 1.3], 1.28, 4),  # slower however long one looks
    ],
)
def test_what_seems_slower_gets_more_time(readings: list[float], best: float, taken: int) -> None:
    asked: list[float] = []

    def take(seconds: float) -> float:
        asked.append(seconds)
        return readings[len(asked) - 1]

    assert settled(take, 1.0) == best
    assert tuple(asked) == SECONDS[:taken]


def test_what_is_kept_can_be_read_and_renewed_in_part(tmp_path: Path) -> None:
    file = tmp_path / "guard.toml"
    kept = {"numpy": {"calls": {"a": 1.0, "b, c": 2.0}}, "compiled": {"time on X, Y": {"a": 0.25}}}
    write(file, kept)
    assert read(file) == kept
    renewed = merged(kept, "numpy", {"calls": {"a": 3.0}}, whole=False)
    assert renewed == {"numpy": {"calls": {"a": 3.0, "b, c": 2.0}}, "compiled": kept["compiled"]}
    assert merged(kept, "numpy", {"calls": {"a": 3.0}}, whole=True)["numpy"] == {"calls": {"a": 3.0}}


def test_every_training_is_guarded() -> None:
    for kind, figures in read(FILE)["compiled"].items():
        assert list(figures) == list(TRAININGS), f"{kind}: python -m benchmarks guard --renew"


def slow_in_python(step: Step, calls: int) -> Step:
    """The step with a third more calls."""

    def slower() -> None:
        step()
        for _ in range(calls // 3):
            len("")

    return slower


def slow_in_memory(step: Step, bytes: int) -> Step:
    """The step with an array that it did not need."""

    def slower() -> None:
        waste = gradloom.ones(bytes // 3)
        step()
        del waste

    return slower


@pytest.mark.parametrize(
    ("spoil", "kind"), [(lambda step, made: slow_in_python(step, made.calls), "calls"),
                        (lambda step, made: slow_in_memory(step, made.peak_bytes), "memory")]
)  # fmt: skip
def test_a_step_that_was_spoilt_is_found(spoil: Callable[..., Step], kind: str) -> None:
    step = TRAININGS[SMALL].step(gradloom)
    before, again = effort(step), effort(step)
    after = effort(spoil(step, before))
    assert before.calls == again.calls
    kept = {"calls": {SMALL: float(before.calls)}, "memory": {SMALL: float(before.peak_bytes)}}
    same = {"calls": {SMALL: float(again.calls)}, "memory": {SMALL: float(again.peak_bytes)}}
    spoilt = {"calls": {SMALL: float(after.calls)}, "memory": {SMALL: float(after.peak_bytes)}}
    assert not list(losses(kept, same, [SMALL]))
    assert any(kind in sentence for sentence in losses(kept, spoilt, [SMALL]))
