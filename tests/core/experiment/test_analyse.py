"""Shapes and problems: what flows where, what is wrong in plain words, and fixes that do fix it."""

# ruff: noqa: E501 - a sentence that is compared stays on one line

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom
from gradloom import nn
from gradloom.data.sources import Samples
from gradloom.experiment.analyse import AnalysisCache, analyse, can_connect, compatible_kinds
from gradloom.experiment.analysis import Analysis, InsertNode, Problem, SetParameter
from gradloom.experiment.document import Choice, DataSettings, Document, Wire
from gradloom.experiment.document_file import parse
from gradloom.experiment.examples import NAMES, read_example
from gradloom.plugins.catalogue import Catalogue, Kind
from gradloom.plugins.describe import describe

CACHE = AnalysisCache()


def chain(*kinds: str, data: str = "mnist5k", wires: tuple[str, ...] = ()) -> Document:
    """A document of nodes n0, n1, ... in a row, each written as in a file: "Linear", or "Linear, out_features=3"."""
    lines = [f'n{i} = {{ kind = "{kind}"{comma}{rest} }}' for i, (kind, comma, rest) in
             enumerate(kind.partition(",") for kind in kinds)]  # fmt: skip
    row = [f"n{i} -> n{i + 1}" for i in range(len(kinds) - 1)] if not wires else list(wires)
    nodes = "\n".join(lines)
    return parse(f'[data]\nkind = "{data}"\n[nodes]\n{nodes}\n[graph]\nwires = {row}')


def fixed(document: Document, fix: object) -> Document:
    """The document after the fix, as the window applies it."""
    match fix:
        case SetParameter(_, node, name, value):
            choice = document.nodes[node]
            changed = Choice(kind=choice.kind, parameters={**choice.parameters, name: value})  # type: ignore[dict-item]
            return document.model_copy(update={"nodes": {**document.nodes, node: changed}})
        case InsertNode(_, wire, choice):
            first = Wire(source=wire.source, target="new")
            second = Wire(source="new", target=wire.target, port=wire.port)
            wires = [
                part for each in document.wires for part in ((first, second) if each == wire else (each,))
            ]
            nodes = {**document.nodes, "new": choice}
            return document.model_copy(update={"nodes": nodes, "wires": tuple(wires)})
    raise AssertionError(fix)


MLP = ("Input", "Flatten", "Linear, out_features=64", "ReLU", "Linear, out_features=10", "CrossEntropyLoss")


def test_shapes_and_counts_follow_from_the_layers(catalogue: Catalogue) -> None:
    analysis = analyse(chain(*MLP), catalogue, CACHE)
    assert analysis.problems == ()
    assert [report.output for report in analysis.nodes.values()] == [
        (1, 28, 28), (784,), (64,), (64,), (10,), None
    ]  # fmt: skip
    assert analysis.nodes["n2"].inferred == {"in_features": 784}
    assert analysis.parameter_count == 784 * 64 + 64 + 64 * 10 + 10
    assert analysis.wires[Wire(source="n0", target="n1")] == (1, 28, 28)


def test_convolutions_and_norms_infer_their_channels(catalogue: Catalogue) -> None:
    document = chain(
        "Input", "Conv2d, out_channels=4, kernel_size=3", "BatchNorm2d", "MaxPool2d, kernel_size=2", "Flatten",
        "LayerNorm", "BatchNorm1d", "Linear, out_features=10", "CrossEntropyLoss",
    )  # fmt: skip
    analysis = analyse(document, catalogue, CACHE)
    assert analysis.problems == ()
    assert analysis.nodes["n1"].inferred == {"in_channels": 1}
    assert analysis.nodes["n2"].inferred == {"num_features": 4}
    assert analysis.nodes["n3"].output == (4, 13, 13)
    assert analysis.nodes["n5"].inferred == {"normalized_shape": 676}


# Each mistake, its sentence, and whether its first fix makes the document sound.

