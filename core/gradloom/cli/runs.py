"""gradloom runs: what was trained, how it went, and how to forget it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradloom.cli.refusal import refuse, refusing
from gradloom.cli.table import show_table

if TYPE_CHECKING:
    from gradloom.experiment.runs import Measurement, Run, RunStore

LAST = "last"

Word = Annotated[str, typer.Argument(metavar="RUN", help="The begin of a run's id, or last.")]
Words = Annotated[list[str], typer.Argument(metavar="RUN", help="The begin of each run's id, or last.")]
StoreOption = Annotated[
    Path | None, typer.Option("--store", file_okay=False, help="The folder of the runs, if not your own.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write all that is known as JSON.")]

runs = typer.Typer(help="See and delete what was trained.", invoke_without_command=True)


@runs.callback()
def overview(context: typer.Context) -> None:
    """List the runs."""
    if context.invoked_subcommand is None:
        show_runs()


@runs.command("list")
def show_runs(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List the runs, the latest first."""
    with open_store(store) as opened:
        kept = _runs(opened)
    if as_json:
        typer.echo(json.dumps([_plain_run(opened, run) for run in kept], indent=2, allow_nan=False))
    elif not kept:
        typer.echo(f"There are no runs in {opened.folder} yet; 'gradloom train' keeps each one there.")
    else:
        measured = list(dict.fromkeys(name for run in kept for name in run.validation))
        headings = ("run", "name", "state", "epochs", *measured, "took", "started")
        show_table(headings, [_row(run, measured) for run in kept])


@runs.command()
def show(run: Word, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Show one run: its facts, and its figures epoch by epoch."""
    with open_store(store) as opened:
        found = find(opened, run)
        measured = opened.measurements(found.id)
    if as_json:
        from gradloom.cli.report import plain

        whole = {**_plain_run(opened, found), "measurements": plain([asdict(each) for each in measured])}
        typer.echo(json.dumps(whole, indent=2, allow_nan=False))
        return
    for name, value in _facts(opened, found):
        typer.echo(f"{name:<11}{value}")
    if measured:
        typer.echo("")
        show_table(*_by_epoch(measured))


@runs.command()
def delete(
    run: Words,
    store: StoreOption = None,
    yes: YesOption = False,
) -> None:
    """Forget runs, with their weights and checkpoints."""
    with open_store(store) as opened, refusing():
        found = {each.id: each for each in (find(opened, word) for word in run)}
        named = ", ".join(f"{each.id} ({each.name}, {each.state})" for each in found.values())
        if not yes:
            typer.confirm(f"Delete {named}, with all weights?", abort=True)
        opened.delete(found.keys())
    typer.echo(f"Deleted {named}.")


@runs.command()
def prune(
    keep: Annotated[int | None, typer.Option(min=0, help="Keep the latest so many.")] = None,
    days: Annotated[int | None, typer.Option(min=0, help="Keep those of the last so many days.")] = None,
    store: StoreOption = None,
    yes: YesOption = False,
) -> None:
    """Forget all runs but the latest, with their weights and checkpoints."""
    from gradloom.data.sources.disk import amount

    if keep is None and days is None:
        refuse("Say which runs to keep: the latest with --keep, those of the last days with --days, or both.")
    with open_store(store) as opened, refusing():
        kept = _runs(opened)
        old = [run for run in kept[keep or 0 :] if run.state != "running" and _is_older(run, days)]
        if not old:
            typer.echo(f"None of {len(kept)} runs is to be deleted.")
            return
        size = amount(sum(opened.size(run.id) for run in old))
        many = f"{len(old):,} of {len(kept):,} runs, {size}"
        if not yes:
            oldest, newest = _when(old[-1].started), _when(old[0].started)
            typer.confirm(f"Delete {many}, begun from {oldest} to {newest}, with all weights?", abort=True)
        opened.delete([run.id for run in old])
    typer.echo(f"Deleted {many}.")


def _is_older(run: Run, days: int | None) -> bool:
    return days is None or run.started < datetime.now(UTC) - timedelta(days=days)


@contextmanager
def open_store(folder: Path | None) -> Iterator[RunStore]:
    """The runs in this folder, or in the user's own, closed at the end."""
    from gradloom.experiment.runs import RunStore, default_folder

    store = RunStore(folder or default_folder())
    try:
        yield store
    finally:
        store.close()


def find(store: RunStore, word: str, states: Sequence[str] = ()) -> Run:
    """The run that a word means, "last" being the latest in one of these states; refused if there is none."""
    kept = _runs(store)
    if word == LAST:
        fitting = [run for run in kept if not states or run.state in states]
        if not fitting:
            kind = f"run that is {' or '.join(states)}" if states else "run"
            refuse(f"There is no {kind} in {store.folder}.")
        return fitting[0]
    with refusing():
        return store.find(word)


def _runs(store: RunStore) -> Sequence[Run]:
    """What is there, without making a folder for it."""
    if not store.exists:
        return ()
    kept = store.runs()
    if store.trouble:
        refuse(f"The runs in {store.folder} cannot be read: {store.trouble}.")
    return kept


def _row(run: Run, measured: Sequence[str]) -> tuple[str, ...]:
    from gradloom.cli.report import figure

    figures = (figure(run.validation[name]) if name in run.validation else "" for name in measured)
    today = run.started.astimezone().date() == datetime.now().astimezone().date()
    started = _when(run.started).split()[1 if today else 0]
    return run.id, run.name, run.state, f"{run.epoch}/{run.epochs}", *figures, _took(run.seconds), started


def _facts(store: RunStore, run: Run) -> list[tuple[str, str]]:
    facts = [
        ("run", run.id),
        ("name", run.name),
        ("state", f"{run.state}: {run.message}" if run.message else run.state),
        ("started", _when(run.started)),
        ("took", _took(run.seconds)),
        ("epochs", f"{run.epoch:,} of {run.epochs:,}, {run.step:,} steps"),
        ("seed", str(run.seed)),
        ("made with", ", ".join(f"{name} {number}".rstrip() for name, number in run.versions.items())),
        ("files", str(store.folder / run.id)),
    ]
    if run.state not in ("finished", "running"):
        facts.append(("go on", f"gradloom train --resume {run.id}"))
    return facts


def _by_epoch(measured: Sequence[Measurement]) -> tuple[list[str], list[list[str]]]:
    """Headings and rows: an epoch each, what was measured in training first."""
    from gradloom.cli.report import figure

    columns = sorted(
        {(each.part, each.name) for each in measured}, key=lambda one: (one[0], one[1] != "loss")
    )
    cells = {(each.epoch, each.part, each.name): figure(each.value) for each in measured}
    headings = ["epoch", *(f"{part} {name}" for part, name in columns)]
    epochs = sorted({each.epoch for each in measured})
    return headings, [[str(epoch), *(cells.get((epoch, *one), "") for one in columns)] for epoch in epochs]


def _plain_run(store: RunStore, run: Run) -> dict[str, Any]:
    from gradloom.cli.report import plain

    times = {"started": run.started.isoformat(), "ended": run.ended.isoformat() if run.ended else None}
    return {**plain(asdict(run)), **times, "folder": str(store.folder / run.id)}


def _took(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _when(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
