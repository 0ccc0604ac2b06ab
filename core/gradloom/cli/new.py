"""gradloom new: start an experiment of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gradloom.cli.examples import copy_example

SUFFIX = ".loom.toml"


def new(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="The file to write; .loom.toml is added where it is missing."),
    ],
    example: Annotated[str, typer.Option(help="The example to start from.")] = "mnist-mlp",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is already there.")] = False,
) -> None:
    """Start an experiment of your own from an example."""
    path = file if file.name.endswith(SUFFIX) else file.with_name(file.name + SUFFIX)
    copy_example(example, path, force)