WRONG = [
    (chain(*MLP[:4], "Linear, out_features=64", "CrossEntropyLoss"), "n5",
     "The network gives 64 values a sample; mnist5k has 10 classes. Set out_features of 'n4' to 10.", True),
    (chain("Input", "Flatten", "CrossEntropyLoss"), "n2",
     "The network gives 784 values a sample; mnist5k has 10 classes. Insert Linear 10.", True),
    (chain("Input", "Linear, out_features=10", "CrossEntropyLoss"), "n2",
     "CrossEntropyLoss 'n2' gets (N, 1, 28, 10) from 'n1', but takes (N, 10): one value for each class of mnist5k.",
     True),
    (chain("Input", "Linear, out_features=64", "ReLU", "Linear, out_features=10", "CrossEntropyLoss"), "n4",
     "CrossEntropyLoss 'n4' gets (N, 1, 28, 10) from 'n3', but takes (N, 10)", True),
    (chain("Input", "Flatten", "Conv2d, out_channels=4, kernel_size=3", "Flatten", "Linear, out_features=10",
           "CrossEntropyLoss"), "n2",
     "Conv2d 'n2' gets (N, 784) from 'n1', but takes images of (N, channels, height, width).", True),
    (chain("Input", "BatchNorm1d", "Linear, out_features=10", "CrossEntropyLoss"), "n1",
     "BatchNorm1d 'n1' gets (N, 1, 28, 28) from 'n0', but takes (N, features) or (N, channels, length).", True),
    (chain("Input", "Flatten", "Linear, in_features=700, out_features=10", "CrossEntropyLoss"), "n2",
     "Linear 'n2' has in_features 700, but gets (N, 784) from 'n1'; in_features must be 784.", True),
    (chain("Input", "Flatten", "Linear, out_features=1000000000", "CrossEntropyLoss"), "n2",
     "Linear 'n2' cannot take (N, 784) from 'n1': it would have 784,000,000,000 weights", False),
    (chain("Input", "Conv2d, out_channels=4, kernel_size=40", "Flatten", "Linear, out_features=10",
           "CrossEntropyLoss"), "n1", "Conv2d 'n1' cannot take (N, 1, 28, 28) from 'n0': ", False),
    (chain("Input", "Flatten, start_dim=0", "CrossEntropyLoss"), "n1",
     "Flatten 'n1' cannot take (N, 1, 28, 28) from 'n0': it does not keep the samples of a batch apart.", False),
    (chain("Input", "Embedding, num_embeddings=9, embedding_dim=2", "CrossEntropyLoss"), "n1",
     "Embedding 'n1' looks up whole numbers, but gets float32.", False),
    (chain("Input", "Linear, out_features=10", "MSELoss", data="iris"), "n2",
     "MSELoss 'n2' compares numbers, but iris gives classes; use a loss for classes", False),
    (chain("Input", "Linear, out_features=1", "CrossEntropyLoss", data="diabetes"), "n2",
     "CrossEntropyLoss 'n2' compares classes, but diabetes gives numbers; use a loss for numbers", False),
    (chain("Input", "Linear, out_features=2", "MSELoss", data="diabetes"), "n2",
     "The network gives 2 values a sample; diabetes has 1 number to predict. Set out_features of 'n1' to 1.", True),
    (chain("Input", "Linear, out_features=1", "MSELoss, reduction='none'", data="diabetes"), "n2",
     "MSELoss 'n2' gives many numbers, but training needs one to lower.", True),
    (chain("Input", "Flatten", "Linear, out_features=64", "MSELoss", data="digits8x8",
           wires=("n0 -> n1", "n1 -> n2", "n2 -> n3", "n0 -> n3.target")), "n3",
     "MSELoss 'n3' compares (N, 64) from 'n2' with a target of (N, 1, 8, 8); both must have one shape.", True),
    (chain("Input", "Flatten", "Linear, out_features=9", "MSELoss", data="digits8x8",
           wires=("n0 -> n1", "n1 -> n2", "n2 -> n3", "n1 -> n3.target")), "n3",
     "MSELoss 'n3' compares (N, 9) from 'n2' with a target of (N, 64); both must have one shape.", True),
    (chain("Input", "Linear, out_features=3", "Linear, out_features=4", "Add", "Linear, out_features=3",
           "CrossEntropyLoss", data="iris",
           wires=("n0 -> n1", "n0 -> n2", "n1 -> n3", "n2 -> n3", "n3 -> n4", "n4 -> n5")), "n3",
     "Add 'n3' combines (N, 3) from 'n1' and (N, 4) from 'n2', whose shapes differ.", True),
    (chain("Input", "Flatten", "Concat", "CrossEntropyLoss", wires=("n0 -> n2", "n1 -> n2", "n0 -> n1", "n2 -> n3")),
     "n2", "Concat 'n2' joins (N, 1, 28, 28) from 'n0' and (N, 784) from 'n1' along axis 1, but", False),
    (chain("Input, field='z'", "CrossEntropyLoss", data="iris"), "n0", "iris has no field 'z' for Input 'n0'.", False),
    (chain("Input", "Linear, out_feature=3", "CrossEntropyLoss", data="iris"), "n1",
     "Linear 'n1' has no parameter 'out_feature'; did you mean 'out_features'?", False),
    (chain("Input", "Linear", "CrossEntropyLoss", data="iris"), "n1",
     "Linear 'n1' needs out_features: a whole number > 0.", False),
    (chain("Input", "Linear, out_features='three'", "CrossEntropyLoss", data="iris"), "n1",
     "Linear 'n1' is set wrongly: out_features must be a whole number > 0, not \"three\".", False),
    (chain("Input", "Dropout, p=1.5", "CrossEntropyLoss", data="iris"), "n1",
     "Dropout 'n1' is set wrongly: p must be a number from 0 to 1, not 1.5.", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "node", "sentence", "has_fix"), WRONG, ids=[each[2][:50] for each in WRONG]
)
def test_a_mistake_is_one_sentence_and_its_fix_fixes_it(
    catalogue: Catalogue, document: Document, node: str, sentence: str, has_fix: bool
) -> None:
    problem = analyse(document, catalogue, CACHE).obstacles[0]
    assert problem.message.startswith(sentence)
    assert problem.node == node
    assert bool(problem.fixes) == has_fix
    for fix in problem.fixes:
        after = analyse(fixed(document, fix), catalogue, CACHE)
        assert problem.message not in {other.message for other in after.problems}
    if has_fix:
        repaired = document
        for _ in range(3):
            obstacles = analyse(repaired, catalogue, CACHE).obstacles
            repaired = fixed(repaired, obstacles[0].fixes[0]) if obstacles else repaired
        assert analyse(repaired, catalogue, CACHE).obstacles == ()


