"""A run in words: its state, how far it came, and what it measured."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication

from gradloom.experiment.runs import Run
from gradloom_studio.words.figures import metric
from gradloom_studio.words.moments import duration, moment

STATES = {
    "running": ("play", "accent"),
    "paused": ("pause", "accent"),
    "finished": ("circle-check", "success"),
    "stopped": ("square", "text_muted"),
    "interrupted": ("triangle-alert", "warning"),
    "failed": ("circle-alert", "danger"),
}
"""The icon of each state, and its colour."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Runs", text)


def state_word(state: str) -> str:
    """The state in the user's language."""
    words = {
        "running": _tr("training"),
        "paused": _tr("paused"),
        "finished": _tr("finished"),
        "stopped": _tr("stopped"),
        "interrupted": _tr("interrupted"),
        "failed": _tr("failed"),
    }
    return words.get(state, state)


def progress(run: Run) -> str:
    """How far it came: "10 epochs", or "stopped, 3/10 epochs"."""
    if run.state == "finished":
        return _tr("1 epoch") if run.epoch == 1 else _tr("{0} epochs").format(run.epoch)
    return _tr("{state}, {done}/{all} epochs").format(
        state=state_word(run.state), done=run.epoch, all=run.epochs
    )


def line(run: Run, now: datetime) -> str:
    """When, how far and, where it came to its end, how long; short enough for a row."""
    parts = [moment(run.started.astimezone(now.tzinfo), now), progress(run)]
    if run.state == "finished":
        parts.append(duration(run.seconds))
    return " \N{MIDDLE DOT} ".join(parts)


def best_figure(run: Run) -> str:
    """The last value of the metric that says most: the first one beside the loss, or else the loss."""
    name = next((name for name in run.validation if name != "loss"), "loss")
    return metric(name, run.validation[name]) if name in run.validation else ""


def loss_figure(run: Run) -> str:
    """The last validation loss, where another metric stands above it."""
    if "loss" not in run.validation or len(run.validation) == 1:
        return ""
    return _tr("loss {0}").format(metric("loss", run.validation["loss"]))


def figures(run: Run) -> str:
    """Everything that was measured last."""
    return ", ".join(f"{name} {metric(name, value)}" for name, value in run.validation.items())


def about(run: Run) -> str:
    """What a tooltip says."""
    measured = figures(run)
    parts = [run.name, progress(run), _tr("validation {0}").format(measured) if measured else "", run.message]
    return "\n".join(part for part in parts if part)


def sentence(run: Run, now: datetime) -> str:
    """All of a row, for who does not see it."""
    return ", ".join(part for part in (run.name, line(run, now), figures(run)) if part)
