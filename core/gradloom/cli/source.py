"""From a word in the terminal to an experiment: the path of a file, or the name of an example."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradloom.experiment.document import Document


def read_experiment(word: str) -> Document:
    """The experiment in the file, or, where there is no such file, the example of that name.

    Raises:
        DocumentError: neither a file nor an example, or a file that holds no experiment.
    """
    from gradloom.experiment.document_file import DocumentError, read

    path = Path(word)
    if path.exists():
        return read(path)
    from gradloom.experiment.examples import list_examples, read_example

    if any(example.name == word for example in list_examples()):
        return read_example(word)
    raise DocumentError(f"{word} is neither a file nor an example; gradloom examples lists the examples.")
