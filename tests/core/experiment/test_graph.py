"""Graphs: order, cycles, and every structural mistake with its name and place."""

# ruff: noqa: E501 - a sentence that is compared stays on one line

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.experiment.analysis import Problem
from gradloom.experiment.document import Choice, Document, Wire
from gradloom.experiment.document_file import parse
from gradloom.experiment.graph import cycles, read_graph, topological_order
from gradloom.plugins.catalogue import Catalogue

CHAIN = """
[nodes]
image = { kind = "Input" }
fc = { kind = "Linear", out_features = 10 }
relu = { kind = "ReLU" }
add = { kind = "Add" }
loss = { kind = "CrossEntropyLoss" }
[graph]
wires = ["image -> fc", "fc -> relu", "relu -> add", "fc -> add", "add -> loss"]
"""


def problems(catalogue: Catalogue, *wires: str, nodes: str = "") -> list[Problem]:
    """What is wrong with the chain once these wires and nodes have joined it."""
    text = CHAIN.replace("[graph]", f"{nodes}\n[graph]")
    listed = "".join(f', "{wire}"' for wire in wires)
    document = parse(text.replace('"add -> loss"]', f'"add -> loss"{listed}]'))
    return list(read_graph(document, catalogue).problems)


def test_a_sound_graph_has_no_problems(catalogue: Catalogue) -> None:
    graph = read_graph(parse(CHAIN), catalogue)
    assert graph.problems == ()
    assert graph.order == ("image", "fc", "relu", "add", "loss")
    assert [wire.source for wire in graph.wires_into("add")] == ["relu", "fc"]


@pytest.mark.parametrize(
    ("wire", "code", "sentence"),
    [
        ("fc -> gone", "dangling-wire", "The wire 'fc -> gone' ends at 'gone', but there is no such node."),
        ("fcc -> add", "dangling-wire", "The wire 'fcc -> add' starts at 'fcc', but there is no such node; did you mean 'fc'?"),
        ("relu -> fc", "two-wires", "The input of Linear 'fc' takes one wire, but 'image' and 'relu' both feed it; join them"),
        ("fc -> relu.x", "unknown-port", "ReLU 'relu' has no input 'x'; it has input."),
        ("fc -> loss.goal", "unknown-port", "CrossEntropyLoss 'loss' has no input 'goal'; it has input and target."),
        ("fc -> image", "unknown-port", "Input 'image' takes no wire: it is where the data come in."),
        ("loss -> add", "after-loss", "Nothing comes after a loss: remove the wire 'loss -> add'."),
        ("relu -> add", "duplicate-wire", "'relu' is wired to Add 'add' twice; remove one of the wires."),
        ("add -> add", "cycle", "'add' feeds itself; remove the wire from it to itself."),
    ],
)  # fmt: skip
def test_a_wrong_wire_is_named(catalogue: Catalogue, wire: str, code: str, sentence: str) -> None:
    (problem,) = problems(catalogue, wire)
    assert problem.code == code
    assert problem.message.startswith(sentence)
    assert str(problem.wire) == wire
    assert problem.blocking


def test_a_cycle_names_its_nodes_in_the_wires_direction(catalogue: Catalogue) -> None:
    nodes = 'a = { kind = "Add" }\nb = { kind = "Tanh" }\nc = { kind = "Tanh" }'
    found = problems(catalogue, "relu -> a", "a -> b", "b -> c", "c -> a", "c -> add", nodes=nodes)
    (cycle,) = (problem for problem in found if problem.code == "cycle")
    assert cycle.message in {
        f"The nodes {names} feed each other in a circle; remove one of the wires between them."
        for names in ("'a', 'b', 'c'", "'b', 'c', 'a'", "'c', 'a', 'b'")
    }
    assert cycle.wire is not None
    assert str(cycle.wire) in ("a -> b", "b -> c", "c -> a")


