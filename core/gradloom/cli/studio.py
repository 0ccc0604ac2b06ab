"""gradloom studio: open the window."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from gradloom.cli.refusal import refuse, refusing

NEEDS = ("PySide6", "pyqtgraph")


def studio(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A .loom.toml file to open.")] = None,
    example: Annotated[str | None, typer.Option(help="The name of an example to open.")] = None,
    theme: Annotated[Literal["light", "dark"] | None, typer.Option(help="Instead of the system's.")] = None,
    train: Annotated[float | None, typer.Option(min=0, help="Train for so many seconds at once.")] = None,
    screenshot: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write a picture of the window and quit.")
    ] = None,
) -> None:
    """Open the window."""
    open_studio(file, example, theme, train, screenshot)


def open_studio(
    file: Path | None = None,
    example: str | None = None,
    theme: str | None = None,
    train: float | None = None,
    screenshot: Path | None = None,
) -> None:
    """Open the window and end with its exit code."""
    if any(find_spec(package) is None for package in NEEDS):
        refuse('The window needs the studio extra: pip install "gradloom[studio]"')
    if example is not None:
        from gradloom.experiment.examples import read_example

        with refusing():
            read_example(example)
    if file is not None and screenshot is not None:
        from gradloom.experiment.document_file import read

        # Whoever looks at the window sees what is wrong with a file; a picture of another one is no answer.
        with refusing():
            read(file)
    # By name, because the core does not depend on the window.
    app = import_module("gradloom_studio.app")
    raise typer.Exit(app.run(path=file, example=example, theme=theme, train=train, screenshot=screenshot))