@pytest.mark.parametrize(
    ("settings", "code", "sentence"),
    [
        ('[data]\nkind = "mnist"', "data", "There is no data set 'mnist'; did you mean mnist5k?"),
        ('[data]\nkind = "spirals"\nclasses = 50', "data", "spirals"),
        ('[data]\nkind = "csv"\npath = "gone.csv"', "data", "gone.csv"),
        ('[data]\nkind = "iris"\n[[data.transforms]]\nkind = "Blur"', "transform", "There is no transform 'Blur'"),
        ('[optimizer]\nkind = "sgd"', "optimizer", "There is no optimizer 'sgd'"),
        ('[optimizer]\nkind = "SGD"\nlr = -1', "optimizer", "The optimizer SGD is set wrongly: lr must be a number >= 0"),
        ('[optimizer]\nkind = "SGD"\nrate = 1', "optimizer", "The optimizer SGD has no parameter 'rate'"),
        ('[schedule]\nkind = "StepLR"', "schedule", "The schedule StepLR needs step_size: a whole number"),
        ('[training]\nmetrics = ["acc"]', "metric", "There is no metric 'acc'"),
    ],
)  # fmt: skip
def test_what_surrounds_the_graph_is_checked(
    catalogue: Catalogue, settings: str, code: str, sentence: str
) -> None:
    problem = next(each for each in analyse(parse(settings), catalogue, CACHE).problems if each.code == code)
    assert sentence in problem.message
    assert problem.node is None