@pytest.mark.parametrize(
    ("nodes", "code", "sentence"),
    [
        ('x = { kind = "Relu" }', "unknown-kind", "There is no layer 'Relu' for node 'x'; did you mean 'ReLU'?"),
        ('x = { kind = "acme.Magic" }', "unknown-kind", "There is no layer 'acme.Magic' for node 'x'; is the plugin acme installed?"),
        ('x = { kind = "Adam" }', "unknown-kind", "Node 'x' is the optimizer Adam; a node must be a layer or a loss."),
        ('x = { kind = "MSELoss" }', "two-losses", "There are two losses, 'loss' and 'x'; remove one of them."),
        ('x = { kind = "ReLU" }', "missing-input", "Nothing is wired to ReLU 'x'; pull a wire to its input."),
        ('x = { kind = "Add" }', "missing-input", "Nothing is wired to Add 'x'; pull a wire to its input."),
        ('x = { kind = "Input" }', "unused-output", "Input 'x' leads nowhere; nothing uses what it gives."),
    ],
)  # fmt: skip
def test_a_wrong_node_is_named(catalogue: Catalogue, nodes: str, code: str, sentence: str) -> None:
    found = {problem.code: problem for problem in problems(catalogue, nodes=nodes)}
    assert found[code].message == sentence
    assert found[code].node == "x"


def test_an_empty_graph_says_what_it_lacks(catalogue: Catalogue) -> None:
    assert [problem.code for problem in read_graph(Document(), catalogue).problems] == ["no-input", "no-loss"]


def test_what_does_not_feed_the_loss_does_not_block(catalogue: Catalogue) -> None:
    found = problems(catalogue, "fc -> idle", nodes='idle = { kind = "Tanh" }\nloose = { kind = "Tanh" }')
    assert {(problem.code, problem.node) for problem in found} == {
        ("unused-output", "idle"), ("unused-output", "loose"), ("missing-input", "loose")
    }  # fmt: skip
    assert not any(problem.blocking for problem in found)


def test_unknown_kinds_keep_their_wires(catalogue: Catalogue) -> None:
    document = parse(CHAIN.replace('"ReLU"', '"acme.Magic"').replace("fc -> relu", "fc -> relu.port"))
    graph = read_graph(document, catalogue)
    assert [problem.code for problem in graph.problems] == ["unknown-kind"]
    assert [str(wire) for wire in graph.wires_into("relu")] == ["fc -> relu.port"]


# Any graph

sizes = st.integers(1, 12)
graphs = sizes.flatmap(
    lambda size: st.lists(st.tuples(*[st.integers(0, size - 1)] * 2), max_size=20).map(
        lambda wires: (size, wires)
    )
)


def sources_of(size: int, wires: list[tuple[int, int]]) -> dict[str, list[str]]:
    sources: dict[str, list[str]] = {str(node): [] for node in range(size)}
    for source, target in wires:
        sources[str(target)].append(str(source))
    return sources


@given(graphs)
@settings(deadline=None)
def test_the_order_is_topological_and_cycles_are_cycles(graph: tuple[int, list[tuple[int, int]]]) -> None:
    sources = sources_of(*graph)
    order = topological_order(sources, sources)
    place = {node: number for number, node in enumerate(order)}
    for node in order:
        assert all(place[source] < place[node] for source in sources[node])
    left = sources.keys() - set(order)
    found = list(cycles(left, sources))
    assert bool(found) == bool(left)
    for cycle in found:
        assert all(before in sources[node] for before, node in zip(cycle[-1:] + cycle, cycle, strict=False))
    assert len({node for cycle in found for node in cycle}) == sum(map(len, found))


@given(st.permutations(range(8)))
def test_among_equals_the_document_decides(names: list[int]) -> None:
    assert topological_order(map(str, names), {str(name): [] for name in names}) == tuple(map(str, names))


def test_a_chain_of_ten_thousand_nodes_is_no_trouble(catalogue: Catalogue) -> None:
    count = 10_000
    nodes = {f"n{i}": Choice(kind="ReLU") for i in range(count)}
    wires = tuple(Wire(source=f"n{i}", target=f"n{i + 1}") for i in range(count - 1))
    graph = read_graph(Document(nodes=nodes, wires=wires), catalogue)
    assert len(graph.order) == count
    circle = (*wires, Wire(source=f"n{count - 1}", target="n0"))
    graph = read_graph(Document(nodes=nodes, wires=circle), catalogue)
    assert [problem.code for problem in graph.problems].count("cycle") == 1


def test_what_an_installed_plugin_lacks_is_answered_by_what_it_has(catalogue: Catalogue) -> None:
    swish = replace(catalogue["ReLU"], key="acme.Swish", plugin="acme")
    known = Catalogue({**catalogue, swish.key: swish})
    unknown = next(
        problem
        for problem in problems(known, nodes='x = { kind = "acme.Magic" }')
        if problem.code == "unknown-kind"
    )
    assert unknown.message == "There is no layer 'acme.Magic' for node 'x'; the plugin has acme.Swish."
