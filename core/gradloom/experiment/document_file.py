"""Experiments on disk: `read` and `write` for files, `parse` and `render` for their text."""

from __future__ import annotations

from pathlib import Path

from gradloom.atomic import WriteError, write_bytes
from gradloom.experiment.document import Document
from gradloom.experiment.document_parse import DocumentError, parse

MOST_BYTES = 64 * 2**20

__all__ = ["MOST_BYTES", "DocumentError", "parse", "read", "render", "write"]


def render(document: Document, previous_text: str = "") -> str:
    """The text of the document's file, with what is unchanged in `previous_text` as it stands there.

    Raises:
        DocumentError: the document holds what no file can say.
    """
    # Only saving needs tomlkit; a window that opens a file is up sooner without it.
    from gradloom.experiment import document_render

    return document_render.render(document, previous_text)


def read(path: Path) -> Document:
    """The document in a `.loom.toml` file.

    Raises:
        DocumentError: the file cannot be read, or holds no experiment.
    """
    return parse(_text(path), name=path.name)


def write(document: Document, path: Path) -> None:
    """Save the document; comments and order of a file that is already there are kept.

    Raises:
        DocumentError: the file cannot be written; what was there before still is.
    """
    try:
        previous = _text(path) if path.exists() else ""
    except DocumentError:
        previous = ""
    try:
        write_bytes(path, render(document, previous).encode())
    except WriteError as error:
        raise DocumentError(str(error)) from error
    except DocumentError as error:
        raise DocumentError(f"{path.name} cannot be saved: {error}") from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise DocumentError(f"{path.name} does not exist in {path.parent.absolute()}.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can have that name"
        raise DocumentError(f"{path.name} cannot be read: {reason.lower()}.") from error
    if len(data) > MOST_BYTES:
        raise DocumentError(
            f"{path.name} is larger than {MOST_BYTES >> 20} MB, so it cannot be an experiment."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError(f"{path.name}: line {line} is not UTF-8 text; save the file as UTF-8.") from None