def test_a_branch_that_feeds_no_loss_is_reported_but_does_not_block(catalogue: Catalogue) -> None:
    document = chain(
        *MLP, "Linear, out_features=0", wires=(*(f"n{i} -> n{i + 1}" for i in range(5)), "n1 -> n6")
    )
    analysis = analyse(document, catalogue, CACHE)
    assert {(problem.code, problem.node) for problem in analysis.problems} == {
        ("bad-parameter", "n6"), ("unused-output", "n6")
    }  # fmt: skip
    assert analysis.obstacles == ()


HUGE = [
    ("Conv2d, out_channels=1, kernel_size=1, padding=30000", "it would fill 3,603,360,784 numbers"),
    ("Conv2d, out_channels=1000000, kernel_size=[60, 60]", "it would have 3,600,000,000 weights"),
    (
        "ConvTranspose2d, out_channels=1, kernel_size=1, stride=[9000, 900]",
        "it would fill 6,350,400,000 numbers",
    ),
    ("AdaptiveAvgPool2d, output_size=100000", "it would fill 10,000,000,000 numbers"),
    ("Linear, out_features=10000000", "it would have 280,000,000 weights"),
]


@pytest.mark.parametrize(("layer", "sentence"), HUGE)
def test_a_huge_layer_is_refused_before_it_is_made(catalogue: Catalogue, layer: str, sentence: str) -> None:
    start = time.thread_time()
    document = chain("Input", layer, "Flatten", "Linear, out_features=10", "CrossEntropyLoss")
    assert sentence in analyse(document, catalogue, CACHE).obstacles[0].message
    assert time.thread_time() - start < 0.5


# Wires that do not exist yet


@pytest.mark.parametrize(
    ("source", "target", "port", "sentence"),
    [
        ("n1", "n6", "", None),
        ("n3", "n6", "", None),
        ("n0", "n6", "", "Linear 'n6' has in_features 784, but gets (N, 1, 28, 28) from 'n0'; flatten it first."),
        ("n0", "n7", "", None),
        ("n1", "n7", "", "Conv2d 'n7' gets (N, 784) from 'n1', but takes images"),
        ("n6", "n1", "", "The input of Flatten 'n1' takes one wire"),
        ("n8", "n9", "", "'n9' already feeds 'n8'; this wire would close a circle."),
        ("n9", "n9", "", "'n9' cannot feed itself."),
        ("n5", "n9", "", "Nothing comes after a loss"),
        ("n1", "n9", "x", "Add 'n9' has no input 'x'"),
        ("n1", "n5", "target", "CrossEntropyLoss 'n5' compares (N, 10) from 'n4' with a target of (N, 784); both"),
        ("n4", "n5", "target", None),
        ("gone", "n9", "", "The wire 'gone -> n9' starts at 'gone'"),
    ],
)  # fmt: skip
def test_a_wire_is_judged_before_it_exists(
    catalogue: Catalogue, source: str, target: str, port: str, sentence: str | None
) -> None:
    document = chain(
        *MLP, "Linear, out_features=3, in_features=784", "Conv2d, out_channels=2, kernel_size=3", "ReLU", "Add",
        wires=(*(f"n{i} -> n{i + 1}" for i in range(5)), "n9 -> n8"),
    )  # fmt: skip
    if source == "n3":
        document = fixed(document, SetParameter("", "n2", "out_features", 784))
    analysis = analyse(document, catalogue, CACHE)
    problem = can_connect(document, analysis, catalogue, source, target, port, CACHE)
    if sentence is None:
        assert problem is None
    else:
        assert problem is not None
        assert problem.message.startswith(sentence)
        assert problem.wire == Wire(source=source, target=target, port=port)


