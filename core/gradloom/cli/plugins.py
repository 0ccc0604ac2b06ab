"""gradloom plugins: what was found, what it adds, and what is broken."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from gradloom.cli.table import show_table

if TYPE_CHECKING:
    from gradloom.plugins import PluginReport

plugins = typer.Typer(help="See the plugins.", invoke_without_command=True)


@plugins.callback()
def show(context: typer.Context) -> None:
    """List the plugins."""
    if context.invoked_subcommand is None:
        show_plugins()


@plugins.command("list")
def show_plugins(
    as_json: Annotated[bool, typer.Option("--json", help="Write the whole list as JSON.")] = False,
) -> None:
    """List the plugins, with what they add or why they are broken."""
    from gradloom.plugins import load_plugins, plugin_folder

    # A plugin that prints when it is imported must not spoil the JSON.
    with redirect_stdout(sys.stderr):
        loaded = load_plugins().loaded
    if as_json:
        typer.echo(json.dumps([asdict(report) for report in loaded], indent=2))
        return
    show_table(("plugin", "state", "adds", "source"), [_row(report) for report in loaded])
    for report in loaded:
        if report.state == "broken":
            typer.echo(f"{report.id} is broken: {report.reason}")
    typer.echo(f"Your plugin folder is {plugin_folder()}.")


def _row(report: PluginReport) -> tuple[str, str, str, str]:
    few = len(report.keys) <= 4
    adds = ", ".join(report.keys) if few else f"{len(report.keys)} entries"
    return report.id, report.state, adds, report.source
