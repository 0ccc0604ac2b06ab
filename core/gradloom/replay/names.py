"""What the names in a function stand for."""

from __future__ import annotations

from collections.abc import Callable
from dis import get_instructions
from types import CellType, CodeType, FunctionType
from typing import Any, NamedTuple


class Names(NamedTuple):
    """What the names in a step stood for: variables around it, and globals."""

    cells: tuple[CellType, ...]
    contents: tuple[Any, ...]
    spaces: tuple[tuple[dict[str, Any], str, Any], ...]

    def hold(self) -> bool:
        """Whether they still do."""
        for cell, content in zip(self.cells, self.contents, strict=True):
            if _content(cell) is not content:
                return False
        return all(space.get(name, _NOTHING) is value for space, name, value in self.spaces)


def names_in(function: Callable[..., Any]) -> Names:
    """The names in the function's own code; what it calls has names that nobody looks at."""
    plain = getattr(function, "__func__", function)
    if not isinstance(plain, FunctionType):
        return Names((), (), ())
    cells = plain.__closure__ or ()
    space = plain.__globals__
    named = [(space, name, space.get(name, _NOTHING)) for name in _globals(plain.__code__)]
    return Names(cells, tuple(map(_content, cells)), tuple(named))


def _globals(code: CodeType) -> set[str]:
    inner = [_globals(each) for each in code.co_consts if isinstance(each, CodeType)]
    own = {each.argval for each in get_instructions(code) if each.opname == "LOAD_GLOBAL"}
    return own.union(*inner)


_NOTHING = object()


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it stands for nothing yet
        return _NOTHING
