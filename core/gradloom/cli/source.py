"""From a word in the terminal to an experiment: the path of a file, or the name of an example."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradloom.experiment.document import Document
    from gradloom.plugins import Catalogue


def read_experiment(word: str, catalogue: Catalogue) -> Document:
    """The experiment in the file, or, where there is no such file, the example of that name.

    Paths to data begin at the file's folder; here they are absolute.

    Raises:
        DocumentError: neither a file nor an example, or a file that holds no experiment.
    """
    from gradloom.experiment.data_paths import located
    from gradloom.experiment.document_file import DocumentError, read

    path = Path(word)
    if path.exists():
        return located(read(path), catalogue, path.parent)
    from gradloom.experiment.examples import NAMES, read_example
    from gradloom.experiment.graph import suggestion

    if word in NAMES:
        return read_example(word)
    listed = "one of the examples that 'gradloom examples' lists"
    raise DocumentError(f"'{word}' is neither a file nor {listed}{suggestion(word, NAMES)}")
