"""gradloom train: train an experiment and say how it goes."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradloom.cli.refusal import refusing

if TYPE_CHECKING:
    from gradloom.cli.session import Session
    from gradloom.experiment.document import Document

INTERRUPTED = 130


def train(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A .loom.toml file, or the name of an example.")
    ],
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
    json: Annotated[bool, typer.Option("--json", help="Write each event as one line of JSON.")] = False,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Say where in the code a failed training failed.")
    ] = False,
) -> None:
    """Train an experiment."""
    given = {"seed": seed, "epochs": epochs, "batch_size": batch_size}
    with refusing():
        if out:
            out.mkdir(parents=True, exist_ok=True)
        document, session = _train(
            file, {name: value for name, value in given.items() if value is not None}, json
        )
        if out and session.weights:
            _keep(out, document, session)
    if not json:
        typer.echo(_summary(session))
        if out and session.weights:
            typer.echo(f"Weights, figures and the experiment are in {out}.")
    _say_failure(session, traceback)
    if session.interrupted:
        raise typer.Exit(INTERRUPTED)


def _train(file: str, given: dict[str, int], as_json: bool) -> tuple[Document, Session]:
    from gradloom.cli.session import train_to_end
    from gradloom.cli.source import read_experiment
    from gradloom.plugins import load_plugins

    events = sys.stdout
    # Whatever a plugin prints must not come between the events.
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        catalogue = load_plugins().catalogue
        document = read_experiment(file, catalogue)
        document = document.model_copy(update={"training": document.training.model_copy(update=given)})
        with _report(as_json, events) as listener:
            return document, train_to_end(file, document, catalogue, listener)


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
    from gradloom.cli.report import metrics_text
    from gradloom.experiment.atomic import write_bytes
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


def _say_failure(session: Session, traceback: bool) -> None:
    failure = session.ended.failure
    if failure is None:
        return
    typer.echo(failure.message, err=True)
    typer.echo(
        failure.traceback if traceback else "Run it with --traceback to see where in the code.", err=True
    )
    raise typer.Exit(1)
