"""Compiled steps must leave behind what they leave when they run as they are, whatever happens around them.

Each case is a function of `compiled`, which is `gradloom.compile` or does nothing; it gives what it observed.
"""

from __future__ import annotations

import copy
import itertools
import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.core.replay.observing import Case, Compiled, assert_nothing_tells_apart, called, numbers

import gradloom
from gradloom import Tensor, nn

CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


# Memory that is written to


@case
def a_graph_whose_values_a_step_overwrote_cannot_be_swept(compiled: Compiled) -> Any:
    total, weight = gradloom.ones(3), gradloom.ones(3, requires_grad=True)

    @compiled
    def add(given: Tensor) -> Tensor:
        total.add_(given)
        return total * 1

    called(add)
    product = (weight * total).sum()
    called(add, 1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.backward()
    return total._version


@case
def an_argument_that_is_written_to_gets_a_new_version(compiled: Compiled) -> Any:
    @compiled
    def double(given: Tensor) -> Tensor:
        given.mul_(2)
        given[0] = 1.0
        return given + 1

    args = [numbers(3) for _ in range(4)]
    return [(double(each).tolist(), each.tolist(), each._version) for each in args]


@case
def initial_values_drawn_without_gradients_are_drawn_so_again(compiled: Compiled) -> Any:
    layer = nn.Linear(3, 2)

    @compiled
    def draw(given: Tensor) -> Tensor:
        nn.init.xavier_uniform_(layer.weight)
        return given * 1

    called(draw)
    return layer.weight.tolist(), layer.weight._version


@case
def two_parameters_of_one_array_are_two(compiled: Compiled) -> Any:
    first = nn.Parameter(numbers(3))
    second = nn.Parameter(first.data)

    @compiled
    def sum_up(given: Tensor) -> Tensor:
        loss = (first * given).sum() + (second * given).sum()
        loss.backward()
        return loss

    called(sum_up)
    second.requires_grad_(False)
    called(sum_up)
    return first.grad.tolist(), second.grad.tolist()


@case
def an_argument_that_was_known_by_a_name_may_be_another(compiled: Compiled) -> Any:
    scale, layer = numbers(3), nn.BatchNorm1d(3).eval()
    product = compiled(lambda given: given * scale)
    centred = compiled(lambda given: given - layer.running_mean)
    return [product(each).tolist() for each in (scale, scale, numbers(3, seed=1))] + [
        centred(each).tolist() for each in (layer.running_mean, layer.running_mean, numbers(3, seed=1))
    ]


@case
def two_arguments_may_share_memory(compiled: Compiled) -> Any:
    weight = nn.Parameter(gradloom.ones(3))

    @compiled
    def step(given: Tensor, other: Tensor) -> None:
        product = weight * given
        other.mul_(2)
        product.sum().backward()

    for _ in range(4):
        step(numbers(3), numbers(3))
    given = numbers(3)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        step(given, given[:])


# Gradients


@case
def a_hook_on_an_argument_is_called(compiled: Compiled) -> Any:
    seen: list[Any] = []
    square = compiled(lambda leaf: (leaf * leaf).sum().backward())
    leaf = gradloom.ones(2, requires_grad=True)
    for _ in range(3):
        square(leaf)
    leaf.register_hook(seen.append)
    square(leaf)
    return len(seen)


@case
def the_gradient_of_an_argument_may_be_set_by_hand(compiled: Compiled) -> Any:
    @compiled
    def halve(leaf: Tensor) -> None:
        (leaf * leaf).sum().backward()
        leaf.grad = leaf.grad * 0.5

    leaf = gradloom.ones(2, requires_grad=True)
    for _ in range(4):
        halve(leaf)
    return leaf.grad.tolist()


@case
def an_argument_may_require_gradients_for_a_while(compiled: Compiled) -> Any:
    @compiled
    def square(given: Tensor) -> None:
        given.requires_grad_(True)
        (given * given).sum().backward()
        given.requires_grad_(False)

    first, second = gradloom.ones(2), gradloom.ones(2)
    for each in (first, first, first, second):
        square(each)
    return first.grad.tolist(), second.grad.tolist()


@case
def a_view_that_got_a_history_is_no_leaf(compiled: Compiled) -> Any:
    double = compiled(lambda given: given * 2)
    for _ in range(3):
        double(gradloom.ones(2))
    whole, weight = gradloom.ones(4), gradloom.ones(4, requires_grad=True)
    part = whole[:2]
    whole.mul_(weight)
    return double(part).requires_grad


@case
def a_history_from_outside_may_become_longer(compiled: Compiled) -> Any:
    first, second = gradloom.ones(3, requires_grad=True), gradloom.ones(3, requires_grad=True)
    middle = first * 2

    @compiled
    def sweep(given: Tensor) -> None:
        (middle * given).sum().backward(retain_graph=True)

    for _ in range(4):
        sweep(numbers(3))
    middle.mul_(second * 1)
    sweep(numbers(3))
    return first.grad.tolist(), second.grad.tolist()


@case
def a_gradient_that_a_step_reads_may_be_another(compiled: Compiled) -> Any:
    weights = [nn.Parameter(gradloom.ones(3))]
    weights[0].grad = gradloom.ones(3)

    @compiled
    def descend(given: Tensor) -> Tensor:
        with gradloom.no_grad():
            for each in weights:
                each.sub_(each.grad * 0.1)
        return given * 1

    called(descend)
    weights[0].grad = gradloom.full((3,), 5.0)
    called(descend)
    return weights[0].tolist()


@case
def a_gradient_that_a_step_asks_for_may_be_none(compiled: Compiled) -> Any:
    weight = nn.Parameter(gradloom.ones(3))
    weight.grad = gradloom.ones(3)
    step = compiled(lambda given: given * (2 if weight.grad is None else 3))
    before = called(step)
    weight.grad = None
    return before, called(step)


@case
def a_gradient_may_get_other_data(compiled: Compiled) -> Any:
    layer = nn.Linear(3, 1)
    optimizer = gradloom.optim.SGD(layer.parameters(), 0.1)

    @compiled
    def step(given: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = layer(given).square().sum()
        loss.backward()
        for each in layer.parameters():
            each.grad.data = each.grad.data * 0.5
        optimizer.step()
        return loss

    return called(step, 6)


@case
def a_sweep_may_start_with_a_one_that_becomes_two(compiled: Compiled) -> Any:
    weight, start = nn.Parameter(numbers(3)), gradloom.tensor(1.0)

    @compiled
    def sweep(given: Tensor) -> None:
        (weight * given).sum().backward(start)

    for at in range(6):
        if at == 4:
            start.fill_(2.0)
        sweep(numbers(3))
    return weight.grad.tolist()


@case
def a_gradient_of_columns_is_added_up_in_the_same_order(compiled: Compiled) -> Any:
    weight = nn.Parameter(numbers(300, 200).t())
    optimizer = gradloom.optim.SGD([weight], 0.1)

    @compiled
    def step(given: Tensor) -> tuple[Tensor, Tensor]:
        optimizer.zero_grad()
        (weight * given.t()).sum().backward()
        return nn.utils.clip_grad_norm_([weight], 0.5), given[1:]

    norms = [step(numbers(300, 200, seed=at))[0].item() for at in range(5)]
    return norms, weight.grad.stride(), weight.grad.tolist()


@case
def a_sweep_may_start_with_another_gradient(compiled: Compiled) -> Any:
    weight = nn.Parameter(numbers(3))
    holder = nn.Module()
    holder.start = numbers(3)

    @compiled
    def sweep(given: Tensor) -> None:
        (weight * given).backward(next(iter([holder])).start)

    for at in range(6):
        if at == 4:
            holder.start.data = numbers(3, seed=1)
        sweep(numbers(3))
    return weight.grad.tolist()


# Shapes and places that hang on values


@case
def a_count_of_what_a_mask_picks_is_counted_again(compiled: Compiled) -> Any:
    @compiled
    def mean(given: Tensor, mask: Tensor) -> Tensor:
        picked = given[mask > 0]
        return picked.sum() / picked.shape[0]

    masks = ([1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1], [0, 0, 1])
    return [mean(numbers(3), gradloom.tensor(each)).item() for each in masks]


@case
def a_count_of_nonzero_elements_is_counted_again(compiled: Compiled) -> Any:
    @compiled
    def ones(given: Tensor) -> Tensor:
        return gradloom.zeros(given.nonzero().shape[0]) + 1

    return [ones(gradloom.tensor(each)).tolist() for each in ([1, 0, 1], [1, 1, 0], [0, 1, 1], [1, 1, 1])]


@case
def a_tensor_may_say_which_row(compiled: Compiled) -> Any:
    row = compiled(lambda given, at: given[at] * 2)
    return [row(numbers(4, 2), gradloom.tensor(at)).tolist() for at in (0, 0, 1, 2)]


@case
def a_tensor_that_says_which_rows_may_get_other_data(compiled: Compiled) -> Any:
    holder = nn.Module()
    holder.rows = gradloom.tensor([0, 2])
    step = compiled(lambda given: given[next(iter([holder])).rows] * 2)
    before = called(step)
    holder.rows.data = gradloom.tensor([1, 1])
    return before, called(step)


# What goes on by itself


@case
def random_numbers_of_python_are_drawn_anew(compiled: Compiled) -> Any:
    random.seed(5)
    return called(compiled(lambda given: given * 2 if random.random() < 0.8 else given * 3), 30)


@case
def random_numbers_of_numpy_are_drawn_anew(compiled: Compiled) -> Any:
    rng = np.random.default_rng(3)
    return called(compiled(lambda given: given * 2 if rng.random() < 0.8 else given * 3), 30)


@case
def an_iterator_goes_on(compiled: Compiled) -> Any:
    holder = SimpleNamespace(factors=itertools.chain([2.0] * 4, [3.0] * 9))
    return called(compiled(lambda given: given * next(holder.factors)), 8)


# What comes back, and copies


@case
def a_result_with_names_keeps_them(compiled: Compiled) -> Any:
    step = compiled(lambda given: given.max(0))
    return [step(numbers(3, 2)).indices.tolist() for _ in range(4)]


class Experiment:
    def __init__(self, compiled: Compiled) -> None:
        self.model = nn.Linear(3, 1)
        self.optimizer = gradloom.optim.SGD(self.model.parameters(), 0.1)
        self.rate = 1.0
        self.step = compiled(self.descend)

    def descend(self, given: Tensor) -> Tensor:
        self.optimizer.zero_grad()
        loss = self.model(given).square().sum() * self.rate
        loss.backward()
        self.optimizer.step()
        return loss


@case
def a_copy_of_an_experiment_trains_its_own_model(compiled: Compiled) -> Any:
    experiment = Experiment(compiled)
    before = called(experiment.step)
    twin = copy.deepcopy(experiment)
    between = called(twin.step)
    twin.rate, twin.optimizer.param_groups[0]["lr"] = 2.0, 0.01
    after = called(twin.step)
    return before, between, after, experiment.model.weight.tolist(), twin.model.weight.tolist()


@case
def a_method_may_be_compiled_where_it_is_defined(compiled: Compiled) -> Any:
    class Scaling:
        def __init__(self, rate: float) -> None:
            self.rate = rate

        @compiled
        def step(self, given: Tensor) -> Tensor:
            return given * self.rate

    return called(Scaling(2.0).step), called(Scaling(3.0).step)


@pytest.mark.parametrize("name", CASES)
def test_nothing_tells_a_compiled_step_from_the_step(name: str) -> None:
    assert_nothing_tells_apart(CASES[name])
