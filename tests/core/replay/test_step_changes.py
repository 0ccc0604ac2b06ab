"""What may be otherwise at the next call of a compiled step, and what keeps a step from being replayed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.core.replay.steps import Made, assert_same, batches, bits, classifier, programs

import gradloom
from gradloom import Tensor, nn
from gradloom.nn import functional as F


def test_each_shape_of_arguments_has_lines_of_its_own() -> None:
    data = batches(4) + batches(1, size=3) + batches(3) + batches(3, size=3)
    compiled = assert_same(lambda: classifier(nn.ReLU()), data)
    assert len(programs(compiled)) == 2


def test_what_an_argument_lets_kernels_do_is_noticed() -> None:
    def step(given: Tensor) -> Tensor:
        return F.softmax(given, 1)

    data = np.random.default_rng(0).standard_normal((7, 9)).astype(np.float32)
    frozen, shifted = data.copy(), np.frombuffer(bytearray(data.nbytes + 1), np.uint8)[1:].view(np.float32)
    frozen.setflags(write=False)
    shifted = shifted.reshape(data.shape)
    shifted[...] = data
    compiled = gradloom.compile(step)
    for array in (data, data, data, frozen, shifted):
        given = gradloom.from_numpy(array)
        assert compiled(given).array.tobytes() == step(given).array.tobytes()


def test_learning_rates_and_schedules_may_change() -> None:
    def make() -> Made:
        model, optimizer, step = classifier(nn.ReLU())
        schedule = gradloom.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)

        def with_schedule(*batch: Tensor) -> Tensor:
            loss: Tensor = step(*batch)
            schedule.step()
            return loss

        return model, optimizer, with_schedule

    assert_same(make, batches(6))


def test_gradients_that_nobody_drops_add_up() -> None:
    def make() -> Made:
        model, optimizer, _ = classifier(nn.ReLU())

        def accumulate(inputs: Tensor, target: Tensor) -> Tensor:
            loss = F.cross_entropy(model(inputs), target)
            loss.backward()
            return loss

        return model, optimizer, accumulate

    data = batches(5)
    model, _, step = make()
    twin, _, again = make()
    compiled = gradloom.compile(again)
    for batch in data:
        step(*batch)
        compiled(*batch)
    assert [p.grad.array.tolist() for p in twin.parameters()] == [
        p.grad.array.tolist() for p in model.parameters()
    ]


def test_clipped_gradients_are_clipped_again() -> None:
    def make() -> Made:
        model, optimizer, _ = classifier(nn.ReLU(), optimizer="SGD")

        def step(inputs: Tensor, target: Tensor) -> Tensor:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(inputs), target)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            optimizer.step()
            return loss

        return model, optimizer, step

    assert_same(make, batches(5))


def test_a_gradient_that_was_kept_is_not_overwritten() -> None:
    model, _, step = classifier(nn.ReLU())
    compiled = gradloom.compile(step)
    kept = []
    for batch in batches(5):
        compiled(*batch)
        grad = next(model.parameters()).grad
        kept.append((grad, grad.array.copy()))
    assert programs(compiled)
    for grad, copy in kept:
        np.testing.assert_array_equal(grad.array, copy)


def test_modes_weights_and_frozen_parameters_are_noticed() -> None:
    def train(step: Callable[..., Any], model: Any) -> list[float]:
        losses = [step(*batch).item() for batch in batches(4)]
        model.eval()
        losses += [step(*batch).item() for batch in batches(4)]
        model.train()
        model[2].p = 0.1
        losses += [step(*batch).item() for batch in batches(4)]
        model[0].weight.data = model[0].weight.data * 0.5
        losses += [step(*batch).item() for batch in batches(4)]
        model[3].weight.requires_grad_(False)
        losses += [step(*batch).item() for batch in batches(4)]
        model[1] = nn.Tanh()
        return losses + [step(*batch).item() for batch in batches(4)]

    model, _, step = classifier(nn.ReLU(), nn.Dropout(0.5), optimizer="SGD")
    expected = train(step, model)
    twin, _, again = classifier(nn.ReLU(), nn.Dropout(0.5), optimizer="SGD")
    assert train(gradloom.compile(again), twin) == expected
    assert bits(twin) == bits(model)


def test_a_hook_that_comes_later_is_called() -> None:
    model, _, step = classifier(nn.ReLU())
    compiled = gradloom.compile(step)
    for batch in batches(4):
        compiled(*batch)
    assert programs(compiled)
    seen: list[Any] = []
    handle = model[1].register_forward_hook(lambda module, given, made: seen.append(made))
    compiled(*batches(1)[0])
    assert len(seen) == 1
    handle.remove()
    next(model.parameters()).register_hook(seen.append)
    compiled(*batches(1)[0])
    assert len(seen) == 2


def refusal(step: Callable[..., Any], *args: Tensor) -> str:
    compiled = gradloom.compile(step)
    for _ in range(3):
        compiled(*args)
    assert not programs(compiled)
    return str(compiled.why_not)


def test_what_cannot_be_replayed_runs_as_it_is_and_says_why() -> None:
    x = gradloom.ones(3, requires_grad=True)
    hidden = np.zeros(3, np.float32)

    class Twice(gradloom.autograd.Function):
        @staticmethod
        def forward(ctx: Any, given: Tensor) -> Tensor:
            return given * 2

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            return grad * 2

    def writes_past_the_operations(given: Tensor) -> Tensor:
        made = given * 2
        made.array += 1
        return made * 1

    def makes_an_array(given: Tensor) -> Tensor:
        return given * gradloom.from_numpy(given.detach().array + hidden)

    def drops_by_hand(given: Tensor) -> None:
        x.grad = None
        (x * given).sum().backward()

    def scales_by_hand(given: Tensor) -> None:
        (x * given).sum().backward()
        x.grad = x.grad * 0.5

    def drops_at_its_end(given: Tensor) -> None:
        (x * given).sum().backward()
        x.grad = None

    plain = gradloom.ones(3)
    assert "gradients by hand" in refusal(scales_by_hand, plain)
    assert "gradients by hand" in refusal(drops_at_its_end, plain)
    assert "can still be differentiated" in refusal(lambda given: x, plain)
    assert refusal(lambda given: given * given.sum().item(), plain) == (
        "The step is not replayed since it reads the values of a tensor."
    )
    assert "functions of its own" in refusal(lambda given: Twice.apply(given), plain)
    assert "past the operations" in refusal(writes_past_the_operations, plain)
    assert "made anew" in refusal(makes_an_array, plain)
    assert "drops gradients" in refusal(drops_by_hand, plain)
    assert "can still be differentiated" in refusal(lambda given: x * given, plain)
    assert "something else than tensors" in refusal(lambda given: 3, plain)
    assert "autograd.grad" in refusal(lambda given: gradloom.autograd.grad((x * x).sum(), x)[0], plain)


def test_a_step_that_changes_what_it_does_is_not_replayed() -> None:
    turns = nn.Module()
    turns.count = 0

    def step(given: Tensor) -> Tensor:
        turns.__setattr__("count", turns.count + 1)
        return given * 2 if turns.count % 2 else (given + 1) * 2

    assert "same each time" in refusal(step, gradloom.ones(3))


def test_errors_keep_their_words_and_the_next_call_works() -> None:
    weight = gradloom.ones(4, 2)
    look_up = gradloom.compile(lambda rows: F.embedding(rows, weight) * 2)
    good = gradloom.tensor([0, 3])
    for _ in range(3):
        look_up(good)
    assert programs(look_up)
    with pytest.raises(IndexError) as usual:
        F.embedding(gradloom.tensor([0, 4]), weight)
    with pytest.raises(IndexError) as replayed:
        look_up(gradloom.tensor([0, 4]))
    assert str(replayed.value) == str(usual.value)
    np.testing.assert_array_equal(look_up(good).array, 2 * np.ones((2, 2)))


def test_arrays_go_as_soon_as_nobody_needs_them() -> None:
    side = 200

    def peak(step: Callable[..., Any], *args: Tensor) -> int:
        for _ in range(3):
            step(*args)
        return min(once(step, *args) for _ in range(3))

    def once(step: Callable[..., Any], *args: Tensor) -> int:
        tracemalloc.start()
        try:
            step(*args)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    model = nn.Sequential(*[nn.Linear(side, side, bias=False), nn.Tanh()] * 8)

    def step(given: Tensor) -> Tensor:
        model.zero_grad()
        loss = model(given).sum()
        loss.backward()
        return loss

    given = gradloom.randn(side, side)
    compiled = gradloom.compile(step)
    assert peak(compiled, given) < 1.1 * peak(step, given)
    assert programs(compiled)


def test_modules_come_back_as_they_are_and_settings_have_no_effect() -> None:
    model = nn.Linear(2, 2)
    assert gradloom.compile(model, mode="max-autotune") is model

    @gradloom.compile(fullgraph=True)
    def double(given: Tensor) -> Tensor:
        """Twice the same."""
        return given + given

    assert double.__name__ == "double"
    assert double.__doc__ == "Twice the same."
    for _ in range(4):
        np.testing.assert_array_equal(double(gradloom.ones(2)).array, [2, 2])
    assert programs(double)


def test_results_do_not_require_gradients_only_where_they_did_not_flow() -> None:
    add = gradloom.compile(lambda given: given + 1)
    leaf = gradloom.ones(2, requires_grad=True)
    for _ in range(4):
        assert add(leaf).requires_grad
    with gradloom.no_grad():
        for _ in range(4):
            assert not add(leaf).requires_grad
    assert len(programs(add)) == 1


def test_numbers_stay_numbers() -> None:
    sums = gradloom.compile(lambda given: (given.sum(), given.square().mean(), given.mean(0)))
    for _ in range(4):
        assert [tuple(each.shape) for each in sums(gradloom.ones(3))] == [(), (), ()]
    assert programs(sums)


def test_arguments_that_were_one_may_be_two() -> None:
    add = gradloom.compile(lambda one, other: one + 2 * other)
    same = gradloom.ones(2)
    for _ in range(3):
        add(same, same)
    np.testing.assert_array_equal(add(gradloom.ones(2), gradloom.full((2,), 5.0)).array, [11, 11])


def test_the_gradient_goes_to_the_leaf_that_was_given() -> None:
    square = gradloom.compile(lambda leaf: (leaf * leaf).sum().backward())
    first, second = (gradloom.ones(2, requires_grad=True) for _ in range(2))
    for _ in range(3):
        square(first)
    square(second)
    assert first.grad is not None
    assert second.grad is not None
    assert (first.grad.tolist(), second.grad.tolist()) == ([6, 6], [2, 2])


def test_a_name_that_stands_for_something_else_is_noticed() -> None:
    factor = 2.0
    compiled = gradloom.compile(lambda given: given * factor)
    for factor in (2.0, 3.0):
        for _ in range(4):
            np.testing.assert_array_equal(compiled(gradloom.ones(2)).array, [factor] * 2)
        assert programs(compiled)


def test_what_is_written_into_parts_is_written_again() -> None:
    rows = gradloom.tensor([0, 2])

    def number(given: Tensor, at: Tensor) -> Tensor:
        made = given * 2
        made[0] = 5.0
        return made * 1

    def column(given: Tensor, at: Tensor) -> Tensor:
        made = given * 2
        made[:, 1] = given[:, 0]
        return made + given

    def new(given: Tensor, at: Tensor) -> Tensor:
        made = gradloom.zeros(3, 4)
        made[1:, ::2] = given[1:, ::2]
        return made * 2

    def where_numbers_say(given: Tensor, at: Tensor) -> Tensor:
        made = given * 2
        made[rows] = given[rows] * 3
        made[at] = 1
        return made

    def where_a_condition_holds(given: Tensor, at: Tensor) -> Tensor:
        made = given * 2
        made[made > 1] = 0.5
        return made + given

    for step in (number, column, new, where_numbers_say, where_a_condition_holds):
        compiled = gradloom.compile(step)
        for seed in range(4):
            gradloom.manual_seed(seed)
            args = gradloom.randn(3, 4), gradloom.tensor([seed % 3])
            np.testing.assert_array_equal(compiled(*args).array, step(*args).array)
        assert programs(compiled), compiled.why_not
