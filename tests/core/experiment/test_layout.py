"""Arranged graphs: left to right, on the grid, nothing on top of anything, and fast."""

from __future__ import annotations

import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.experiment.document import Choice, Document, Wire
from gradloom.experiment.examples import NAMES, read_example
from gradloom.experiment.layout import arrange

WIDTH, HEIGHT = 176, 64

names = st.sampled_from([f"n{i}" for i in range(12)])
documents = st.builds(
    Document,
    nodes=st.dictionaries(names, st.just(Choice(kind="Add")), max_size=12),
    wires=st.lists(st.builds(Wire, source=names, target=names), max_size=24).map(tuple),
)


def graph(*wires: str) -> Document:
    ends = [tuple(wire.split()) for wire in wires]
    nodes = dict.fromkeys((node for wire in ends for node in wire), Choice(kind="Add"))
    return Document(nodes=nodes, wires=tuple(Wire(source=a, target=b) for a, b in ends))


@given(documents)
@settings(max_examples=100, deadline=None)
def test_nodes_stand_on_the_grid_and_apart(document: Document) -> None:
    places = arrange(document)
    assert places.keys() == document.nodes.keys()
    assert all(x % 8 == 0 and y % 8 == 0 for x, y in places.values())
    for (x1, y1), (x2, y2) in combinations(places.values(), 2):
        assert abs(x1 - x2) >= WIDTH + 24 or abs(y1 - y2) >= HEIGHT + 24


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=24))
def test_wires_run_to_the_right_or_to_a_band_below(pairs: list[tuple[int, int]]) -> None:
    places = arrange(graph(*(f"n{min(pair)} n{max(pair)}" for pair in pairs if pair[0] != pair[1])))
    for a, b in pairs:
        if a != b:
            (x1, y1), (x2, y2) = places[f"n{min(a, b)}"], places[f"n{max(a, b)}"]
            assert x1 < x2 or y1 + HEIGHT < y2


def test_a_chain_is_a_straight_line() -> None:
    places = arrange(graph("a b", "b c", "c d"))
    assert len({y for _, y in places.values()}) == 1


def test_a_long_chain_is_folded_into_even_bands() -> None:
    places = arrange(graph("a b", "b c", "c d", "d e", "e f", "f g", "g h"))
    bands = sorted({y for _, y in places.values()})
    assert [sum(y == band for _, y in places.values()) for band in bands] == [4, 4]
    assert places["e"][0] == places["a"][0]


def test_no_fold_cuts_through_a_shortcut() -> None:
    chain = [f"n{i} n{i + 1}" for i in range(11)]
    places = arrange(graph(*chain, "n1 n7"))
    assert places["n1"][0] < places["n7"][0]
    assert abs(places["n1"][1] - places["n7"][1]) < HEIGHT


def test_a_shortcut_has_a_lane_of_its_own() -> None:
    places = arrange(graph("a b", "b c", "c d", "a d"))
    straight = places["a"][1]
    assert straight == places["d"][1]
    assert all(abs(places[node][1] - straight) > HEIGHT / 2 for node in ("b", "c"))


def test_branches_do_not_cross() -> None:
    places = arrange(
        graph("in a1", "in b1", "in c1", "c1 c2", "a1 a2", "b1 b2", "b2 out", "c2 out", "a2 out")
    )
    rows = [[places[name + column][1] for name in "abc"] for column in "12"]
    assert rows[0] == rows[1]


def test_thousands_of_nodes_take_moments() -> None:
    count = 4_000
    nodes = {f"n{i}": Choice(kind="Add") for i in range(count)}
    ends = [(i, min(count - 1, i + step)) for i in range(count - 1) for step in (1, 2, 7)]
    document = Document(nodes=nodes, wires=tuple(Wire(source=f"n{a}", target=f"n{b}") for a, b in ends))
    start = time.thread_time()
    arrange(document)
    assert time.thread_time() - start < 3


@pytest.mark.parametrize("name", NAMES)
def test_examples_come_arranged(name: str) -> None:
    document = read_example(name)
    assert document.layout == arrange(document)
