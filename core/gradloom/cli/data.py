"""gradloom data: which data sets there are, and what is in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gradloom.cli.refusal import refuse, refusing
from gradloom.cli.table import show_table

if TYPE_CHECKING:
    from gradloom.data.sources import AnySamples
    from gradloom.plugins import Entry

data = typer.Typer(help="See the data sets.", invoke_without_command=True)


@data.callback()
def overview(context: typer.Context) -> None:
    """List the data sets."""
    if context.invoked_subcommand is None:
        show_datasets()


@data.command("list")
def show_datasets() -> None:
    """List the data sets with their size."""
    from gradloom.plugins import Kind, load_plugins

    rows = [_row(entry) for entry in load_plugins().catalogue.of(Kind.DATASET)]
    show_table(("name", "samples", "features", "classes", "what it is"), rows)


@data.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The data set's name.")],
    settings: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=VALUE", help="Its parameters, such as samples=200 or path=points.csv."),
    ] = None,
) -> None:
    """Show one data set: its fields, its classes and its parameters."""
    from gradloom.cli.settings import parse_settings
    from gradloom.experiment.graph import suggestion
    from gradloom.plugins import Kind, load_plugins

    entries = {entry.key: entry for entry in load_plugins().catalogue.of(Kind.DATASET)}
    if name not in entries:
        refuse(f"There is no data set {name}; 'gradloom data' lists them{suggestion(name, entries)}")
    entry = entries[name]
    try:
        chosen = parse_settings(entry, settings or ())
    except ValueError as error:
        refuse(str(error))
    typer.echo(f"{entry.key}: {entry.summary}")
    missing = [p.name for p in entry.parameters if p.required and p.name not in chosen]
    if not missing:
        with refusing():
            _show_samples(entry.factory(**chosen))
    if entry.parameters:
        typer.echo("")
        rows = [(p.name, "required" if p.required else str(p.default), p.help) for p in entry.parameters]
        show_table(("parameter", "default", "meaning"), rows)


def _row(entry: Entry) -> tuple[str, str, str, str, str]:
    if any(parameter.required for parameter in entry.parameters):
        return entry.name, "your own", "", "", entry.summary
    with refusing():
        samples: AnySamples = entry.factory()
    return (
        entry.key,
        f"{len(samples):,}",
        _size(samples.inputs["x"].shape),
        str(len(samples.classes) or ""),
        entry.summary,
    )


def _show_samples(samples: AnySamples) -> None:
    from gradloom.data.sources import preview

    shown = preview(samples)
    kept = f", of which {shown.held_out:,} are held out" if shown.held_out else ""
    typer.echo(f"{len(samples):,} samples for {samples.task}{kept}. {samples.notice}".rstrip())
    for field in shown.fields:
        typer.echo(f"  {field}")
    if shown.looked_at < len(samples):
        typer.echo(f"  (ranges of {shown.looked_at:,} samples from all over the file)")
    for label, count in zip(samples.classes, samples.class_counts, strict=True):
        typer.echo(f"  {label}: {count:,}")


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape[1:])
