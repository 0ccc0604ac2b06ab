"""What a function looks up, as its code says: names, and attributes of what has no name."""

from __future__ import annotations

from dis import get_instructions
from functools import cache
from types import CodeType
from typing import Any, NamedTuple

Path = tuple[str, ...]
"""A name, and the attributes that are taken of it one after the other."""


class Code(NamedTuple):
    """What code looks up: paths from variables around it, from globals, and from its own variables.

    `loose` are attributes of values without a name, `imports` are modules that the code itself imports.
    """

    around: frozenset[Path]
    globals: frozenset[Path]
    own: frozenset[Path]
    loose: frozenset[str]
    imports: frozenset[str]


@cache
def looked_up(code: CodeType) -> Code:
    """What this code looks up, and all code within it."""
    found: dict[str, set[Path]] = {"DEREF": set(), "GLOBAL": set(), "NAME": set(), "FAST": set()}
    loose: set[str] = set()
    imports: set[str] = set()
    module = kind = ""
    path: Path = ()
    for each in get_instructions(code):
        if each.opname == "IMPORT_NAME":
            module = each.argval
            imports.add(module)
        elif each.opname == "IMPORT_FROM":
            loose.add(each.argval)
            imports.add(f"{module}.{each.argval}")
        if each.opname in ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"):
            if path:
                path = (*path, each.argval)
            else:
                loose.add(each.argval)
        elif each.opname not in _BETWEEN:
            if path:
                found[kind].add(path)
            kind, path = _name(each.opname, each.argval)
    within = [looked_up(each) for each in code.co_consts if isinstance(each, CodeType)]
    loose.update(*(each.loose for each in within))
    # Variables of code within have values that nobody knows here.
    loose.update(*(path[1:] for each in within for path in each.own))
    return Code(
        frozenset(found["DEREF"].union(*(each.around for each in within))),
        frozenset((found["GLOBAL"] | found["NAME"]).union(*(each.globals for each in within))),
        frozenset(found["FAST"]),
        frozenset(loose),
        frozenset(imports.union(*(each.imports for each in within))),
    )


_BETWEEN = ("CACHE", "EXTENDED_ARG", "PUSH_NULL", "NOP")


def _name(opname: str, argval: Any) -> tuple[str, Path]:
    """The kind of the name that an instruction loads last, and the path that begins there, or nothing."""
    for kind in ("DEREF", "GLOBAL", "NAME", "FAST"):
        if f"LOAD_{kind}" in opname or (kind == "DEREF" and opname == "LOAD_CLASSDEREF"):
            # One instruction may load two of a function's own variables.
            return kind, (argval[-1] if isinstance(argval, tuple) else argval,)
    return "", ()
