"""A reader of pickles that builds plain values only.

It knows the opcodes by their meaning and the names by a table. A name that is not in the table is refused, so
nothing is ever imported or called that the table does not say.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

_MARK: Any = object()


class Refused(Exception):
    """A pickle that is damaged, or asks for what is not in the table; the message is part of a sentence."""


class Maker(NamedTuple):
    """What stands for a callable of the pickle: a function of its arguments, and what gives it a state."""

    make: Callable[..., Any]
    restore: Callable[[Any, Any], None] | None = None


class Reader:
    """Runs the opcodes of one pickle.

    Args:
        names: what "module name" stands for: a `Maker`, or a value.
        persistent: gives the object for a persistent id.
    """

    def __init__(self, names: Mapping[str, Any], persistent: Callable[[Any], Any]) -> None:
        self._names = names
        self._persistent = persistent
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._restorers: dict[int, tuple[Any, Callable[[Any, Any], None]]] = {}

    def read(self, pickle: bytes) -> Any:
        """The object; `Refused` whatever goes wrong."""
        try:
            return self._run(io.BytesIO(pickle))
        except Refused:
            raise
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, MemoryError,
                RecursionError, EOFError, UnicodeError, ArithmeticError) as error:  # fmt: skip
            raise Refused("its description of the object is damaged") from error

    def _run(self, stream: io.BytesIO) -> Any:
        while code := stream.read(1):
            opcode = _BY_CODE[code.decode("latin1")]
            name = opcode.name
            if name == "STOP":
                return self._pop()
            if name not in _KNOWN:
                raise Refused(
                    f"its description of the object uses the opcode {name}, which save() never writes"
                )
            self._step(name, _argument(opcode, stream))
        raise Refused("its description of the object ends too early")

    def _pop(self) -> Any:
        value = self._stack.pop()
        if value is _MARK:
            raise IndexError("a mark where a value belongs")
        return value

    def _to_mark(self) -> list[Any]:
        """All values above the topmost mark, which goes too."""
        place = len(self._stack) - 1
        while self._stack[place] is not _MARK:
            place -= 1
            if place < 0:
                raise IndexError("no mark")
        values = self._stack[place + 1 :]
        del self._stack[place:]
        return values

    def _step(self, name: str, argument: Any) -> None:
        if name in _LITERALS:
            self._stack.append(argument)
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name]())
        elif name in _STEPS:
            _STEPS[name](self, argument)

    # Containers

    def _tuple(self, size: int) -> None:
        values = [self._pop() for _ in range(size)]
        self._stack.append(tuple(reversed(values)))

    def _append(self, values: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not list:
            raise TypeError("values are appended to something else than a list")
        target.extend(values)

    def _set_items(self, values: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, dict) or len(values) % 2:
            raise TypeError("items are put into something else than a dict")
        for key, value in zip(values[::2], values[1::2], strict=True):
            target[hashable(key)] = value

    def _add_items(self, values: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not set:
            raise TypeError("members are added to something else than a set")
        target.update(map(hashable, values))

    def _pair(self) -> list[Any]:
        value = self._pop()
        return [self._pop(), value]

    # Names and objects

    def _name(self, module: Any, name: Any) -> None:
        path = f"{module} {name}"
        if path not in self._names:
            raise Refused(
                f"Unsupported global: GLOBAL {module}.{name} was not an allowed global, since only tensors "
                "and plain values are loaded, and never code; save model.state_dict() instead"
            )
        self._stack.append(self._names[path])

    def _call(self) -> None:
        arguments, maker = self._pop(), self._pop()
        if not isinstance(maker, Maker) or not isinstance(arguments, tuple):
            raise TypeError("something is called that cannot be")
        made = maker.make(*arguments)
        if maker.restore is not None:
            self._restorers[id(made)] = made, maker.restore
        self._stack.append(made)

    def _build(self) -> None:
        state, made = self._pop(), self._stack[-1]
        _, restore = self._restorers[id(made)]
        restore(made, state)

    def _remember(self, place: int) -> None:
        self._memo[place] = self._stack[-1]


def _argument(opcode: pickletools.OpcodeInfo, stream: io.BytesIO) -> Any:
    """What stands behind an opcode, up to the next one."""
    if opcode.name == "GLOBAL":
        lines = stream.readline(), stream.readline()
        if not lines[1].endswith(b"\n"):
            raise ValueError("a name without an end")
        return [line[:-1].decode() for line in lines]
    return opcode.arg.reader(stream) if opcode.arg is not None else None


def hashable(value: Any) -> Any:
    """`value`, if it is a plain key, and not nested so deeply or widely that hashing it would not end."""
    pending, seen = [value], 0
    while pending:
        each = pending.pop()
        if isinstance(each, (tuple, frozenset)):
            seen += 1 + len(each)
            if seen > _MOST_IN_A_KEY:
                raise ValueError("a key is too large")
            pending.extend(each)
        elif not isinstance(each, (str, int, float, complex, bytes, type(None))):
            raise TypeError("a key is not a plain value")
    return value


_MOST_IN_A_KEY = 1000
_BY_CODE = {opcode.code: opcode for opcode in pickletools.opcodes}
_LITERALS = {
    "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE",
    "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
}  # fmt: skip
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False, "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_SET": set, "MARK": lambda: _MARK,
}  # fmt: skip
_STEPS: dict[str, Callable[[Reader, Any], Any]] = {
    "POP": lambda reader, _: reader._stack.pop(),
    "POP_MARK": lambda reader, _: reader._to_mark(),
    "DUP": lambda reader, _: reader._stack.append(reader._stack[-1]),
    "TUPLE1": lambda reader, _: reader._tuple(1),
    "TUPLE2": lambda reader, _: reader._tuple(2),
    "TUPLE3": lambda reader, _: reader._tuple(3),
    "TUPLE": lambda reader, _: reader._stack.append(tuple(reader._to_mark())),
    "LIST": lambda reader, _: reader._stack.append(reader._to_mark()),
    "FROZENSET": lambda reader, _: reader._stack.append(frozenset(map(hashable, reader._to_mark()))),
    "APPEND": lambda reader, _: reader._append([reader._pop()]),
    "APPENDS": lambda reader, _: reader._append(reader._to_mark()),
    "SETITEM": lambda reader, _: reader._set_items(reader._pair()),
    "SETITEMS": lambda reader, _: reader._set_items(reader._to_mark()),
    "ADDITEMS": lambda reader, _: reader._add_items(reader._to_mark()),
    "GLOBAL": lambda reader, names: reader._name(*names),
    "STACK_GLOBAL": lambda reader, _: reader._name(*reader._pair()),
    "REDUCE": lambda reader, _: reader._call(),
    "NEWOBJ": lambda reader, _: reader._call(),
    "BUILD": lambda reader, _: reader._build(),
    "BINPERSID": lambda reader, _: reader._stack.append(reader._persistent(reader._pop())),
    "BINPUT": lambda reader, place: reader._remember(place),
    "LONG_BINPUT": lambda reader, place: reader._remember(place),
    "MEMOIZE": lambda reader, _: reader._remember(len(reader._memo)),
    "BINGET": lambda reader, place: reader._stack.append(reader._memo[place]),
    "LONG_BINGET": lambda reader, place: reader._stack.append(reader._memo[place]),
}
_KNOWN = {"PROTO", "FRAME", *_LITERALS, *_CONSTANTS, *_STEPS}
