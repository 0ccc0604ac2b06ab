"""`torch.utils._pytree`: the leaves of nested containers, and containers made of leaves again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradloom.func.tree import flatten

__all__ = [
    "TreeSpec",
    "tree_flatten",
    "tree_iter",
    "tree_leaves",
    "tree_map",
    "tree_map_only",
    "tree_unflatten",
]


class TreeSpec:
    """How a nest is made of its leaves.

    Attributes:
        num_leaves: how many there are.
    """

    def __init__(self, build: Callable[[list[Any]], Any], num_leaves: int) -> None:
        self.build = build
        self.num_leaves = num_leaves


def tree_flatten(tree: Any) -> tuple[list[Any], TreeSpec]:
    """The leaves of a nest, and how it is made of them."""
    leaves, build = flatten(tree)
    return leaves, TreeSpec(build, len(leaves))


def tree_unflatten(leaves: Any, treespec: TreeSpec) -> Any:
    """The nest that is made so, with these leaves."""
    return treespec.build(list(leaves))


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves of a nest."""
    return flatten(tree)[0]


tree_iter = tree_leaves


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any) -> Any:
    """The nest with `func` of each leaf in its place; further nests of that form give further arguments."""
    leaves, build = flatten(tree)
    others = [tree_leaves(each) for each in rests]
    return build([func(*each) for each in zip(leaves, *others, strict=True)])


def tree_map_only(types: Any, func: Callable[[Any], Any], tree: Any) -> Any:
    """The same, for leaves of these types only."""
    return tree_map(lambda leaf: func(leaf) if isinstance(leaf, types) else leaf, tree)
