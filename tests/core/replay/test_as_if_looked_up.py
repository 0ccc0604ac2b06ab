"""What a compiled step finds by its names may be another the next time, and must be seen then."""

from __future__ import annotations

import functools
import operator
import weakref
from collections import ChainMap, UserDict
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.core.replay.observing import Case, Compiled, as_it_is, assert_nothing_tells_apart, called, numbers

import gradloom
from gradloom import Tensor, nn

CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


class Config:
    def __init__(self) -> None:
        self.values = [2.0]

    def __getitem__(self, name: str) -> float:
        return self.values[0]

    def __getattr__(self, name: str) -> float:
        return float(self.__dict__["values"][0])

    def __iter__(self) -> Iterator[float]:
        return iter(self.values)

    def __enter__(self) -> float:
        return self.values[0]

    def __exit__(self, *error: object) -> None: ...

    def __matmul__(self, given: Tensor) -> Tensor:
        return given * self.values[0]


def entered(config: Config, given: Tensor) -> Tensor:
    with config as factor:
        return given * factor


@pytest.mark.parametrize(
    "use",
    [
        lambda config, given: given * config["rate"],
        lambda config, given: given * config.rate,
        lambda config, given: given * getattr(config, "rate"),  # noqa: B009 - as a step may
        lambda config, given: given * sum(config),
        lambda config, given: config @ given,
        entered,
    ],
)
def test_what_an_object_does_by_syntax_is_looked_into(use: Callable[..., Any]) -> None:
    def observed(compiled: Compiled) -> Any:
        config = Config()
        step = compiled(lambda given: use(config, given))
        before = called(step)
        config.values[0] = 3.0
        return before, called(step)

    assert observed(gradloom.compile) == observed(as_it_is)


@case
def an_attribute_may_be_found_by_a_word(compiled: Compiled) -> Any:
    holder, word = SimpleNamespace(rate=2.0), "rate"
    step = compiled(lambda given: given * getattr(holder, word))
    before = called(step)
    holder.rate = 3.0
    return before, called(step)


@case
def a_class_may_look_something_up_when_it_makes_an_object(compiled: Compiled) -> Any:
    holder = SimpleNamespace(rate=2.0)

    class Scaled:
        def __init__(self) -> None:
            self.rate = holder.rate

    step = compiled(lambda given: given * Scaled().rate)
    before = called(step)
    holder.rate = 3.0
    return before, called(step)


@case
def an_array_may_hold_another_number(compiled: Compiled) -> Any:
    table = np.array([2.0, 3.0])
    step = compiled(lambda given: given * float(table[0]))
    before = called(step)
    table[0] = 3.0
    return before, called(step)


@case
def a_mapping_that_is_no_dictionary_may_change(compiled: Compiled) -> Any:
    rates = UserDict(rate=2.0)
    layers = ChainMap({"rate": 1.0}, rates)
    step = compiled(lambda given: given * rates["rate"] * layers["rate"])
    before = called(step)
    rates["rate"] = 3.0
    between = called(step)
    layers["rate"] = 5.0
    return before, between, called(step)


@case
def what_hides_its_state_may_change(compiled: Compiled) -> Any:
    class Holder:
        rate = 2.0

    holder, context, numbers_in_bytes = Holder(), ContextVar("rate", default=2.0), bytearray([2])
    reference, rate_of = weakref.ref(holder), operator.attrgetter("rate")
    steps = [
        compiled(lambda given: given * context.get()),
        compiled(lambda given: given * reference().rate),
        compiled(lambda given: given * rate_of(holder)),
        compiled(lambda given: given * numbers_in_bytes[0]),
    ]
    before = [called(step) for step in steps]
    holder.rate, numbers_in_bytes[0] = 3.0, 3
    context.set(3.0)
    return before, [called(step) for step in steps]


@case
def a_tensor_may_be_a_setting(compiled: Compiled) -> Any:
    step = compiled(lambda given, number: given.nan_to_num(number))
    return [step(gradloom.tensor([value]), gradloom.tensor(4)).tolist() for value in (1.0, 1.0, float("nan"))]


@case
def a_text_that_shows_a_tensor_hangs_on_it(compiled: Compiled) -> Any:
    step = compiled(lambda given: given * len(repr(given)))
    return [step(gradloom.tensor([value])).tolist() for value in (1.0, 1.0, 1.25)]


@case
def a_compiled_step_may_call_another_that_finds_something(compiled: Compiled) -> Any:
    holder = SimpleNamespace(rate=2.0)
    inner = compiled(lambda given: given * holder.rate)
    cached = functools.lru_cache(lambda: holder.rate)
    step = compiled(lambda given: inner(given) + cached())
    before = called(step)
    holder.rate = 3.0
    cached.cache_clear()
    return before, called(step)


@case
def a_list_of_layers_may_grow(compiled: Compiled) -> Any:
    layers = nn.ModuleList([nn.Tanh()])

    @compiled
    def step(given: Tensor) -> Tensor:
        for each in layers:
            given = each(given)
        return given

    before = called(step)
    layers.append(nn.Sigmoid())
    return before, called(step)


@case
def a_part_of_a_model_may_be_replaced(compiled: Compiled) -> Any:
    model = nn.Sequential(nn.Linear(3, 3), nn.Tanh())
    step = compiled(lambda given: model[1](given * model[0].weight[0].detach()))
    before = called(step)
    model[1] = nn.Sigmoid()
    between = called(step)
    model[0].weight = nn.Parameter(numbers(3, 3))
    return before, between, called(step)


@case
def a_tensor_may_get_another_shape_or_require_gradients(compiled: Compiled) -> Any:
    scale = gradloom.ones(3)
    step = compiled(lambda given: given * (2 if scale.requires_grad else 3) * scale.shape[0])
    before = called(step)
    scale.requires_grad_(True)
    between = called(step)
    scale.data = gradloom.ones(4)
    return before, between, called(step)


@case
def a_step_may_leave_modes_behind(compiled: Compiled) -> Any:
    model, weight = nn.Sequential(nn.Dropout(0.5)), nn.Parameter(numbers(3))

    @compiled
    def step(given: Tensor) -> Tensor:
        made = model(given)
        model.eval()
        weight.requires_grad_(False)
        return made

    seen = []
    for _ in range(5):
        model.train()
        weight.requires_grad_(True)
        seen += [*called(step, 1), model.training, weight.requires_grad]
    return seen


@pytest.mark.parametrize("name", CASES)
def test_nothing_tells_a_compiled_step_from_the_step(name: str) -> None:
    assert_nothing_tells_apart(CASES[name])
