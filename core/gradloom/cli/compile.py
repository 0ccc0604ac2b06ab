"""gradloom compile: compile ahead what the training of an experiment needs."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradloom.cli.refusal import refuse, refusing

if TYPE_CHECKING:
    from gradloom.experiment.document import Document
    from gradloom.plugins import Catalogue

STANDARD_INPUT = "-"
PIPE = "standard input"


def compile_kernels(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A .loom.toml file, the name of an example, or - to read one from a pipe."
        ),
    ],
    background: Annotated[
        bool, typer.Option("--background", help="Leave processor and memory to whoever else wants them.")
    ] = False,
) -> None:
    """Compile ahead what the training of an experiment needs."""
    if background:
        _give_way()
    from rich.console import Console

    from gradloom.experiment.rehearsal import RehearsalError, rehearse
    from gradloom.kernels.counterpart import has_compiler
    from gradloom.plugins import load_plugins

    if not has_compiler():
        typer.echo("Nothing is compiled without numba, which comes with: pip install 'gradloom[fast]'")
        return
    catalogue = load_plugins().catalogue
    began = time.perf_counter()
    with refusing():
        document = _read(file, catalogue)
    with Console().status("Compiling") as status:
        try:
            kernels = rehearse(
                document, catalogue, lambda number: status.update(f"Compiling kernel {number}")
            )
        except RehearsalError as error:
            refuse(f"{PIPE if file == STANDARD_INPUT else file}: {error}")
    if kernels:
        number = "1 kernel" if kernels == 1 else f"{kernels} kernels"
        typer.echo(f"Compiled {number} in {time.perf_counter() - began:.1f} s.")
    else:
        typer.echo("All its kernels were compiled before.")


def _read(file: str, catalogue: Catalogue) -> Document:
    from gradloom.cli.source import read_experiment
    from gradloom.experiment.document_file import parse

    if file == STANDARD_INPUT:
        return parse(sys.stdin.read(), PIPE)
    return read_experiment(file, catalogue)


def _give_way() -> None:
    """Everything else has the processor first, and keeps its memory where there is not enough for all."""
    if sys.platform == "win32":
        import ctypes

        idle_priority = 0x40
        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), idle_priority)
    else:
        os.nice(19)
        with suppress(OSError):  # Linux only: proc(5), the first to be ended where memory runs out
            Path("/proc/self/oom_score_adj").write_text("1000")
