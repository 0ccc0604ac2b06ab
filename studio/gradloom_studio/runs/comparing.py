"""The runs that are compared: a colour for each, which it keeps, and its curves, read when wanted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from gradloom.experiment.runs import Run, RunStore
from gradloom_studio.model.comparison import ComparedRun
from gradloom_studio.runs.store_thread import StoreThread

COLOURS = ("activation", "convolution", "regularization", "merge", "loss")
"""The families whose colours compared runs have, all far from the colour of the run that is shown."""

Curves = dict[str, tuple[np.ndarray, np.ndarray]]


class Comparing(QObject):
    """Follows which runs are chosen; `compared` carries them with their curves, once all are there."""

    compared = Signal(object)

    def __init__(self, store: StoreThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.colours: dict[str, str] = {}
        """The family whose colour a compared run has, by its id."""
        self._store = store
        self._runs: tuple[Run, ...] = ()
        self._curves: dict[tuple[str, int], Curves | None] = {}
        self._said: tuple[ComparedRun, ...] = ()

    def follow(self, runs: Sequence[Run]) -> None:
        """Compare these runs, or the first of them where they are too many."""
        self._runs = tuple(runs[: len(COLOURS)])
        kept = {run.id: self.colours[run.id] for run in self._runs if run.id in self.colours}
        free = [colour for colour in COLOURS if colour not in kept.values()]
        self.colours = {run.id: kept.get(run.id) or free.pop(0) for run in self._runs}
        wanted = [(run.id, run.step) for run in self._runs]
        self._curves = {which: curves for which, curves in self._curves.items() if which in wanted}
        for which in wanted:
            if which not in self._curves:
                self._curves[which] = None
                self._store.ask(partial(_read_curves, which[0]), partial(self._on_curves, which))
        self._say()

    def _on_curves(self, which: tuple[str, int], curves: Curves) -> None:
        if which in self._curves:
            self._curves[which] = curves
            self._say()

    def _say(self) -> None:
        ready = tuple(
            ComparedRun(run.id, run.name, self.colours[run.id], curves, run.step)
            for run in self._runs
            if (curves := self._curves[run.id, run.step]) is not None
        )
        if len(ready) == len(self._runs) and ready != self._said:
            self._said = ready
            self.compared.emit(ready)


def _read_curves(run: str, store: RunStore) -> Curves:
    """A run's validation curves by metric."""
    points: dict[str, list[tuple[int, float]]] = {}
    for each in store.measurements(run):
        if each.part == "validation":
            points.setdefault(each.name, []).append((each.epoch, each.value))
    curves = {name: np.array(row, float).T for name, row in points.items()}
    return {name: (curve[0], curve[1]) for name, curve in curves.items()}
