"""What comes onto the canvas works where it lands."""

from __future__ import annotations

from gradloom.plugins import Catalogue
from gradloom.plugins.catalogue import Kind
from gradloom_studio.model.starting import starting_choice


def test_every_built_in_layer_starts_with_what_must_be_chosen(catalogue: Catalogue) -> None:
    shapes_only = {"unflattened_size"}
    for entry in (*catalogue.of(Kind.LAYER), *catalogue.of(Kind.LOSS)):
        chosen = starting_choice(entry.key, catalogue).parameters
        needed = {one.name for one in entry.parameters if one.required and not one.inferred}
        assert chosen.keys() == needed, entry.key
        assert shapes_only.isdisjoint(chosen) or chosen["unflattened_size"] == 1


def test_an_unknown_kind_starts_bare(catalogue: Catalogue) -> None:
    assert starting_choice("acme.Mystery", catalogue).parameters == {}
