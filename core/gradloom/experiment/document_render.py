"""From a Document to the text of its `.loom.toml` file: neat when new, untouched where nothing changed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, Final

import tomlkit
from tomlkit import items
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError

from gradloom.experiment.document import Choice, Document
from gradloom.experiment.document_parse import TABLES, DocumentError, checked, parse

Table = dict[str, Any]

WIDEST_LINE: Final = 100
MOST_LIST_EDITS: Final = 200


def render(document: Document, previous_text: str = "") -> str:
    """The text of the document's file.

    What `previous_text`, the present text of that file, says in its own way stays as it is: comments, order,
    spacing, and values that have not changed.

    Raises:
        DocumentError: the document holds what it must not, or what no file can say, such as half a
            surrogate pair in a text.
    """
    document = checked(document)
    newline = "\r\n" if "\r\n" in previous_text else "\n"
    wanted = _tables(document)
    text = _edited(previous_text.replace("\r\n", "\n"), wanted)
    if text is None or not _says(text, document):
        text = _fresh(wanted)
        if not _says(text, document):
            raise DocumentError("the experiment holds a name or value that no file can hold.")
    return text.replace("\n", newline)


def _says(text: str, document: Document) -> bool:
    """Whether the text, read again, gives exactly the document, down to order, sign and type."""
    try:
        text.encode()
        return repr(parse(text)) == repr(document)
    except (DocumentError, UnicodeEncodeError):
        return False


def _tables(document: Document) -> Table:
    """The document as plain TOML tables, in the order of a file."""
    data = document.data
    return {
        "format": document.format,
        "name": document.name,
        "notes": document.notes,
        "data": _choice(data.source)
        | ({} if data.validation is None else {"validation": data.validation})
        | {"normalize": data.normalize, "split_seed": data.split_seed}
        | {"transforms": [_choice(transform) for transform in data.transforms]},
        "nodes": {node: _choice(choice) for node, choice in document.nodes.items()},
        "graph": {"wires": [str(wire) for wire in document.wires]},
        "optimizer": _choice(document.optimizer),
        **({} if document.schedule is None else {"schedule": _choice(document.schedule)}),
        "training": document.training.model_dump() | {"metrics": list(document.metrics)},
        "expect": {metric: bound.model_dump(exclude_none=True) for metric, bound in document.expect.items()},
        "layout": {node: [_coordinate(x), _coordinate(y)] for node, (x, y) in document.layout.items()},
    }


def _choice(choice: Choice) -> Table:
    return {"kind": choice.kind} | {
        key: list(value) if isinstance(value, tuple) else value for key, value in choice.parameters.items()
    }


def _coordinate(value: float) -> int | float:
    whole = value.is_integer() and str(value) != "-0.0"
    return int(value) if whole else value


_DEFAULTS: Final = _tables(Document())


# A new file.


def _fresh(wanted: Table) -> str:
    """Head, then one table after the other, each key's value on one line and equals signs in one column."""
    blocks = [
        _lines({key: wanted[key] for key in ("format", "name", "notes") if key != "notes" or wanted[key]})
    ]
    for name in (name for name in TABLES if name in wanted):
        table = wanted[name] if name != "data" else _without_transforms(wanted["data"])
        if name == "training" and not table["metrics"]:
            table = {key: value for key, value in table.items() if key != "metrics"}
        if table or name == "nodes":
            blocks.append(f"[{name}]\n{_lines(table, aligned=name in ('nodes', 'expect', 'layout'))}")
        if name == "data":
            blocks += [f"[[data.transforms]]\n{_lines(table)}" for table in wanted["data"]["transforms"]]
    return "\n".join(blocks)


def _without_transforms(data: Table) -> Table:
    quiet = ("transforms",) if data["split_seed"] else ("transforms", "split_seed")
    return {key: value for key, value in data.items() if key not in quiet}


def _lines(table: Table, aligned: bool = False) -> str:
    keys = [_key(key) for key in table]
    width = max(map(len, keys), default=0) if aligned else 0
    pairs = zip(keys, table.values(), strict=True)
    return "".join(f"{key:<{width}} = {_toml(value, len(key) + 3)}\n" for key, value in pairs)


def _key(key: str) -> str:
    bare = key and key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else _quoted(key)


