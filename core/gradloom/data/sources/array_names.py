"""Which of several arrays are meant: what a network sees, what it is to predict, and the test rows."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

from gradloom.data.sources.disk import quoted
from gradloom.data.sources.samples import DataError

INPUTS = ("x", "X", "inputs", "images", "features", "data", "x_train", "X_train")
TARGETS = ("y", "Y", "target", "targets", "labels", "label", "y_train")
_MOST_SAID = 20


def choose_arrays(input: str, target: str, names: Collection[str], where: str) -> list[tuple[str, str]]:
    """The names of the input and its target, and after them, where they are called so, of the test rows.

    Args:
        input: the input's name; empty looks for a usual one.
        target: the target's name, likewise.
        names: what there is.
        where: what an error calls the place.

    Raises:
        DataError: there is no such array, or no usual name.
    """
    x = _chosen(input, INPUTS, names, "input", where)
    y = _chosen(target, TARGETS, names, "target", where)
    test = x.replace("_train", "_test"), y.replace("_train", "_test")
    return [(x, y), test] if x not in test and y not in test and set(test) <= set(names) else [(x, y)]


def _chosen(name: str, usual: tuple[str, ...], names: Collection[str], role: str, where: str) -> str:
    if name in names:
        return name
    found = ", ".join(quoted(each) for each in islice(names, _MOST_SAID))
    if name:
        raise DataError(f"{where} has no array {quoted(name)} for the {role}; it has {found}.")
    for candidate in usual:
        if candidate in names:
            return candidate
    raise DataError(f"Which array of {where} is the {role}? Choose one of {found}.")
