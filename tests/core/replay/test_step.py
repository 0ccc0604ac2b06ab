"""Steps that are recorded and replayed, against the same steps run as they are."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom import Tensor, nn
from gradloom.nn import functional as F
from gradloom.replay.program import Program
from gradloom.replay.step import Step
from gradloom.utils.checkpoint import checkpoint

Made = tuple[nn.Module, Any, Callable[..., Any]]


def classifier(*middle: nn.Module, optimizer: str = "Adam", **settings: Any) -> Made:
    """A network with its optimizer and its training step."""
    gradloom.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), *middle, nn.Linear(8, 3))
    chosen = getattr(gradloom.optim, optimizer)(model.parameters(), **{"lr": 0.05, **settings})

    def step(inputs: Tensor, target: Tensor) -> Tensor:
        chosen.zero_grad()
        loss = F.cross_entropy(model(inputs), target)
        loss.backward()
        chosen.step()
        return loss

    return model, chosen, step


def batches(count: int, size: int = 5) -> list[tuple[Tensor, Tensor]]:
    rng = np.random.default_rng(0)
    return [
        (
            gradloom.tensor(rng.standard_normal((size, 6)).astype(np.float32)),
            gradloom.tensor(rng.integers(0, 3, size)),
        )
        for _ in range(count)
    ]


def programs(step: Step) -> list[Program]:
    return [each for each in step._programs.values() if isinstance(each, Program)]


def bits(model: nn.Module) -> list[bytes]:
    return [tensor.array.tobytes() for tensor in model.state_dict().values()]


def assert_same(make: Callable[[], Made], data: list[tuple[Tensor, ...]], replayed: bool = True) -> Step:
    """Train twice, as it is and compiled; losses, weights, buffers and random numbers must be the same."""
    model, _, step = make()
    expected = [step(*batch).item() for batch in data]
    state = gradloom.get_rng_state().array.tobytes()
    twin, _, again = make()
    compiled = gradloom.compile(again)
    assert [compiled(*batch).item() for batch in data] == expected
    assert bits(twin) == bits(model)
    assert gradloom.get_rng_state().array.tobytes() == state
    assert bool(programs(compiled)) is replayed, compiled.why_not
    return compiled


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "NAdam", "Rprop"])
def test_every_optimizer_gives_the_same_bits(optimizer: str) -> None:
    assert_same(lambda: classifier(nn.ReLU(), optimizer=optimizer), batches(6))


LAYERS = {
    "tanh": lambda: [nn.Tanh()],
    "gelu and softmax": lambda: [nn.GELU(), nn.Softmax(1)],
    "dropout draws anew": lambda: [nn.Dropout(0.4)],
    "alpha dropout": lambda: [nn.SELU(), nn.AlphaDropout(0.2)],
    "running statistics": lambda: [nn.BatchNorm1d(8)],
    "layer norm": lambda: [nn.LayerNorm(8)],
    "group norm": lambda: [nn.GroupNorm(2, 8)],
    "in place": lambda: [nn.ReLU(inplace=True)],
    "weights used twice": lambda: [*[nn.Linear(8, 8)] * 2],
    "convolution and pooling": lambda: [
        nn.Unflatten(1, (2, 4)), nn.Conv1d(2, 4, 3, padding=1), nn.MaxPool1d(2), nn.Flatten()
    ],
    "picture": lambda: [
        nn.Unflatten(1, (2, 2, 2)), nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.Flatten()
    ],
    "sequence": lambda: [nn.Unflatten(1, (2, 4)), Last(nn.GRU(4, 8, batch_first=True))],
    "memory": lambda: [nn.Unflatten(1, (2, 4)), Last(nn.LSTM(4, 8, batch_first=True))],
    "vectors that are shortened": lambda: [Numbered()],
    "a weight divided by its norm": lambda: [nn.utils.parametrizations.spectral_norm(nn.Linear(8, 8))],
    "attention": lambda: [nn.Unflatten(1, (2, 4)), nn.TransformerEncoderLayer(4, 2, 8, 0.1), nn.Flatten()],
}  # fmt: skip


class Numbered(nn.Module):
    """Adds vectors of things, whose numbers come of the input; long ones are shortened where they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.vectors = nn.Embedding(9, 8, max_norm=0.5)

    def forward(self, given: Tensor) -> Tensor:
        numbers = (given.detach().abs() * 2).long().clamp(0, 8)
        return given + self.vectors(numbers).sum(1)


class Last(nn.Module):
    """What a recurrent layer gives at the last step."""

    def __init__(self, cells: nn.Module) -> None:
        super().__init__()
        self.cells = cells

    def forward(self, rows: Tensor) -> Tensor:
        return self.cells(rows)[0][:, -1]


@pytest.mark.parametrize("name", LAYERS)
def test_every_kind_of_layer_gives_the_same_bits(name: str) -> None:
    def make() -> Made:
        gradloom.manual_seed(1)
        return classifier(*LAYERS[name]())

    assert_same(make, batches(6))


def test_a_step_that_draws_the_same_numbers_again_runs_as_it_is() -> None:
    def make() -> Made:
        model, optimizer, _ = classifier(nn.Dropout(0.4))

        def step(inputs: Tensor, target: Tensor) -> Tensor:
            optimizer.zero_grad()
            # On the way back it draws again, from where it drew on the way there.
            loss = F.cross_entropy(checkpoint(model, inputs, use_reentrant=False), target)
            loss.backward()
            optimizer.step()
            return loss

        return model, optimizer, step

    step = assert_same(make, batches(5), replayed=False)
    assert "sets where random numbers go on" in str(step.why_not)


def test_a_step_may_be_compiled_that_an_optimizer_of_another_calls() -> None:
    def train(compiled: Callable[[Any], Any]) -> list[float]:
        model, optimizer, _ = classifier(nn.ReLU(), optimizer="SGD")

        @compiled
        def loss_of(inputs: Tensor, target: Tensor) -> Tensor:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(inputs), target)
            loss.backward()
            return loss

        @compiled
        def step(inputs: Tensor, target: Tensor) -> Tensor:
            moved: Tensor = optimizer.step(lambda: loss_of(inputs, target))
            return moved

        return [step(*batch).item() for batch in batches(6)]

    assert train(gradloom.compile) == train(lambda function: function)


def test_threads_may_record_steps_at_the_same_time() -> None:
    amid, done = threading.Event(), threading.Event()

    @gradloom.compile
    def slow(given: Tensor) -> Tensor:
        amid.set()
        assert done.wait(60)
        return given * 2

    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(slow, gradloom.ones(2))
        assert amid.wait(60)
        try:
            assert_same(lambda: classifier(nn.ReLU()), batches(4))
        finally:
            done.set()
        assert result.result().tolist() == [2, 2]


def test_threads_may_see_at_the_same_time_that_a_step_has_changed() -> None:
    both, looks = threading.Barrier(2), threading.local()

    class Factor:
        __slots__ = ("value",)

        def __getattribute__(self, name: str) -> Any:
            if getattr(looks, "left", 0):
                looks.left -= 1
                both.wait(20)
            return super().__getattribute__(name)

    factor = Factor()
    factor.value = 2
    scaled = gradloom.compile(lambda given: given * factor.value)
    for _ in range(2):
        scaled(gradloom.ones(1))
    factor.value = 3

    def call(_: int) -> float:
        looks.left = 2  # before replaying, and before recording anew
        result: float = scaled(gradloom.ones(1)).item()
        return result

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(call, range(2))) == [3, 3]


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
