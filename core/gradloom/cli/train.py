"""gradloom train: train an experiment and say how it goes."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradloom.cli.refusal import refuse, refusing

if TYPE_CHECKING:
    from gradloom.cli.session import Session
    from gradloom.cli.task import Task
    from gradloom.experiment.document import Document
    from gradloom.experiment.events import Event


def train(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A .loom.toml file, or the name of an example.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**32 - 1, help="Instead of the file's seed.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Instead of the file's epochs.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Instead of the file's batch size.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="A folder for the weights, the figures and the file.")
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Go on with a run that ended early: the begin of its id, or last."),
    ] = None,
    store: Annotated[
        Path | None, typer.Option(file_okay=False, help="The folder to keep the run in, if not your own.")
    ] = None,
    no_store: Annotated[bool, typer.Option("--no-store", help="Keep no record of the run.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Write each event as one line of JSON.")] = False,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Say where in the code a failed training failed.")
    ] = False,
) -> None:
    """Train an experiment, or go on with a run."""
    from gradloom.cli.task import choose_task
    from gradloom.experiment.runs import default_folder

    changes = {"seed": seed, "epochs": epochs, "batch_size": batch_size}
    given = {name: value for name, value in changes.items() if value is not None}
    if no_store and resume is not None:
        refuse("A run goes on where it is kept, so --no-store cannot be given with --resume.")
    folder = store or default_folder()
    events = sys.stdout
    # Whatever a plugin prints must not come between the events.
    with refusing(), redirect_stdout(sys.stderr) if json else nullcontext():
        if out:
            out.mkdir(parents=True, exist_ok=True)
        task = choose_task(file, resume, folder, given)
        with _report(json, events) as listener:
            session, run = _train(task, listener, None if no_store else folder)
    say = _nothing if json else typer.echo
    say(_summary(session))
    if run:
        say(_remembered(run, session, store))
    if out and session.weights:
        with refusing():
            _keep(out, task.document, session)
        say(f"Weights, figures and the experiment are in {out}.")
    _say_failure(session, traceback)
    if session.interrupted:
        raise typer.Exit(session.interrupted)


def _nothing(sentence: str) -> None:
    """Between lines of JSON."""


def _train(task: Task, listener: Callable[[Event], None], folder: Path | None) -> tuple[Session, str]:
    """The training, and the id of the run that is kept of it; empty where none is."""
    from gradloom.cli.session import train_to_end
    from gradloom.experiment.events import Notice
    from gradloom.experiment.recording import plugins_of
    from gradloom.experiment.runs import RunStore

    document, catalogue = task.document, task.catalogue
    if folder is None:
        return train_to_end(task.name, document, catalogue, listener), ""
    with closing(RunStore(folder, lambda sentence: listener(Notice(sentence)))) as store:
        checkpoint = store.checkpoint(task.run) if task.run else None
        if task.run and checkpoint is None:
            listener(Notice(f"Run {task.run} has no checkpoint yet, so it begins again, to the same end."))
        if task.run:
            recording = store.resume(task.run, document, listener)
        else:
            recording = store.record(document, plugins_of(document, catalogue), listener)
        with closing(recording):
            session = train_to_end(
                task.name,
                document,
                catalogue,
                recording,
                run_folder=recording.folder,
                resume_from=checkpoint,
            )
        return session, recording.run if recording.kept and not store.trouble else ""


def _report(as_json: bool, stream: Any) -> AbstractContextManager[Any]:
    from gradloom.cli.report import BarReport, JsonReport, LineReport

    if as_json:
        return nullcontext(JsonReport(stream))
    if not stream.isatty():
        return nullcontext(LineReport(typer.echo))
    from rich.console import Console

    return BarReport(Console())


def _keep(folder: Path, document: Document, session: Session) -> None:
    """Write weights.safetensors, metrics.json and the experiment as it was trained."""
    from gradloom.atomic import write_bytes
    from gradloom.cli.report import metrics_text
    from gradloom.experiment.checkpoint import save_weights
    from gradloom.experiment.document_file import write

    save_weights(folder / "weights.safetensors", session.weights)
    write(document, folder / "experiment.loom.toml")
    write_bytes(folder / "metrics.json", metrics_text(session.ended, session.epochs).encode())


def _summary(session: Session) -> str:
    from gradloom.cli.report import figure

    ended = session.ended
    begun = {"finished": "Finished", "stopped": "Stopped", "failed": "Failed"}[ended.outcome]
    spent = f"{begun} after {ended.seconds:.1f} s, epoch {ended.epoch}, step {ended.step:,}"
    figures = ", ".join(f"{name} {figure(value)}" for name, value in ended.validation.items())
    return f"{spent}; validation {figures}." if figures else f"{spent}."


def _remembered(run: str, session: Session, store: Path | None) -> str:
    """Under which name the run is kept, or how to go on with it."""
    if session.ended.outcome == "finished":
        return f"Kept as run {run}."
    place = ["--store", str(store)] if store else []
    return f"Go on with: {shlex.join(['gradloom', 'train', '--resume', run, *place])}"


def _say_failure(session: Session, traceback: bool) -> None:
    failure = session.ended.failure
    if failure is None:
        return
    typer.echo(failure.message, err=True)
    typer.echo(
        failure.traceback if traceback else "Run it with --traceback to see where in the code.", err=True
    )
    raise typer.Exit(1)
