"""Whether a choice's parameters are ones that its catalogue entry has and takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradloom.experiment.document import Choice
from gradloom.experiment.graph import suggestion
from gradloom.plugins.catalogue import Entry
from gradloom.plugins.values import expectation, problem_with


@dataclass(frozen=True)
class Complaint:
    """What is wrong with one parameter: its name, and a clause that goes on from the owner's name."""

    name: str
    clause: str


def complaints(choice: Choice, entry: Entry) -> Iterator[Complaint]:
    """All that is wrong with the choice's parameters. What follows from a wire may be left out."""
    for name, value in choice.parameters.items():
        parameter = entry.parameter(name)
        if parameter is None:
            names = [each.name for each in entry.parameters]
            yield Complaint(name, f"has no parameter '{name}'{suggestion(name, names)}")
        elif problem := problem_with(parameter, value):
            yield Complaint(name, f"is set wrongly: {problem}")
    for parameter in entry.parameters:
        if parameter.required and not parameter.inferred and parameter.name not in choice.parameters:
            yield Complaint(parameter.name, f"needs {parameter.name}: {expectation(parameter)}.")
