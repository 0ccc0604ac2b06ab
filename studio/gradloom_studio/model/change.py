"""What an edit changed, so that a view redraws that and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from gradloom.experiment.document import Document, Wire

_GRAPH = {"nodes", "wires", "layout"}
_WORDS = {"name", "notes"}


@dataclass(frozen=True)
class Change:
    """The difference of two documents in ids and wires; `moved` holds nodes of both with another position."""

    nodes_added: frozenset[str] = frozenset()
    nodes_removed: frozenset[str] = frozenset()
    nodes_changed: frozenset[str] = frozenset()
    wires_added: frozenset[Wire] = frozenset()
    wires_removed: frozenset[Wire] = frozenset()
    moved: frozenset[str] = frozenset()
    settings: bool = False
    reordered: bool = False
    words_only: bool = False

    @classmethod
    def between(cls, before: Document, after: Document) -> Change:
        kept = before.nodes.keys() & after.nodes.keys()
        old_wires, new_wires = frozenset(before.wires), frozenset(after.wires)
        differing = {
            name
            for name in Document.model_fields
            if getattr(before, name) is not getattr(after, name)
            and getattr(before, name) != getattr(after, name)
        }
        return cls(
            nodes_added=frozenset(after.nodes.keys() - kept),
            nodes_removed=frozenset(before.nodes.keys() - kept),
            nodes_changed=frozenset(node for node in kept if _differ(before.nodes[node], after.nodes[node])),
            wires_added=new_wires - old_wires,
            wires_removed=old_wires - new_wires,
            moved=frozenset(node for node in kept if before.layout.get(node) != after.layout.get(node)),
            settings=bool(differing - _GRAPH),
            reordered=before.wires != after.wires or list(before.nodes) != list(after.nodes),
            words_only=bool(differing) and differing <= _WORDS,
        )

    @property
    def touches_meaning(self) -> bool:
        """Whether shapes, sizes or problems may be different now; a move or a new name never changes them."""
        graph = self.nodes_added or self.nodes_removed or self.nodes_changed or self.reordered
        return bool(graph) or (self.settings and not self.words_only)


def _differ(before: object, after: object) -> bool:
    return before is not after and before != after
