"""The experiments that come with Gradloom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from gradloom.experiment.document import Document
from gradloom.experiment.document_file import DocumentError, parse
from gradloom.experiment.graph import suggestion

NAMES = (
    "mnist-mlp",
    "mnist-cnn",
    "digits-resnet",
    "spirals",
    "sine",
    "iris",
    "breast-cancer",
    "digits-autoencoder",
    "circles-two-inputs",
    "diabetes",
)
"""In the order in which they are shown, the one to begin with first."""

SUFFIX = ".loom.toml"


@dataclass(frozen=True)
class Example:
    """A card in the gallery: the word that names it, its title, and one line on what it shows."""

    name: str
    title: str
    description: str


@cache
def list_examples() -> tuple[Example, ...]:
    """All examples, the one to begin with first."""
    documents = ((name, read_example(name)) for name in NAMES)
    return tuple(
        Example(name, document.name, document.notes.partition("\n")[0]) for name, document in documents
    )


def read_example(name: str) -> Document:
    """The example's document.

    Raises:
        DocumentError: there is no such example.
    """
    return parse(example_text(name), name=f"{name}{SUFFIX}")


def example_text(name: str) -> str:
    """The example's file as it is written, comments included.

    Raises:
        DocumentError: there is no such example.
    """
    if name not in NAMES:
        raise DocumentError(f"There is no example '{name}'{suggestion(name, NAMES)}")
    return (resources.files("gradloom.experiment") / "examples" / f"{name}{SUFFIX}").read_text("utf-8")