def test_the_kinds_that_fit_a_shape(catalogue: Catalogue) -> None:
    analysis = analyse(chain(*MLP), catalogue, CACHE)
    on_image = compatible_kinds(analysis, catalogue, "n0", CACHE)
    on_row = compatible_kinds(analysis, catalogue, "n1", CACHE)
    assert {"Conv2d", "MaxPool2d", "Flatten", "Linear", "ReLU"} <= set(on_image)
    assert {"BatchNorm1d", "Embedding", "Input"}.isdisjoint(on_image)
    assert {"Linear", "ReLU", "BatchNorm1d", "Dropout"} <= set(on_row)
    assert {"Softmax", "Dropout2d"} <= set(on_row), "a layer that only warns of something fits"
    assert {"Conv2d", "BatchNorm2d", "MaxPool2d"}.isdisjoint(on_row)


# Layers and data sets of plugins, which may do anything


class Sulky(nn.Module):
    """Refuses."""

    def forward(self, input: gradloom.Tensor) -> gradloom.Tensor:
        raise SystemExit("no\nmore to say")


class Silent(nn.Module):
    """Forgets its result."""

    def forward(self, input: gradloom.Tensor) -> gradloom.Tensor:
        return None  # type: ignore[return-value]


class Greedy(nn.Module):
    """Wants it all."""

    def forward(self, input: gradloom.Tensor) -> gradloom.Tensor:
        return gradloom.zeros(10**6, 10**6, 10**6)


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        (Sulky, "Sulky 'n1' cannot take (N, 4) from 'n0': no."),
        (Silent, "Silent 'n1' cannot take (N, 4) from 'n0': it gives a NoneType instead of a tensor."),
        (Greedy, "Greedy 'n1' cannot take (N, 4) from 'n0': there is not enough memory for it."),
    ],
)
def test_a_layer_that_misbehaves_is_a_problem_of_its_node(
    catalogue: Catalogue, layer: type[nn.Module], sentence: str
) -> None:
    entry = describe(layer, Kind.LAYER, layer.__name__, "acme")
    catalogue = Catalogue({**catalogue, entry.key: entry})
    document = chain("Input", layer.__name__, "Linear, out_features=3", "CrossEntropyLoss", data="iris")
    (problem,) = analyse(document, catalogue).problems
    assert problem.message == sentence


def test_a_data_set_that_misbehaves_is_a_problem(catalogue: Catalogue) -> None:
    def broken() -> Samples:
        """Breaks."""
        raise ZeroDivisionError("division by zero")

    entry = describe(broken, Kind.DATASET, "acme.broken", "acme")
    catalogue = Catalogue({**catalogue, entry.key: entry})
    analysis = analyse(chain("Input", "MSELoss", data="acme.broken"), catalogue)
    assert [(problem.code, problem.message) for problem in analysis.problems] == [
        ("data", "The data set acme.broken cannot be loaded: division by zero.")
    ]


