"""gradloom test: train experiments and hold them to what their files expect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradloom.cli.refusal import REFUSED, refusing

if TYPE_CHECKING:
    from gradloom.cli.verdict import Verdict
    from gradloom.plugins import Catalogue


def check_files(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Files, or names of examples.")],
    junit: Annotated[Path | None, typer.Option(dir_okay=False, help="Write a report in JUnit's XML.")] = None,
) -> None:
    """Train experiments and check what their files expect."""
    from gradloom.plugins import load_plugins

    catalogue = load_plugins().catalogue
    verdicts: dict[str, Verdict | str] = {}
    for file in files:
        verdicts[file] = verdict = _judge(file, catalogue)
        typer.echo(_line(file, verdict), err=isinstance(verdict, str))
        if not isinstance(verdict, str) and verdict.interrupted:
            raise typer.Exit(verdict.interrupted)
    if junit:
        from gradloom.atomic import write_bytes
        from gradloom.cli.junit import junit_report

        with refusing():
            write_bytes(junit, junit_report(verdicts))
    if any(isinstance(verdict, str) for verdict in verdicts.values()):
        raise typer.Exit(REFUSED)
    if not all(verdict.passed for verdict in verdicts.values() if not isinstance(verdict, str)):
        raise typer.Exit(1)


def _judge(file: str, catalogue: Catalogue) -> Verdict | str:
    """The verdict on one file, or the sentence that says why there is none."""
    from gradloom.cli.session import SetUpError
    from gradloom.cli.source import read_experiment
    from gradloom.cli.verdict import judge
    from gradloom.experiment.document_file import DocumentError

    try:
        document = read_experiment(file, catalogue)
        if not document.expect:
            return (
                f"{file} has no table [expect], so there is nothing to test; write what it must reach there."
            )
        return judge(file, document, catalogue)
    except (DocumentError, SetUpError) as error:
        return str(error)


def _line(file: str, verdict: Verdict | str) -> str:
    if isinstance(verdict, str):
        return verdict
    word = "passed" if verdict.passed else "FAILED"
    return f"{word}  {file}: {'; '.join(verdict.sentences)} ({verdict.seconds:.1f} s)"
