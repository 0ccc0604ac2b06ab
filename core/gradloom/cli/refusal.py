"""What a user cannot have, said in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

REFUSED = 2
"""The exit code for what the user would have to change: a file, a name, an option."""


def refuse(sentence: str) -> NoReturn:
    """Say it on stderr, and end with exit code 2."""
    typer.echo(sentence, err=True)
    raise typer.Exit(REFUSED)


@contextmanager
def refusing() -> Iterator[None]:
    """Refuses where the block finds a bad file, one that cannot be trained, bad data or no such run."""
    from gradloom.atomic import WriteError
    from gradloom.cli.session import SetUpError
    from gradloom.data.sources import DataError
    from gradloom.experiment.document_file import DocumentError
    from gradloom.experiment.runs import RunError

    try:
        yield
    except (DocumentError, SetUpError, DataError, WriteError, RunError) as error:
        refuse(str(error))
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        place = f"{error.filename}: " if error.filename else ""
        refuse(f"{place}{(error.strerror or str(error)).lower()}.")
