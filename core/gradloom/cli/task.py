"""What `gradloom train` is asked to do: train an experiment, or go on with a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gradloom.cli.refusal import refuse

if TYPE_CHECKING:
    from gradloom.experiment.document import Document
    from gradloom.plugins import Catalogue


@dataclass(frozen=True)
class Task:
    """A document to train. `name` is what errors call it; `run` is the id of the run that goes on, if any."""

    name: str
    document: Document
    catalogue: Catalogue
    run: str = ""


def choose_task(file: str | None, resume: str | None, store: Path, given: Mapping[str, int]) -> Task:
    """The experiment in a file, or that of a run in the store, with some training settings replaced.

    Raises:
        DocumentError: there is no such experiment, or none that can be read.
    """
    if (file is None) == (resume is None):
        raise typer.BadParameter("Give either a file to train or a run to --resume.", param_hint="FILE")
    return _begun(resume, store, given) if resume is not None else _new(file or "", given)


def _new(file: str, given: Mapping[str, int]) -> Task:
    from gradloom.cli.source import read_experiment
    from gradloom.plugins import load_plugins

    catalogue = load_plugins().catalogue
    return Task(file, _changed(read_experiment(file, catalogue), given), catalogue)


def _begun(word: str, folder: Path, given: Mapping[str, int]) -> Task:
    from gradloom.cli.runs import find, open_store
    from gradloom.experiment.document_file import parse
    from gradloom.experiment.runs import RESUMABLE
    from gradloom.plugins import load_plugins

    if given.keys() - {"epochs"}:
        refuse("A run goes on with its own seed and batch size; only --epochs can be given with --resume.")
    with open_store(folder) as store:
        run = find(store, word, RESUMABLE)
        document = _changed(parse(store.document_text(run.id) or "", f"run {run.id}"), given)
    if run.epoch >= document.training.epochs:
        refuse(f"Run {run.id} has trained its {run.epoch} epochs; give more with --epochs.")
    return Task(f"run {run.id}", document, load_plugins().catalogue, run.id)


def _changed(document: Document, given: Mapping[str, int]) -> Document:
    return document.model_copy(update={"training": document.training.model_copy(update=dict(given))})
