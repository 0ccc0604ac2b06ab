"""In what two experiments differ, in short words: what one wants to know of runs that have the same name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QCoreApplication

from gradloom.experiment.document import Choice, Document


def differences(run: Document, here: Document) -> list[str]:
    """What trains otherwise in `run` than in `here`; names, notes, layout and expectations do not count."""
    return [
        *_nodes(run, here),
        *_fields("", run.training.model_dump(), here.training.model_dump()),
        *_choice(_tr("optimizer"), run.optimizer, here.optimizer),
        *_choice(_tr("schedule"), run.schedule, here.schedule),
        *_choice(_tr("data"), run.data.source, here.data.source),
        *_fields(_tr("data"), _settings(run), _settings(here)),
    ]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Differences", text)


def _nodes(run: Document, here: Document) -> Iterator[str]:
    for name in {**run.nodes, **here.nodes}:
        yield from _choice(name, run.nodes.get(name), here.nodes.get(name))
    if run.nodes.keys() == here.nodes.keys() and set(run.wires) != set(here.wires):
        yield _tr("other wires")


def _choice(what: str, run: Choice | None, here: Choice | None) -> Iterator[str]:
    if run is None or here is None:
        if run is not None:
            yield _tr("with {0} ({1})").format(what, run.kind)
        elif here is not None:
            yield _tr("without {0} ({1})").format(what, here.kind)
    elif run.kind != here.kind:
        yield _tr("{0} {1}, not {2}").format(what, run.kind, here.kind)
    else:
        yield from _fields(what, run.parameters, here.parameters)


def _fields(what: str, run: Mapping[str, object], here: Mapping[str, object]) -> Iterator[str]:
    for name in {**run, **here}:
        theirs, ours = run.get(name), here.get(name)
        if theirs != ours:
            yield _tr("{0} {1}, not {2}").format(f"{what} {name}".strip(), _value(theirs), _value(ours))


def _settings(document: Document) -> dict[str, object]:
    transforms = ", ".join(choice.kind for choice in document.data.transforms)
    fields = document.data.model_dump(exclude={"source", "transforms"})
    return {**fields, "transforms": transforms or None}


def _value(value: object) -> str:
    if value is None:
        return _tr("by default")
    if isinstance(value, tuple | list):
        return "\N{MULTIPLICATION SIGN}".join(str(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
