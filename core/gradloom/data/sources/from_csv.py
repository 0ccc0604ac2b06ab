"""Data sets from CSV files: numbers in every column, and one column to predict that may also be text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO, NoReturn

import numpy as np

from gradloom.data.sources.arrays import (
    MOST_CLASSES,
    TaskChoice,
    labels_from_codes,
    look_like_labels,
    target_array,
)
from gradloom.data.sources.csv_layout import (
    Delimiter,
    Header,
    Layout,
    Record,
    guess_layout,
    is_number,
    records,
)
from gradloom.data.sources.disk import plain_file, quoted, refuse_if_large, unreadable
from gradloom.data.sources.samples import Array, DataError, Samples, table_fields

LONGEST_LINE = 2**20
# Few enough that other threads never wait for more than some milliseconds.
_VALUES_AT_ONCE = 2**12
_LARGEST_VALUE = float(np.finfo(np.float32).max)
_MISSING = {"", "?", "na", "n/a", "nan", "null"}


class _TextInTargetError(Exception):
    """The target column turns out to hold text; the message says where."""


def csv(
    path: Path,
    target: str = "",
    delimiter: Delimiter = "auto",
    header: Header = "auto",
    task: TaskChoice = "auto",
) -> Samples:
    """A table from a CSV file, one sample a line; every column but the target must hold numbers.

    Args:
        path: the file, in UTF-8 or UTF-16.
        target: name of the column to predict; empty takes the last one.
        delimiter: what stands between two values; auto looks at the first lines.
        header: whether the first line names the columns; auto looks at the first two lines.
        task: whether to predict classes or numbers; auto looks at the target.
    """
    path = plain_file(path)
    with _lines(path) as lines:
        layout = guess_layout(lines, path.name, delimiter, header, target)
    where = f"Column {quoted(layout.target_name)} of {path.name}"
    try:
        x, numbers = _read_numbers(path, layout)
        values, found_task, classes = target_array(numbers, where, task)
    except _TextInTargetError as text:
        if task == "regression":
            raise DataError(f"{text} is not a number, and regression needs numbers.") from None
        x, codes, texts = _read_labels(path, layout)
        if task == "auto":
            _refuse_mixture(codes, texts, where)
        found_task = "classification"
        values, classes = labels_from_codes(codes, texts, where)
    return Samples(
        inputs=table_fields(x, layout.feature_names),
        target=values,
        task=found_task,
        classes=classes,
        feature_names=layout.feature_names,
        notice=f"Read from {path.name}.",
    )


def _read_numbers(path: Path, layout: Layout) -> tuple[Array, Array]:
    """The features, (N, F) float32, and a numeric target, (N,) float64."""
    features, targets = bytearray(), bytearray()
    columns = range(len(layout.names))
    for block in _blocks(path, layout):
        values = _floats(block, columns, layout)
        targets += values[:, layout.target].tobytes()
        features += np.delete(values, layout.target, axis=1).astype(np.float32).tobytes()
        refuse_if_large(layout.file, len(features))
    return _table(features, layout), np.frombuffer(targets, np.float64)


def _read_labels(path: Path, layout: Layout) -> tuple[Array, Array, list[str]]:
    """The features, (N, F) float32, and a target of text as codes, (N,) int64, into a list of texts."""
    features, codes = bytearray(), bytearray()
    known: dict[str, int] = {}
    columns = [column for column in range(len(layout.names)) if column != layout.target]
    for block in _blocks(path, layout):
        texts = [_label(line, row.pop(layout.target), layout) for line, row in block]
        codes += np.array([known.setdefault(text, len(known)) for text in texts], np.int64).tobytes()
        if len(known) > MOST_CLASSES:
            raise DataError(
                f"Column {quoted(layout.target_name)} of {layout.file} has more than {MOST_CLASSES:,} "
                "different texts; choose a target with fewer classes."
            )
        features += _floats(block, columns, layout).astype(np.float32).tobytes()
        refuse_if_large(layout.file, len(features))
    return _table(features, layout), np.frombuffer(codes, np.int64), list(known)


def _refuse_mixture(codes: Array, texts: Sequence[str], where: str) -> None:
    """A misspelt number makes no classes out of a column of measurements."""
    numbers = np.array([float(text) if is_number(text) else np.nan for text in texts])
    values = numbers[codes]
    if np.isfinite(numbers).any() and not look_like_labels(values[np.isfinite(values)]):
        number, text = texts[np.isfinite(numbers).argmax()], texts[np.isnan(numbers).argmax()]
        raise DataError(
            f"{where} holds numbers, such as {quoted(number)}, and text, such as {quoted(text)}; "
            "correct the text, or choose classification."
        )


def _table(features: bytearray, layout: Layout) -> Array:
    if not features:
        raise DataError(
            f"{layout.file} has no lines with values below its header; it needs one for each sample."
        )
    return np.frombuffer(features, np.float32).reshape(-1, len(layout.names) - 1)


def _label(line: int, text: str, layout: Layout) -> str:
    text = text.strip()
    if text.lower() in _MISSING:
        raise DataError(
            f"{layout.place(line, layout.target, text)} is no class; fill it in or remove the line."
        )
    return text


def _floats(block: Sequence[Record], columns: Sequence[int], layout: Layout) -> Array:
    """The rows as (n, columns) float64, all within the range of float32."""
    shape = len(block), len(columns)
    try:
        cells = chain.from_iterable(row for _, row in block)
        values = np.fromiter(map(float, cells), np.float64, shape[0] * shape[1]).reshape(shape)
    except ValueError:
        for line, row in block:
            for column, text in zip(columns, row, strict=True):
                if not is_number(text):
                    _refuse(line, column, text, layout)
        raise
    good = np.abs(values) <= _LARGEST_VALUE
    if not good.all():
        row, position = np.argwhere(~good)[0]
        line, texts = block[row]
        _refuse(line, columns[position], texts[position], layout)
    return values


def _refuse(line: int, column: int, text: str, layout: Layout) -> NoReturn:
    place = layout.place(line, column, text)
    if text.strip().lower() in _MISSING:
        raise DataError(f"{place} is a missing value; fill it in or remove the line.")
    if is_number(text):
        raise DataError(f"{place} is beyond float32; values may go up to {_LARGEST_VALUE:.1e}.")
    if "," in text and is_number(text.replace(".", "").replace(",", ".", 1)):
        raise DataError(f"{place} is not a number; write it with a decimal point and no thousands separator.")
    if column == layout.target:
        raise _TextInTargetError(place)
    raise DataError(f"{place} is not a number; only the column to predict may hold text.")


def _blocks(path: Path, layout: Layout) -> Iterator[list[Record]]:
    size = max(1, _VALUES_AT_ONCE // len(layout.names))
    with _lines(path) as lines:
        rows = records(lines, layout)
        while block := list(islice(rows, size)):
            yield block


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[str]]:
    """The lines of a text file, of bounded length."""
    try:
        with path.open("rb") as raw:
            encoding = "utf-16" if raw.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        with path.open(encoding=encoding, newline="") as file:
            yield _bounded(file, path.name)
    except UnicodeError as error:
        raise DataError(
            f"{path.name} is not UTF-8 text{_undecodable(path)}; save it as CSV UTF-8."
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error


def _bounded(file: IO[str], name: str) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise DataError(f"{name}, line {number} has a million characters or more; is it a CSV file?")
        yield line


def _undecodable(path: Path) -> str:
    """Which line cannot be decoded, in words."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return f": line {number} has the byte {line[error.start]:02x}"
    return ""
