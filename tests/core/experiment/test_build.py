"""Networks from documents: names, order of random numbers, inputs, branches, agreement with analysis."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import gradloom
from gradloom import nn
from gradloom.experiment.analyse import AnalysisCache, analyse
from gradloom.experiment.build import BuildError, Network, build
from gradloom.experiment.document import Choice, DataSettings, Document, Wire
from gradloom.experiment.document_file import parse
from gradloom.experiment.examples import read_example
from gradloom.plugins.catalogue import Catalogue, Kind
from gradloom.plugins.describe import describe
from gradloom.tensor import Tensor

CACHE = AnalysisCache()

RESIDUAL = """
[data]
kind = "iris"
[nodes]
flower = { kind = "Input" }
width = { kind = "Input", field = "petal width" }
fc1 = { kind = "Linear", out_features = 5 }
relu = { kind = "ReLU" }
fc2 = { kind = "Linear", out_features = 5 }
add = { kind = "Add" }
both = { kind = "Concat" }
training = { kind = "Linear", out_features = 3 }
idle = { kind = "Linear", out_features = 7 }
loss = { kind = "CrossEntropyLoss" }
[graph]
wires = ["flower -> fc1", "fc1 -> relu", "relu -> fc2", "fc2 -> add", "fc1 -> add",
         "width -> both", "add -> both", "both -> training", "training -> loss", "fc1 -> idle"]