def test_a_changed_file_is_read_again(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    document = Document(
        data=DataSettings(source=Choice(kind="csv", parameters={"path": str(path)})),
        nodes={"x": Choice(kind="Input")},
    )
    cache = AnalysisCache()
    for columns in (2, 3):
        lines = [",".join([f"c{i}" for i in range(columns)] + ["y"])]
        lines += [",".join(str(row * i + 0.5) for i in range(columns + 1)) for row in range(12)]
        path.write_text("\n".join(lines), encoding="utf-8")
        assert analyse(document, catalogue, cache).nodes["x"].output == (columns,)
    path.unlink()
    assert "data" in {problem.code for problem in analyse(document, catalogue, cache).problems}


# Promises of the whole


def test_analysis_draws_from_no_shared_stream(catalogue: Catalogue) -> None:
    document = chain("Input", "Flatten", "Linear, out_features=64", "Dropout", "Linear, out_features=10",
                     "CrossEntropyLoss")  # fmt: skip
    gradloom.manual_seed(3)
    before = gradloom.get_rng_state().array.copy()
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002
    analyse(document, catalogue)
    assert np.array_equal(gradloom.get_rng_state().array, before)
    assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002


def test_analysis_after_an_edit_is_quick(catalogue: Catalogue) -> None:
    hidden = [kind for _ in range(23) for kind in ("Linear, out_features=64", "ReLU")]
    document = chain("Input", "Flatten", *hidden, "Linear, out_features=10", "CrossEntropyLoss")
    cache = AnalysisCache()
    analyse(document, catalogue, cache)
    times = []
    for width in range(65, 75):
        edited = fixed(document, SetParameter("", "n24", "out_features", width))
        start = time.thread_time()
        analysis = analyse(edited, catalogue, cache)
        times.append(time.thread_time() - start)
        assert analysis.nodes["n26"].inferred == {"in_features": width}
    assert min(times) < 0.005


kinds = st.sampled_from(
    ["Input", "Linear", "Conv2d", "MaxPool2d", "BatchNorm1d", "Flatten", "ReLU", "Add", "Concat", "Dropout", "Softmax",
     "LayerNorm", "Unflatten", "MSELoss", "CrossEntropyLoss", "Adam", "acme.Unknown", "linear"]
)  # fmt: skip
odd_values = st.sampled_from(
    [0, 1, 2, 3, 10, -1, 0.5, True, "same", "none", (1, 2), (), 10**12, float("inf")]
)
odd_choices = st.builds(
    Choice,
    kind=kinds,
    parameters=st.dictionaries(
        st.sampled_from(["out_features", "in_features", "out_channels", "kernel_size", "dim", "p", "field",
                         "unflattened_size", "reduction", "start_dim", "x"]),
        odd_values,
        max_size=3,
    ),
)  # fmt: skip
names = st.sampled_from(["a", "b", "c", "d", "e", "f", "training"])
odd_documents = st.builds(
    Document,
    data=st.builds(
        DataSettings,
        source=st.sampled_from(["iris", "digits8x8", "diabetes", "gone"]).map(lambda k: Choice(kind=k)),
    ),
    nodes=st.dictionaries(names, odd_choices, max_size=7),
    wires=st.lists(
        st.builds(Wire, source=names, target=names, port=st.sampled_from(["", "input", "inputs", "target"])),
        max_size=9,
    ).map(tuple),
)


@given(odd_documents)
@settings(max_examples=70, deadline=None)
def test_no_document_makes_analysis_raise(catalogue: Catalogue, document: Document) -> None:
    analysis = analyse(document, catalogue, CACHE)
    assert analysis.nodes.keys() == document.nodes.keys()
    assert analysis.wires.keys() == set(document.wires)
    for problem in analysis.problems:
        check_sentence(problem)
        if problem.node is not None:
            assert problem.node in document.nodes
    for source in document.nodes:
        for target in document.nodes:
            can_connect(document, analysis, catalogue, source, target, "", CACHE)


def check_sentence(problem: Problem) -> None:
    """One sentence for people: no line breaks, no traceback, an end."""
    assert "\n" not in problem.message
    assert "Traceback" not in problem.message
    assert problem.message[-1] in ".?"
    assert re.match(r"['\"\w]", problem.message)
    assert len(problem.message) < 400


def test_every_example_is_sound(catalogue: Catalogue) -> None:
    found: dict[str, Analysis] = {name: analyse(read_example(name), catalogue, CACHE) for name in NAMES}
    assert {name: analysis.problems for name, analysis in found.items() if analysis.problems} == {}
