"""Nested tuples, lists and dicts of tensors, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Build = Callable[[list[Any]], Any]


def flatten(nested: Any) -> tuple[list[Any], Build]:
    """The leaves of `nested`, in order, and a function that builds the same nest of other leaves."""
    if isinstance(nested, dict):
        keys = list(nested)
        leaves, build = flatten([nested[key] for key in keys])
        return leaves, lambda given: type(nested)(zip(keys, build(given), strict=True))
    if isinstance(nested, (tuple, list)):
        parts = [flatten(each) for each in nested]
        kind = type(nested)

        def assemble(given: list[Any]) -> Any:
            built, at = [], 0
            for leaves, build in parts:
                built.append(build(given[at : at + len(leaves)]))
                at += len(leaves)
            return kind(*built) if hasattr(kind, "_fields") else kind(built)

        return [leaf for leaves, _ in parts for leaf in leaves], assemble
    return [nested], lambda given: given[0]


def unzip(nests: list[Any]) -> tuple[list[list[Any]], Build]:
    """The leaves of nests of one form, leaf by leaf, and a function that builds such a nest."""
    taken = [flatten(each) for each in nests]
    return [list(column) for column in zip(*(leaves for leaves, _ in taken), strict=True)], taken[0][1]


def spread(prefix: Any, nested: Any) -> list[Any]:
    """One value of `prefix` for each leaf of `nested`; a value stands for all leaves below its place."""
    if isinstance(prefix, (tuple, list)) and isinstance(nested, (tuple, list)):
        if len(prefix) != len(nested):
            raise ValueError(f"{prefix!r} does not fit a structure of {len(nested)} parts")
        return [each for one, other in zip(prefix, nested, strict=True) for each in spread(one, other)]
    if isinstance(prefix, dict) and isinstance(nested, dict):
        return [each for key in nested for each in spread(prefix[key], nested[key])]
    leaves, _ = flatten(nested)
    return [prefix] * len(leaves)
