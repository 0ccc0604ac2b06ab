"""gradloom examples: see and copy what comes with Gradloom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gradloom.cli.refusal import refuse, refusing
from gradloom.cli.table import show_table

examples = typer.Typer(help="See and copy the examples.", invoke_without_command=True)


@examples.callback()
def show(context: typer.Context) -> None:
    """List the examples."""
    if context.invoked_subcommand is None:
        show_examples()


@examples.command("list")
def show_examples() -> None:
    """List the examples."""
    from gradloom.experiment.examples import list_examples

    rows = [(example.name, example.title, example.description) for example in list_examples()]
    show_table(("name", "title", "what it shows"), rows)


@examples.command()
def copy(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The example's name.")],
    destination: Annotated[
        Path | None, typer.Argument(metavar="DEST", help="A file or folder; here, if it is left out.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is already there.")] = False,
) -> None:
    """Copy an example to a file of yours."""
    copy_example(name, destination or Path(), force)


def copy_example(name: str, destination: Path, force: bool = False) -> None:
    """Write the example's file into the folder `destination`, or under that name."""
    from gradloom.atomic import write_bytes
    from gradloom.experiment.examples import example_text

    with refusing():
        text = example_text(name)
        path = destination / f"{name}.loom.toml" if destination.is_dir() else destination
        if path.exists() and not force:
            refuse(f"{path} is already there; give another name, or --force to replace it.")
        write_bytes(path, text.encode())
    typer.echo(f"Wrote {path}. Train it with: gradloom train {path}")
