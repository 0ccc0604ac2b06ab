"""What the names in a compiled step stand for may change: the next call must see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom import Tensor, nn
from gradloom.replay.program import Program
from gradloom.replay.step import Step

FACTOR = 2.0


def scaled(given: Tensor) -> Tensor:
    return given * FACTOR


@dataclass(slots=True)
class Slotted:
    rate: float = 2.0

    def scale(self, given: Tensor) -> Tensor:
        return given * self.rate


class Described:
    """Gives what its owner holds under another name."""

    def __get__(self, owner: Any, kind: type) -> float:
        rate: float = owner.rate
        return rate


class Experiment:
    """Holds numbers in all kinds of places; each of its steps doubles until `change` makes it treble."""

    shared = 2.0
    described = Described()

    def __init__(self) -> None:
        self.rate = 2.0
        self.rates = [2.0]
        self.named = {"rate": 2.0}
        self.inner = SimpleNamespace(rate=2.0)
        self.several = [SimpleNamespace(rate=2.0)]
        self.slotted = Slotted()
        self.module = Scaling()
        self.action: Callable[[Tensor], Tensor] = lambda given: given * 2.0
        self.other = Slotted()
        self.other_action = self.other.scale
        self.unrelated = 0

    def by_attribute(self, given: Tensor) -> Tensor:
        return given * self.rate

    def by_list(self, given: Tensor) -> Tensor:
        return given * self.rates[0]

    def by_dictionary(self, given: Tensor) -> Tensor:
        return given * self.named["rate"]

    def by_attribute_of_an_attribute(self, given: Tensor) -> Tensor:
        return given * self.inner.rate

    def by_what_a_list_holds(self, given: Tensor) -> Tensor:
        for each in self.several:
            given = given * each.rate
        return given

    def by_a_slot(self, given: Tensor) -> Tensor:
        return given * self.slotted.rate

    def by_the_class(self, given: Tensor) -> Tensor:
        return given * self.shared

    def by_a_method(self, given: Tensor) -> Tensor:
        return self.helped(given)

    def helped(self, given: Tensor) -> Tensor:
        return given * self.rate

    def by_a_property(self, given: Tensor) -> Tensor:
        return given * self.twofold

    @property
    def twofold(self) -> float:
        return self.rate

    def by_a_local_name(self, given: Tensor) -> Tensor:
        inner = self.inner
        return given * inner.rate

    def by_a_function(self, given: Tensor) -> Tensor:
        return self.action(given)

    def by_a_method_of_another(self, given: Tensor) -> Tensor:
        return self.other_action(given)

    def by_a_global_of_a_function(self, given: Tensor) -> Tensor:
        return scaled(given)

    def by_a_module(self, given: Tensor) -> Tensor:
        made: Tensor = self.module(given)
        return made

    def by_a_descriptor(self, given: Tensor) -> Tensor:
        return given * self.described

    def by_a_module_imported_on_the_way(self, given: Tensor) -> Tensor:
        from tests.core.replay import test_names

        return given * test_names.FACTOR

    def by_code_within(self, given: Tensor) -> Tensor:
        return sum(given * each for each in (self.rate,))  # type: ignore[return-value]

    def change(self) -> None:
        global FACTOR
        FACTOR = Experiment.shared = 3.0
        self.rate = self.inner.rate = self.several[0].rate = self.slotted.rate = self.other.rate = 3.0
        self.rates[0] = self.named["rate"] = 3.0
        self.module.setting.rate = 3.0
        self.action = lambda given: given * 3.0


class Scaling(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.setting = SimpleNamespace(rate=2.0)

    def forward(self, given: Tensor) -> Tensor:
        return given * self.setting.rate


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    global FACTOR
    FACTOR = Experiment.shared = 2.0


def programs(step: Step) -> list[Program]:
    return [each for each in step._programs.values() if isinstance(each, Program)]


@pytest.mark.parametrize("way", [name for name in vars(Experiment) if name.startswith("by_")])
def test_a_number_that_changes_is_seen_wherever_it_is(way: str) -> None:
    experiment = Experiment()
    step = gradloom.compile(getattr(experiment, way))
    given = gradloom.ones(2)
    for _ in range(4):
        np.testing.assert_array_equal(step(given).array, [2, 2])
    assert programs(step), step.why_not
    experiment.unrelated += 1  # which no step looks at
    step(given)
    assert programs(step)
    experiment.change()
    for _ in range(4):
        np.testing.assert_array_equal(step(given).array, [3, 3])
    assert programs(step), step.why_not


def test_a_step_that_counts_goes_on_counting() -> None:
    counted: list[int] = []
    holder = SimpleNamespace(count=0)

    def appends(given: Tensor) -> Tensor:
        counted.append(1)
        return given * 2

    def counts(given: Tensor) -> Tensor:
        holder.count += 1
        return given * 2

    for function in (appends, counts):
        step = gradloom.compile(function)
        for _ in range(5):
            step(gradloom.ones(2))
        assert "changes variables" in str(step.why_not)
    assert (len(counted), holder.count) == (5, 5)


def test_a_collection_too_large_to_be_looked_over_stands_against_replaying() -> None:
    factors: Any = [2.0] * 10_000
    step = gradloom.compile(lambda given: given * factors[0])
    for _ in range(3):
        step(gradloom.ones(2))
    assert "large collection" in str(step.why_not)