def _toml(value: object, column: int = 0) -> str:
    """A value in TOML; a list of texts that would pass the widest line has one item a line."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _text(value)
        case dict():
            inside = ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case list() | tuple():
            texts = [_toml(item) for item in value]
            line = f"[{', '.join(texts)}]"
            if column and len(line) + column > WIDEST_LINE:
                return "[\n" + "".join(f"  {text},\n" for text in texts) + "]"
            return line
    return repr(value)


def _text(text: str) -> str:
    """A TOML string; a text of several lines stays a text of several lines."""
    if "\n" not in text:
        return _quoted(text)
    return '"""\n' + "\n".join(_quoted(line)[1:-1] for line in text.split("\n")) + '"""'


def _quoted(text: str) -> str:
    # JSON's escapes are TOML's too, but TOML also wants DEL escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


# An existing file: only what changed is touched, so that comments and layout of the rest stay.


def _edited(text: str, wanted: Table) -> str | None:
    """The text with its values brought to `wanted`, or None where it is no TOML."""
    if not text.strip():
        return None
    try:
        file = tomlkit.parse(text)
        _update(file, wanted, _DEFAULTS)
        nodes = file.get("nodes")
        if isinstance(nodes, items.Table) and list(nodes) != list(wanted["nodes"]):
            file["nodes"] = _in_order(nodes, wanted["nodes"])
        return tomlkit.dumps(file)
    except (TOMLKitError, RecursionError, ValueError, TypeError, KeyError, IndexError):
        return None


def _update(table: MutableMapping[str, Any], wanted: Table, defaults: Mapping[str, Any]) -> None:
    """Bring `table` to `wanted`; a key that the file leaves out stays out while it has its default."""
    for key in [key for key in table if key not in wanted]:
        del table[key]
    for key, value in wanted.items():
        if key not in table:
            if key not in defaults or not _same(value, defaults[key]):
                _add(table, key, value)
        elif isinstance(value, dict) and isinstance(table[key], items.Table | OutOfOrderTableProxy):
            _update(table[key], value, defaults[key] if key in ("data", "training") else {})
        elif key == "wires" and isinstance(table[key], items.Array):
            _update_list(table, key, value)
        elif not _same(table[key], value):
            table[key] = tomlkit.value(_toml(value, len(key) + 3))


def _same(one: object, other: object) -> bool:
    """Equality that tells 1 from 1.0 and from true, and 0.0 from -0.0."""
    return _toml(_plain(one)) == _toml(_plain(other))


def _plain(value: object) -> object:
    return value.unwrap() if isinstance(value, items.Item) else value


def _add(table: MutableMapping[str, Any], key: str, value: object) -> None:
    if isinstance(table, items.Table):
        name = items.SingleKey(key, t=None if _key(key) == key else items.KeyType.Basic)
        name.sep = " " * max(0, _column(table) - len(_key(key))) + " = "
        table.append(name, tomlkit.value(_toml(value, len(key) + 3)))
    else:
        table[key] = tomlkit.parse(_fresh_table(key, value))[key]


def _fresh_table(key: str, value: object) -> str:
    return f"[{key}]\n{_lines(value)}" if isinstance(value, dict) else _lines({key: value})


def _column(table: items.Table) -> int:
    """The column of the equals signs where all of them stand in one, or 0."""
    columns = {
        len(key.as_string() + key.sep.partition("=")[0]) - 1
        for key, _ in table.value.body
        if isinstance(key, items.SingleKey)
    }
    return columns.pop() if len(columns) == 1 else 0


def _update_list(table: MutableMapping[str, Any], key: str, wanted: list[str]) -> None:
    """Bring a list of wires to `wanted` item by item, as long as there is not much to change."""
    present = [" ".join(str(item).replace("->", " -> ").split()) for item in table[key]]
    steps = difflib.SequenceMatcher(None, present, wanted, autojunk=False).get_opcodes()
    changes = [step for step in steps if step[0] != "equal"]
    if sum(end - start + last - first for _, start, end, first, last in changes) > MOST_LIST_EDITS:
        table[key] = tomlkit.value(_toml(wanted, len(key) + 3))
        return
    for _, start, end, first, last in reversed(changes):
        for index in reversed(range(start, end)):
            del table[key][index]
        for index, text in enumerate(wanted[first:last], start):
            table[key].insert(index, text)


def _in_order(table: items.Table, wanted: Iterable[str]) -> items.Table:
    """The same lines in another order; a comment above a line moves with it."""
    lines: dict[str, list[tuple[Any, Any]]] = {}
    waiting: list[tuple[Any, Any]] = []
    for key, item in table.value.body:
        waiting.append((key, item))
        if key is not None:
            lines[key.key] = waiting
            waiting = []
    ordered = tomlkit.table()
    for key, item in [line for node in wanted for line in lines[node]] + waiting:
        ordered.append(key, item)
    return ordered
