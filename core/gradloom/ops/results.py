"""Results with names, of ops that give several: `x.max(dim=1).indices`."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

from gradloom.spelling import spelled


def result_type(op: str, names: Sequence[str]) -> Any:
    """A named tuple for the results of `op` that prints as PyTorch's do."""
    title = op.removesuffix("_along")

    class Results(namedtuple(title, names)):  # type: ignore[misc]  # noqa: PYI024 - the names are data
        __slots__ = ()

        def __repr__(self) -> str:
            values: dict[str, Any] = self._asdict()
            inside = ",\n".join(f"{name}={value!r}" for name, value in values.items())
            return f"{spelled('return_types')}.{title}(\n{inside})"

    Results.__name__ = Results.__qualname__ = title
    return Results
