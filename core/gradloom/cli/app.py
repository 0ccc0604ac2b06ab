"""The table of subcommands, and what `gradloom` does by itself."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from gradloom.cli.compile import compile_kernels
from gradloom.cli.data import data
from gradloom.cli.examples import examples
from gradloom.cli.new import new
from gradloom.cli.plugins import plugins
from gradloom.cli.run import run
from gradloom.cli.runs import runs
from gradloom.cli.studio import open_studio, studio
from gradloom.cli.test import check_files
from gradloom.cli.train import train

app = typer.Typer(
    name="gradloom",
    help="Train neural networks, in a window or without one. Alone, it opens the window.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command()(train)
app.command("test")(check_files)
app.command("compile")(compile_kernels)
app.command()(new)
app.command()(studio)
app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})(run)
app.add_typer(runs, name="runs")
app.add_typer(examples, name="examples")
app.add_typer(data, name="data")
app.add_typer(plugins, name="plugins")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"gradloom {version('gradloom')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def gradloom(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version and end."),
    ] = False,
    safe_mode: Annotated[
        bool, typer.Option("--safe-mode", help="Load no plugins but the built-in ones.")
    ] = False,
) -> None:
    if safe_mode:
        os.environ["GRADLOOM_PLUGINS"] = "0"
    if context.invoked_subcommand is None:
        open_studio()
