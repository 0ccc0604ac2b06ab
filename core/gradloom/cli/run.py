"""gradloom run: run a PyTorch script as it is, on Gradloom."""

from __future__ import annotations

from typing import Annotated

import typer

from gradloom.cli.refusal import refuse


def run(
    script: Annotated[str, typer.Argument(metavar="SCRIPT", help="A Python file, or with -m a module.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGUMENTS]...", help="Passed on to the script.")
    ] = None,
    module: Annotated[bool, typer.Option("-m", help="Find SCRIPT as Python finds a module.")] = False,
) -> None:
    """Run a PyTorch script unchanged.

    Gradloom answers for `torch` and `torchvision`, which need not be installed.
    """
    from gradloom.interop import run_module, run_script

    try:
        code = (run_module if module else run_script)(script, arguments or [])
    except OSError as error:
        refuse(f"{script} cannot be read: {(error.strerror or str(error)).lower()}.")
    raise typer.Exit(code)
