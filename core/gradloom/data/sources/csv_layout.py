"""How a CSV file is laid out: what parts its values, what its columns are called, which one is the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from csv import Error as CsvError
from csv import reader as csv_reader
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias

from gradloom.data.sources.disk import quoted
from gradloom.data.sources.samples import DataError

Delimiter: TypeAlias = Literal["auto", "comma", "semicolon", "tab", "pipe", "space"]
Header: TypeAlias = Literal["auto", "yes", "no"]
Record: TypeAlias = tuple[int, list[str]]
"""A line number, counted from 1, and the values that end there."""

MOST_COLUMNS = 10_000
# A comma comes late, since where something else parts the values it is a decimal mark.
_DELIMITERS = {"tab": "\t", "semicolon": ";", "pipe": "|", "comma": ",", "space": " "}
_LINES_LOOKED_AT = 20


@dataclass(frozen=True)
class Layout:
    """The form of one CSV file, to which every line must keep."""

    file: str
    delimiter: str
    has_header: bool
    names: tuple[str, ...]
    target: int

    @property
    def target_name(self) -> str:
        return self.names[self.target]

    @property
    def feature_names(self) -> tuple[str, ...]:
        return self.names[: self.target] + self.names[self.target + 1 :]

    def place(self, line: int, column: int, text: str) -> str:
        """Where a value stands and what it is, to begin an error with."""
        return f"{self.file}, line {line}, column {quoted(self.names[column])}: {quoted(text)}"


def guess_layout(
    lines: Iterator[str], file: str, delimiter: Delimiter, header: Header, target: str
) -> Layout:
    """The layout that the first lines suggest, where the arguments do not say.

    Raises:
        DataError: fewer than two columns, two of one name, no column called `target`, or an unknown argument.
    """
    head = list(islice(lines, _LINES_LOOKED_AT))
    if delimiter != "auto" and delimiter not in _DELIMITERS:
        raise DataError(
            f"Delimiter {delimiter!r} is not known; choose auto or one of {', '.join(_DELIMITERS)}."
        )
    mark = _guess_delimiter(head, file) if delimiter == "auto" else _DELIMITERS[delimiter]
    rows = _rows(head, mark, file)
    if not rows:
        raise DataError(f"{file} has no lines that can be read as values; it needs one for each sample.")
    width = len(rows[0])
    if not 2 <= width <= MOST_COLUMNS:
        raise DataError(
            f"{file} has {width:,} column(s) in its first line; it needs 2 to {MOST_COLUMNS:,}, parted by "
            f"{quoted(mark)} or the delimiter that you choose."
        )
    has_header = _looks_like_header(rows) if header == "auto" else header == "yes"
    names = _names(rows[0], file) if has_header else tuple(f"column {n}" for n in range(1, width + 1))
    if target and target not in names:
        known = ", ".join(quoted(name) for name in names[:20])
        raise DataError(f"{file} has no column {quoted(target)} to predict; its columns are {known}.")
    return Layout(file, mark, has_header, names, names.index(target) if target else width - 1)


def records(lines: Iterable[str], layout: Layout) -> Iterator[Record]:
    """The records below the header; blank ones are passed over.

    Raises:
        DataError: a record of another length than the layout, or a quote that is never closed.
    """
    reader = csv_reader(lines, delimiter=layout.delimiter, skipinitialspace=True, strict=True)
    width, header_is_due = len(layout.names), layout.has_header
    try:
        for row in reader:
            if not any(row):
                continue
            if len(row) != width:
                raise DataError(
                    f"{layout.file}, line {reader.line_num}: there are {len(row):,} values, "
                    f"but the first line has {width:,}; each line needs one for each column."
                )
            if header_is_due:
                header_is_due = False
                continue
            yield reader.line_num, row
    except CsvError as error:
        raise _broken(layout.file, reader.line_num, error) from error


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _rows(lines: Sequence[str], delimiter: str, file: str) -> list[list[str]]:
    reader = csv_reader(lines, delimiter=delimiter, skipinitialspace=True)
    try:
        return [row for row in reader if any(row)]
    except CsvError as error:
        raise _broken(file, reader.line_num, error) from error


def _broken(file: str, line: int, error: CsvError) -> DataError:
    return DataError(f"{file}, line {line}: {error}; check its quotes and its delimiter.")


def _guess_delimiter(lines: Sequence[str], file: str) -> str:
    """The first delimiter that parts all lines into equally many values, else the one that finds most."""
    most, best = 0, ","
    for mark in _DELIMITERS.values():
        try:
            widths = [len(row) for row in _rows(lines, mark, file)]
        except DataError:
            continue
        if widths and widths[0] > 1 and len(set(widths)) == 1:
            return mark
        if max(widths, default=0) > most:
            most, best = max(widths), mark
    return best


def _looks_like_header(rows: Sequence[list[str]]) -> bool:
    """No number stands in the first row, but one does in the second, if there is one."""
    return not any(map(is_number, rows[0])) and (len(rows) == 1 or any(map(is_number, rows[1])))


def _names(row: Sequence[str], file: str) -> tuple[str, ...]:
    names: dict[str, int] = {}
    for position, text in enumerate(row, 1):
        name = text.strip() or f"column {position}"
        if name in names:
            raise DataError(
                f"{file} calls columns {names[name]} and {position} both {quoted(name)}; "
                "each needs a name of its own."
            )
        names[name] = position
    return tuple(names)
