"""How the run is going, in one plain sentence, judged from its figures alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication

from gradloom.experiment.events import EpochEnded
from gradloom_studio.model.history import RunHistory
from gradloom_studio.model.run import Awaited
from gradloom_studio.theme.tone import Tone
from gradloom_studio.words.figures import metric, significant

LEVEL = 0.01
OVERFIT = 1.05
DIVERGED = 1.5


@dataclass(frozen=True)
class Verdict:
    """A sentence and how it should look."""

    text: str
    tone: Tone = "quiet"


def verdict(state: str, history: RunHistory, awaited: Awaited = "") -> Verdict:
    """The sentence for a run in this state with this history, where another state may be awaited."""
    if state == "idle":
        return Verdict(_tr("Ready to train."))
    if awaited:
        stopped = awaited == "stopped"
        return Verdict(_tr("Stopping after this batch.") if stopped else _tr("Pausing after this batch."))
    if state == "running" and history.compiling:
        return Verdict(_tr("Compiling kernel {0} for this machine.").format(history.compiling))
    if history.ended is not None and history.ended.failure is not None:
        return Verdict(history.ended.failure.message, "danger")
    if history.last_epoch is None:
        return _first_epoch(state, history)
    if state in ("finished", "stopped"):
        return _closing(state, history.last_epoch)
    return _trend(history)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Verdict", text)


def _first_epoch(state: str, history: RunHistory) -> Verdict:
    if not len(history.batches) and state == "stopped":
        return Verdict(_tr("Stopped before the first batch."))
    if not len(history.batches):
        return Verdict(_tr("Preparing the data and the network."))
    loss = significant(float(history.batches.y[-1]))
    if state == "stopped":
        return Verdict(_tr("Stopped in the first epoch with a loss of {loss}.").format(loss=loss))
    return Verdict(_tr("First epoch: the loss of the last batch is {loss}.").format(loss=loss))


def _closing(state: str, last: EpochEnded) -> Verdict:
    figures = ", ".join(f"{name} {metric(name, value)}" for name, value in last.validation.items())
    if state == "finished":
        text = _tr("Finished after {count} epochs. Validation: {figures}.")
        tone: Tone = "good"
    else:
        text, tone = _tr("Stopped in epoch {count}. Validation at last: {figures}."), "quiet"
    count = last.epoch if state == "finished" else last.epoch + 1
    return Verdict(text.format(count=count, figures=figures), tone)


def _trend(history: RunHistory) -> Verdict:
    train = history.curve("train", "loss").y
    validation, epochs = history.curve("validation", "loss").y, history.curve("validation", "loss").x
    now = significant(float(validation[-1]))
    best = int(np.argmin(validation))
    if train[-1] > DIVERGED * train[0]:
        return Verdict(_tr("Diverging: the loss grows. A lower learning rate may help."), "danger")
    if len(train) - best > 2 and validation[-1] > OVERFIT * validation[best] and train[-1] < train[best]:
        text = _tr("Overfitting: validation loss is {now}, it was {best} in epoch {epoch}.")
        best_text = significant(float(validation[best]))
        return Verdict(text.format(now=now, best=best_text, epoch=int(epochs[best])), "warning")
    if len(train) > 3 and abs(validation[-4] - validation[-1]) < LEVEL * abs(validation[-4]):
        return Verdict(_tr("Levelling off: validation loss {now}.").format(now=now))
    if len(validation) > 1 and validation[-1] < validation[-2]:
        return Verdict(_tr("Learning well: validation loss {now}, still falling.").format(now=now), "good")
    return Verdict(_tr("Learning: validation loss {now}.").format(now=now))
