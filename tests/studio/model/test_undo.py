"""Undo takes back every edit, in any mixture, down to the order of lines in the file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from gradloom.experiment.document import Choice, Document, Wire
from gradloom.plugins import Catalogue
from gradloom_studio.model.edits import EditError
from gradloom_studio.model.experiment import ExperimentModel

KINDS = st.sampled_from(["Linear", "ReLU", "Conv2d", "Add", "MSELoss", "Input", "acme.Mystery"])
PLACES = st.tuples(*[st.integers(-50, 50).map(lambda step: 8.0 * step)] * 2)
INDEXES = st.integers(0, 1000)


def written(document: Document) -> tuple[Any, ...]:
    """A document with the order of its nodes, which equality of dictionaries would not see."""
    return document, tuple(document.nodes), document.wires


class Edits(RuleBasedStateMachine):
    """Edits an experiment at random, undoing and redoing now and then."""

    catalogue: Catalogue
    start: Document

    @initialize()
    def open(self) -> None:
        self.model = ExperimentModel(self.catalogue, self.start)
        self.first = self.model.document

    def node(self, index: int) -> str:
        names = list(self.model.document.nodes) or ["nobody"]
        return names[index % len(names)]

    def attempt(self, edit: Any, *arguments: Any, **named: Any) -> None:
        """An edit may be refused, but a refused one leaves everything as it was."""
        before, refusal = written(self.model.document), ""
        try:
            edit(*arguments, **named)
        except EditError as error:
            refusal = str(error)
        if refusal:
            assert refusal.endswith(".")
            assert written(self.model.document) == before

    @rule(kind=KINDS, place=PLACES)
    def add(self, kind: str, place: tuple[float, float]) -> None:
        self.model.add_node(Choice(kind=kind), place)

    @rule(kind=KINDS, place=PLACES, index=INDEXES)
    def insert(self, kind: str, place: tuple[float, float], index: int) -> None:
        if wires := self.model.document.wires:
            self.attempt(self.model.insert_on_wire, Choice(kind=kind), wires[index % len(wires)], place)

    @rule(start=INDEXES, end=INDEXES, port=st.sampled_from(["", "target", "odd"]))
    def wire(self, start: int, end: int, port: str) -> None:
        wire = Wire(source=self.node(start), target=self.node(end), port=port)
        self.attempt(self.model.connect_wire, wire)

    @rule(index=INDEXES, end=INDEXES)
    def rewire(self, index: int, end: int) -> None:
        if wires := self.model.document.wires:
            old = wires[index % len(wires)]
            new = Wire(source=old.source, target=self.node(end))
            self.attempt(self.model.connect_wire, new, instead_of=old)

    @rule(indexes=st.sets(INDEXES, max_size=3))
    def remove(self, indexes: set[int]) -> None:
        self.model.remove({self.node(index) for index in indexes} & self.model.document.nodes.keys())

    @rule(index=INDEXES)
    def dissolve(self, index: int) -> None:
        if self.model.document.nodes:
            self.attempt(self.model.dissolve, self.node(index))

    @rule(index=INDEXES, place=PLACES)
    def move(self, index: int, place: tuple[float, float]) -> None:
        if self.model.document.nodes:
            self.model.move({self.node(index): place})

    @rule(index=INDEXES, value=st.integers(1, 300))
    def set_parameter(self, index: int, value: int) -> None:
        if self.model.document.nodes:
            self.model.set_parameter(self.node(index), "out_features", value)

    @rule(index=INDEXES, name=st.sampled_from(["one", "two", "not a word"]))
    def rename(self, index: int, name: str) -> None:
        if self.model.document.nodes:
            self.attempt(self.model.rename_node, self.node(index), name)

    @rule(indexes=st.sets(INDEXES, min_size=1, max_size=3))
    def duplicate(self, indexes: set[int]) -> None:
        if nodes := {self.node(index) for index in indexes} & self.model.document.nodes.keys():
            self.model.duplicate(nodes, (0.0, 96.0))

    @rule(epochs=st.integers(1, 50))
    def change_settings(self, epochs: int) -> None:
        training = self.model.document.training.model_copy(update={"epochs": epochs})
        self.model.change_settings(training=training)

    @rule()
    def arrange(self) -> None:
        self.model.arrange()

    @rule()
    def undo(self) -> None:
        self.model.undo_stack.undo()

    @rule()
    def redo(self) -> None:
        self.model.undo_stack.redo()

    @invariant()
    def stays_valid(self) -> None:
        document = self.model.document
        assert Document.model_validate(document.model_dump()) == document
        assert document.layout.keys() == document.nodes.keys()
        assert {end for wire in document.wires for end in (wire.source, wire.target)} <= document.nodes.keys()
        assert len(set(document.wires)) == len(document.wires)

    def teardown(self) -> None:
        stack = self.model.undo_stack
        while stack.canRedo():
            stack.redo()
        last = written(self.model.document)
        for _ in range(2):
            stack.setIndex(0)
            assert written(self.model.document) == written(self.first)
            stack.setIndex(stack.count())
            assert written(self.model.document) == last


def test_random_edits_are_undone_to_the_start_and_redone_to_the_end(
    qapp: object, catalogue: Catalogue, chain: Document
) -> None:
    machine = type("EditsOfChain", (Edits,), {"catalogue": catalogue, "start": chain})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


def test_typing_merges_into_one_step(model: ExperimentModel) -> None:
    for text in (1, 12, 128):
        model.set_parameter("fc1", "out_features", text)
    assert model.undo_stack.count() == 1
    model.undo_stack.undo()
    assert model.document.nodes["fc1"].parameters == {"out_features": 32}


def test_typing_back_to_the_start_leaves_no_step(model: ExperimentModel) -> None:
    model.set_parameter("fc1", "out_features", 3)
    model.set_parameter("fc1", "out_features", 32)
    assert model.undo_stack.count() == 0
    assert not model.dirty


def test_edits_of_two_parameters_are_two_steps(model: ExperimentModel) -> None:
    model.set_parameter("fc1", "out_features", 64)
    model.set_parameter("fc2", "out_features", 64)
    assert model.undo_stack.count() == 2


def test_a_finished_edit_does_not_merge_with_the_next(model: ExperimentModel) -> None:
    model.set_parameter("fc1", "out_features", 64)
    model.finish_edit()
    model.set_parameter("fc1", "out_features", 65)
    assert model.undo_stack.count() == 2


def test_an_edit_that_changes_nothing_is_no_step(model: ExperimentModel) -> None:
    model.move({"fc1": model.document.layout["fc1"]})
    model.set_parameter("fc1", "out_features", 32)
    model.connect_wire(model.document.wires[0])
    model.remove()
    assert model.undo_stack.count() == 0


@pytest.mark.parametrize("count", [1, 5])
def test_a_step_says_what_it_did(model: ExperimentModel, count: int) -> None:
    model.remove(list(model.document.nodes)[:count])
    assert model.undo_stack.undoText() == ("Delete image" if count == 1 else "Delete nodes")
