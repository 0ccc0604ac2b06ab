"""From the text of a `.loom.toml` file to a Document, or to one sentence that says what is wrong where."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from gradloom.experiment.document import (
    FARTHEST,
    FORMAT,
    MOST_NODES,
    Bound,
    Choice,
    DataSettings,
    Document,
    TrainingSettings,
    Value,
    Wire,
)

Table = dict[str, Any]
Part = TypeVar("Part", bound=BaseModel)

TABLES: Final = ("data", "nodes", "graph", "optimizer", "schedule", "training", "expect", "layout")
TOP_KEYS: Final = ("format", "name", "notes", *TABLES)
DATA_KEYS: Final = ("validation", "normalize", "split_seed", "transforms")
TRAINING_KEYS: Final = (*TrainingSettings.model_fields, "metrics")


class DocumentError(ValueError):
    """A file that is no experiment, in one sentence: file, table, key, and what would be right."""


def parse(text: str, name: str = "experiment") -> Document:
    """The document that the TOML `text` holds; `name` stands for the file in errors.

    Raises:
        DocumentError: broken TOML, a newer format, an unknown key, or a value that cannot be.
    """
    try:
        return _document(_load(text))
    except DocumentError as error:
        raise DocumentError(f"{name}: {error}") from None


def checked(document: Document) -> Document:
    """The document with every rule applied again, since `model_copy` applies none.

    Raises:
        DocumentError: it breaks a rule.
    """
    return _part(Document, document.model_dump(), "")


def _load(text: str) -> Table:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(_syntax_error(str(error))) from None
    except RecursionError:
        raise DocumentError("lists or tables are nested too deeply for an experiment.") from None
    except ValueError:
        raise DocumentError("a number has more than 4,300 digits; write a shorter one.") from None


def _syntax_error(message: str) -> str:
    what, _, place = message.rpartition(" (at ")
    place = place.removesuffix(")")
    if place == "end of document":
        place = "the last line"
    return f"{place} is not valid TOML: {what[:1].lower()}{what[1:]}."


def _document(raw: Table) -> Document:
    _check_format(raw)
    for key, value in raw.items():
        if key in TABLES and not isinstance(value, dict):
            raise DocumentError(
                f"{key} is {_show(value)}; it must be a table: a line [{key}] and its keys below."
            )
    _check_keys(raw, TOP_KEYS, "")
    training = dict(raw.get("training", {}))
    _check_keys(training, TRAINING_KEYS, "[training]")
    head = {key: raw[key] for key in ("name", "notes") if key in raw}
    fields: Table = {
        "data": _data(raw["data"]) if "data" in raw else DataSettings(),
        "nodes": _nodes(raw.get("nodes", {})),
        "wires": _wires(raw.get("graph", {})),
        "layout": {node: _position(node, value) for node, value in raw.get("layout", {}).items()},
        "metrics": _names(training.pop("metrics", [])),
        "training": _part(TrainingSettings, training, "[training]"),
        "expect": {metric: _bound(metric, value) for metric, value in raw.get("expect", {}).items()},
    }
    for table in ("optimizer", "schedule"):
        if table in raw:
            fields[table] = _choice(raw[table], f"[{table}]")
    return _part(Document, head | fields, "")


def _check_format(raw: Table) -> None:
    found = raw.get("format", FORMAT)
    if type(found) is not int or found < FORMAT:
        raise DocumentError(f"format is {_show(found)}; it must be {FORMAT}.")
    if found > FORMAT:
        raise DocumentError(
            f"format is {_show(found)}, but this Gradloom reads format {FORMAT}; "
            "update Gradloom to open the file."
        )


def _data(raw: Table) -> DataSettings:
    raw = dict(raw)
    settings = {key: raw.pop(key) for key in DATA_KEYS if key in raw}
    transforms = settings.get("transforms", [])
    if not isinstance(transforms, list):
        raise DocumentError("[data] transforms must be tables, each under a line [[data.transforms]].")
    settings["transforms"] = tuple(
        _choice(transform, f"[[data.transforms]] number {number}")
        for number, transform in enumerate(transforms, start=1)
    )
    return _part(DataSettings, settings | {"source": _choice(raw, "[data]")}, "[data]")


def _nodes(raw: Table) -> dict[str, Choice]:
    if len(raw) > MOST_NODES:
        raise DocumentError(f"[nodes] has {len(raw):,} nodes; an experiment can have at most {MOST_NODES:,}.")
    for node in raw:
        _check_id(node, "[nodes]")
    return {node: _choice(value, f"[nodes] {node}") for node, value in raw.items()}


def _wires(raw: Table) -> tuple[Wire, ...]:
    _check_keys(raw, ("wires",), "[graph]")
    wires = raw.get("wires", [])
    if not isinstance(wires, list):
        raise DocumentError(f'[graph] wires is {_show(wires)}; it must be a list, such as ["image -> fc1"].')
    return tuple(_wire(text, f"[graph] wire {number}") for number, text in enumerate(wires, start=1))


def _wire(text: object, where: str) -> Wire:
    source, arrow, end = (
        (part.strip() for part in text.partition("->")) if isinstance(text, str) else ("",) * 3
    )
    target, dot, port = (part.strip() for part in end.partition("."))
    words = (source, target, port) if dot else (source, target)
    if not arrow or not all(word.isidentifier() for word in words):
        raise DocumentError(
            f'{where} is {_show(text)}; it must read "source -> target" or "source -> target.port".'
        )
    return Wire(source=source, target=target, port=port)


def _position(node: str, raw: object) -> tuple[float, float]:
    _check_id(node, "[layout]")
    match raw:
        case [int() | float() as x, int() | float() as y] if all(map(_is_near, (x, y))):
            return float(x), float(y)
    raise DocumentError(
        f"[layout] {node} is {_show(raw)}; it must be [x, y], "
        f"two numbers between -{FARTHEST:,.0f} and {FARTHEST:,.0f}."
    )


def _is_near(number: float) -> bool:
    return not isinstance(number, bool) and -FARTHEST <= number <= FARTHEST


def _names(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(name, str) for name in raw):
        right = Document.model_fields["metrics"].description
        raise DocumentError(f"[training] metrics is {_show(raw)}; it must be {right}.")
    return tuple(raw)


def _bound(metric: str, raw: object) -> Bound:
    where = f"[expect] {metric}"
    if not isinstance(raw, dict):
        raise DocumentError(f"{where} is {_show(raw)}; it must be bounds, such as {{ min = 0.92 }}.")
    _check_keys(raw, tuple(Bound.model_fields), where)
    return _part(Bound, raw, where)


def _choice(raw: object, where: str) -> Choice:
    if not isinstance(raw, dict):
        raise DocumentError(f'{where} is {_show(raw)}; it must be a table, such as {{ kind = "Linear" }}.')
    if "kind" not in raw:
        raise DocumentError(
            f'{where} has no kind; add one, such as kind = "{_EXAMPLE_KINDS.get(where, "Linear")}".'
        )
    parameters = {key: _value(value, f"{where} {key}") for key, value in raw.items() if key != "kind"}
    return _part(Choice, {"kind": raw["kind"], "parameters": parameters}, where)


_EXAMPLE_KINDS = {"[data]": "mnist5k", "[optimizer]": "SGD", "[schedule]": "StepLR"}


def _value(raw: object, where: str) -> Value:
    values = raw if isinstance(raw, list) else [raw]
    for value in values:
        if not isinstance(value, bool | int | float | str):
            raise DocumentError(
                f"{where} is {_show(raw)}; it must be a number, a text, true or false, or a list of these."
            )
        if isinstance(value, float) and math.isnan(value):
            raise DocumentError(f"{where} is not a number; it must have a value.")
    return tuple(raw) if isinstance(raw, list) else raw  # type: ignore[return-value]


# What pydantic finds, in our words.


def _part(model: type[Part], values: Mapping[str, object], where: str) -> Part:
    try:
        return model.model_validate(values, strict=True)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
    key = str(detail["loc"][0]) if detail["loc"] else ""
    place = f"{where} {key}".strip()
    field = model.model_fields.get(key)
    if field is not None and field.description is not None:
        raise DocumentError(f"{place} is {_show(detail['input'])}; it must be {field.description}.")
    raise DocumentError(f"{place}: {detail['msg'].removeprefix('Value error, ')}.")


def _check_id(node: str, where: str) -> None:
    if not node.isidentifier():
        raise DocumentError(
            f"{where} {_show(node)} cannot name a node; "
            "use a word of letters, digits and underscores that does not start with a digit."
        )


def _check_keys(raw: Table, known: Iterable[str], where: str) -> None:
    for key, value in raw.items():
        if key in known:
            continue
        kind, show = ("table", "[{}]".format) if isinstance(value, dict) and not where else ("key", str)
        close = difflib.get_close_matches(key, known, n=1)
        advice = f"did you mean {show(close[0])}?" if close else f"there can be {', '.join(known)}."
        raise DocumentError(
            f"{f'{where} ' if where else ''}{show(_short(key))} is not a known {kind}; {advice}"
        )


def _show(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{_short(value)}"'
        case dict():
            return "a table"
        case list() if len(value) > 4 or any(isinstance(item, list | dict) for item in value):
            return "a list"
        case list():
            return f"[{', '.join(map(_show, value))}]"
        case int() if abs(value) >= 10**20:
            return "a very large number"
    return str(value)


def _short(text: str) -> str:
    """One line of at most 40 characters; what could disturb a terminal is left out."""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+", " ", text)
    return text if len(text) <= 40 else text[:39] + "…"
