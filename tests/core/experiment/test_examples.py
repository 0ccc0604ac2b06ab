"""The bundled experiments: neat files, and results that they promise and reach."""

from __future__ import annotations

from importlib import resources

import pytest

from gradloom.experiment.document_file import DocumentError, parse, render
from gradloom.experiment.examples import NAMES, SUFFIX, example_text, list_examples, read_example
from gradloom.experiment.trainer import Trainer
from gradloom.plugins.catalogue import Catalogue


def test_every_file_is_listed() -> None:
    files = (resources.files("gradloom.experiment") / "examples").iterdir()
    assert {file.name.removesuffix(SUFFIX) for file in files} == set(NAMES)
    assert [example.name for example in list_examples()] == list(NAMES)


def test_every_card_has_a_title_and_a_sentence() -> None:
    for example in list_examples():
        assert 4 < len(example.title) < 40
        assert 30 < len(example.description) < 110
        assert example.description.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_files_are_neat(name: str) -> None:
    text = example_text(name)
    assert render(parse(text), text) == text
    assert all(len(line) <= 110 for line in text.splitlines())


def test_the_first_example_is_the_seed_network() -> None:
    document = read_example(NAMES[0])
    widths = [
        choice.parameters["out_features"] for choice in document.nodes.values() if choice.kind == "Linear"
    ]
    assert document.data.source.kind == "mnist5k"
    assert widths == [128, 64, 10]
    assert [choice.kind for choice in document.nodes.values()].count("ReLU") == 2
    assert document.nodes["loss"].kind == "CrossEntropyLoss"
    assert document.optimizer.kind == "SGD"
    assert document.optimizer.parameters == {"lr": 0.01, "momentum": 0.9}
    assert document.training.model_dump() == {"epochs": 10, "batch_size": 64, "seed": 0}
    assert document.metrics == ("accuracy",)
    assert document.expect["accuracy"].min == 0.92


def test_an_unknown_example_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"^There is no example 'mnist-mpl'; did you mean 'mnist-mlp'\?$"):
        read_example("mnist-mpl")


@pytest.mark.parametrize("name", NAMES)
def test_every_example_reaches_what_it_promises(catalogue: Catalogue, name: str) -> None:
    document = read_example(name)
    ended = Trainer(document, catalogue, listener=lambda event: None).run()
    assert ended.outcome == "finished"
    assert document.expect
    for measure, bound in document.expect.items():
        value = ended.validation[measure]
        assert bound.min is None or value >= bound.min
        assert bound.max is None or value <= bound.max
