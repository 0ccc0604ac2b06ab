"""Tables: ruled and coloured on a terminal, aligned text elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer


def show_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows of text below headings; figures are right-aligned."""
    if not sys.stdout.isatty():
        for line in aligned([headings, *rows]):
            typer.echo(line)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        figures = bool(rows) and all(_is_figure(row[number]) for row in rows)
        table.add_column(heading, justify="right" if figures else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with their columns one below the other."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _is_figure(cell: str) -> bool:
    return not cell.strip("0123456789,.-")