"""


def fields_of(catalogue: Catalogue, document: Document) -> list[str]:
    entry = catalogue[document.data.source.kind]
    return list(entry.factory(**document.data.source.parameters).inputs)


def residual(catalogue: Catalogue) -> Document:
    """The document above, with the name that the data set gives its last column."""
    return parse(RESIDUAL.replace("petal width", fields_of(catalogue, parse(RESIDUAL))[-1]))


def test_parameters_have_the_names_of_their_nodes(catalogue: Catalogue) -> None:
    network = build(residual(catalogue), catalogue)
    assert [name for name, _ in network.named_parameters()] == [
        "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "training.weight", "training.bias"
    ]  # fmt: skip
    assert network.state_dict()["training.weight"].shape == (3, 6)
    assert network.training is True
    assert network.eval().training is False
    assert not network.get_submodule("relu").training


def test_the_network_computes_what_the_wires_say(catalogue: Catalogue) -> None:
    network = build(residual(catalogue), catalogue)
    layers = dict(network.named_children())
    flowers, widths = gradloom.randn(7, 4), gradloom.randn(7, 1)
    labels = gradloom.zeros(7, dtype=gradloom.int64)
    hidden = layers["fc1"](flowers)
    added = layers["fc2"](hidden.relu()) + hidden
    expected = layers["training"](gradloom.cat([widths, added], 1))
    loss, output, target = network((flowers, widths), labels)
    assert network.fields[0] == "x"
    assert len(network.fields) == 2
    assert gradloom.equal(output, expected)
    assert gradloom.equal(loss, nn.CrossEntropyLoss()(expected, labels))
    assert target is labels
    assert gradloom.equal(network.predict((flowers, widths)), expected)
    loss.backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_a_chain_draws_its_weights_as_a_sequential_does(catalogue: Catalogue) -> None:
    gradloom.manual_seed(0)
    network = build(read_example("mnist-mlp"), catalogue)
    gradloom.manual_seed(0)
    plain = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))
    pairs = zip(network.parameters(), plain.parameters(), strict=True)
    assert all(gradloom.equal(ours, theirs) for ours, theirs in pairs)


def test_the_order_of_drawing_is_that_of_the_document_among_equals(catalogue: Catalogue) -> None:
    document = residual(catalogue)
    moved = {node: document.nodes[node] for node in ("loss", "training", "add", "both", "fc2", "relu", "fc1",
                                                     "width", "flower")}  # fmt: skip
    wires = tuple(wire for wire in document.wires if wire.target != "idle")
    network = build(document.model_copy(update={"nodes": moved, "wires": wires}), catalogue)
    assert [name for name, _ in network.named_children()] == [
        "width", "flower", "fc1", "relu", "fc2", "add", "both", "training", "loss"
    ]  # fmt: skip


def test_a_wired_target_is_what_the_loss_compares(catalogue: Catalogue) -> None:
    network = build(read_example("digits-autoencoder"), catalogue)
    images = gradloom.rand(5, 1, 8, 8)
    loss, output, target = network((images,), gradloom.zeros(5, dtype=gradloom.int64))
    assert gradloom.equal(target, images.flatten(1))
    assert output.shape == (5, 64)
    assert loss.item() == pytest.approx(((output - target) ** 2).mean().item(), rel=1e-5)


def test_a_document_that_cannot_be_trained_is_refused_with_its_problem(catalogue: Catalogue) -> None:
    text = RESIDUAL.replace('"training -> loss", ', "")
    with pytest.raises(BuildError, match="Nothing is wired to CrossEntropyLoss 'loss'") as caught:
        build(parse(text), catalogue)
    assert caught.value.problem.node == "loss"


def test_an_error_says_in_which_node_it_happened(catalogue: Catalogue) -> None:
    class Fragile(nn.Module):
        """Breaks on batches of 3."""

        def forward(self, input: Tensor) -> Tensor:
            if len(input) == 3:
                raise ZeroDivisionError("three")
            return input

    entry = describe(Fragile, Kind.LAYER, "Fragile", "acme")
    document = parse(RESIDUAL.replace('"ReLU"', '"Fragile"').replace(', field = "petal width"', ""))
    network = build(document, Catalogue({**catalogue, "Fragile": entry}))
    with pytest.raises(ZeroDivisionError) as caught:
        network((gradloom.zeros(3, 4),), gradloom.zeros(3, dtype=gradloom.int64))
    assert caught.value.__notes__ == ["In node 'relu' (Fragile), given (3, 5)."]


def test_a_deep_network_is_no_trouble(catalogue: Catalogue) -> None:
    depth = 1500
    nodes = {"x": Choice(kind="Input")} | {f"n{i}": Choice(kind="Tanh") for i in range(depth)}
    nodes |= {
        "fc": Choice(kind="Linear", parameters={"out_features": 3}),
        "loss": Choice(kind="CrossEntropyLoss"),
    }
    names = list(nodes)
    wires = tuple(Wire(source=a, target=b) for a, b in pairwise(names))
    data = DataSettings(source=Choice(kind="iris"))
    network = build(Document(nodes=nodes, wires=wires, data=data), catalogue)
    loss, *_ = network((gradloom.ones(2, 4),), gradloom.zeros(2, dtype=gradloom.int64))
    loss.backward()
    assert network.get_parameter("fc.weight").grad is not None


# Any graph

steps = st.sampled_from([
    Choice(kind="Linear", parameters={"out_features": 3}),
    Choice(kind="Linear", parameters={"out_features": 4, "bias": False}),
    Choice(kind="Conv2d", parameters={"out_channels": 2, "kernel_size": 3, "padding": 1}),
    Choice(kind="MaxPool2d", parameters={"kernel_size": 2}),
    Choice(kind="BatchNorm1d"),
    Choice(kind="BatchNorm2d"),
    Choice(kind="LayerNorm"),
    Choice(kind="Flatten"),
    Choice(kind="ReLU"),
    Choice(kind="Dropout"),
    Choice(kind="Add"),
    Choice(kind="Multiply"),
    Choice(kind="Concat"),
])  # fmt: skip


@st.composite
def dags(draw: st.DrawFn) -> Document:
    """A graph whose nodes have sources among earlier ones, with a head that fits its data."""
    data = draw(st.sampled_from(["iris", "digits8x8"]))
    nodes = {"n0": Choice(kind="Input")}
    wires = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        choice = draw(steps)
        nodes[f"n{number}"] = choice
        merges = choice.kind in ("Add", "Multiply", "Concat")
        back = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3 if merges else 1, unique=True))
        sources = sorted({max(0, number - distance) for distance in back})
        wires += [Wire(source=f"n{source}", target=f"n{number}") for source in sources]
    last = f"n{len(nodes) - 1}"
    nodes |= {
        "flat": Choice(kind="Flatten"),
        "head": Choice(kind="Linear", parameters={"out_features": 3 if data == "iris" else 10}),
        "loss": Choice(kind="CrossEntropyLoss"),
    }
    wires += [Wire(source=a, target=b) for a, b in ((last, "flat"), ("flat", "head"), ("head", "loss"))]
    source = DataSettings(source=Choice(kind=data))
    return Document(data=source, nodes=nodes, wires=tuple(wires))


@given(dags())
@settings(max_examples=50, deadline=None)
def test_every_network_has_the_shapes_that_analysis_foretold(
    catalogue: Catalogue, document: Document
) -> None:
    analysis = analyse(document, catalogue, CACHE)
    assume(not analysis.obstacles)
    network = build(document, catalogue, CACHE)
    shapes = {}

    def remember(name: str) -> object:
        def hook(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            shapes[name] = tuple(output.shape)

        return hook

    for name, layer in network.named_children():
        layer.register_forward_hook(remember(name))
    sample = (1, 8, 8) if document.data.source.kind == "digits8x8" else (4,)
    loss, _, _ = network((gradloom.randn(6, *sample),), gradloom.zeros(6, dtype=gradloom.int64))
    loss.backward()
    assert shapes.pop("loss") == ()
    assert shapes == {node: (6, *(analysis.nodes[node].output or ())) for node in shapes}
    counts = {name: sum(map(Tensor.numel, layer.parameters())) for name, layer in network.named_children()}
    assert counts == {node: analysis.nodes[node].parameter_count for node in counts}
    assert isinstance(network, Network)
