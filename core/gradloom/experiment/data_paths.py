"""Where a document's data lie: beside its file, so that a folder with both can be moved and still works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from os.path import normpath
from pathlib import Path

from gradloom.experiment.document import Choice, Document
from gradloom.plugins.catalogue import Catalogue


def located(document: Document, catalogue: Catalogue, folder: Path | None) -> Document:
    """The document with absolute paths to its data, which can be analysed and trained from anywhere.

    Args:
        document: as its file has it.
        catalogue: says which parameters of the data set are paths.
        folder: of the document's file; None for an unsaved one, whose paths begin at the current folder.

    Example:
        >>> path = Path("flowers/flowers.loom.toml")
        >>> Trainer(located(read(path), catalogue, path.parent), catalogue, listener=print).run()
    """
    return _with_paths(document, catalogue, lambda path: str(_absolute(path, folder)))


def settled(document: Document, catalogue: Catalogue, folder: Path | None) -> Document:
    """A document with absolute paths as a file in this folder should have it; undoes `located`."""
    return _with_paths(
        document, catalogue, lambda path: portable(path, folder) if Path(path).is_absolute() else path
    )


def moved(document: Document, catalogue: Catalogue, old: Path | None, new: Path) -> Document:
    """The document with the same data, for a file in the folder `new` instead of `old`.

    Relative paths become relative to `new` where the data lie below it, else absolute. Absolute paths, and
    those of a data set that the catalogue does not know, stay.
    """
    if old is not None and old.absolute() == new.absolute():
        return document
    return _with_paths(
        document,
        catalogue,
        lambda path: path if Path(path).is_absolute() else portable(str(_absolute(path, old)), new),
    )


def portable(path: str, folder: Path | None) -> str:
    """An absolute path as a document in `folder` should hold it: relative where it lies below the folder.

    >>> portable("/home/ada/flowers/data/iris.csv", Path("/home/ada/flowers"))
    'data/iris.csv'
    """
    plain = Path(normpath(path))
    home = None if folder is None else Path(normpath(folder.absolute()))
    if home is None or not plain.is_relative_to(home):
        return plain.as_posix()
    return plain.relative_to(home).as_posix()


def chosen_paths(source: Choice, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """The files and folders that were chosen for a data set: the parameter's name, and the path."""
    entry = catalogue.get(source.kind)
    for parameter in entry.parameters if entry else ():
        value = source.parameters.get(parameter.name)
        if parameter.type in ("file", "folder") and isinstance(value, str) and value:
            yield parameter.name, value


def _with_paths(document: Document, catalogue: Catalogue, change: Callable[[str], str]) -> Document:
    source = document.data.source
    paths = {name: change(path) for name, path in chosen_paths(source, catalogue)}
    parameters = {**source.parameters, **paths}
    if parameters == source.parameters:
        return document
    data = document.data.model_copy(update={"source": Choice(kind=source.kind, parameters=parameters)})
    return document.model_copy(update={"data": data})


def _absolute(path: str, folder: Path | None) -> Path:
    return Path(folder or "", path).absolute()
