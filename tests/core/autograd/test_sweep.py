"""The backward sweep: what it accumulates, frees, and refuses."""

from __future__ import annotations

import copy
import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom.autograd import grad


def leaf(*values: float) -> gradloom.Tensor:
    return gradloom.tensor(list(values), dtype=gradloom.float64, requires_grad=True)


def test_a_value_used_twice_gets_both_gradients() -> None:
    x = leaf(2.0, 3.0)
    (x * x + x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [5.0, 7.0]


def test_gradients_accumulate_until_cleared() -> None:
    x = leaf(1.0)
    for _ in range(3):
        (x * 2).sum().backward()
    assert x.grad is not None
    assert x.grad.item() == 6.0


def test_the_gradient_of_a_leaf_shares_no_memory_with_anything() -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    seed = gradloom.ones(2, dtype=gradloom.float64)
    (x + y).backward(seed)
    assert x.grad is not None
    assert y.grad is not None
    x.grad.mul_(10)
    assert y.grad.tolist() == [1.0, 1.0]
    assert seed.tolist() == [1.0, 1.0]


def test_ten_thousand_operations_deep() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(10_000):
        y = y + 1
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.item() == 1.0


def test_a_thousand_layers_deep() -> None:
    layers = [gradloom.nn.Linear(4, 4) for _ in range(1000)]
    model = gradloom.nn.Sequential(*layers)
    model(gradloom.ones(2, 4)).sum().backward()
    assert layers[0].weight.grad is not None
    assert len(copy.deepcopy(model).state_dict()) == 2000
    nested = gradloom.nn.Sequential(layers[0])
    for layer in layers[1:150]:
        nested = gradloom.nn.Sequential(nested, layer)
    assert nested(gradloom.ones(2, 4)).shape == (2, 4)


def test_a_long_graph_that_is_never_swept_goes_quietly() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    node = weakref.ref(y.grad_fn)
    del y
    assert node() is None


def test_a_graph_has_no_reference_cycles() -> None:
    gc.collect()
    gc.disable()
    try:
        x = leaf(1.0, 2.0)
        hidden = (x.exp() * x).tanh() + 1
        hidden[0] = 0.0
        loss = hidden.view(2, 1).pow(2).sum()
        nodes = [weakref.ref(loss.grad_fn), weakref.ref(hidden.grad_fn)]
        tensors = [weakref.ref(loss), weakref.ref(hidden)]
        loss.backward(retain_graph=True)
        del loss, hidden
        assert [each() for each in (*nodes, *tensors)] == [None] * 4
    finally:
        gc.enable()


def test_a_graph_under_create_graph_has_no_cycles_but_the_gradient_itself() -> None:
    gc.collect()
    gc.disable()
    try:
        x = leaf(1.0, 2.0)
        (slope,) = grad(x.exp().sum(), x, create_graph=True)
        node = weakref.ref(slope.grad_fn)
        del slope
        assert node() is None
    finally:
        gc.enable()


def test_kept_values_are_freed_by_the_sweep() -> None:
    x = leaf(1.0, 2.0)
    y = x.exp()
    y.sum().backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.sum().backward()


def test_a_retained_graph_can_be_swept_again() -> None:
    x = leaf(1.0)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == 4.0


def test_only_scalars_start_by_themselves() -> None:
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        (x * 2).backward()
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        (x * 2).backward(gradloom.ones(3))
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require grad"):
        gradloom.ones(1).backward()


def test_grad_gives_gradients_of_inner_values_and_touches_no_leaf() -> None:
    x = leaf(2.0)
    y = x * x
    z = y * 3
    by_y, by_x = grad(z.sum(), [y, x])
    assert (by_y.item(), by_x.item(), x.grad) == (3.0, 12.0, None)


def test_grad_refuses_what_was_not_used() -> None:
    x, y = leaf(1.0), leaf(1.0)
    with pytest.raises(RuntimeError, match="appears to not have been used"):
        grad((x * 2).sum(), y)
    assert grad((x * 2).sum(), y, allow_unused=True) == (None,)
    assert grad((x * 2).sum(), y, materialize_grads=True)[0].item() == 0.0


def test_grad_does_not_sweep_what_leads_elsewhere() -> None:
    x, y = leaf(1.0), leaf(1.0)
    seen = []
    elsewhere = y * 2
    elsewhere.register_hook(seen.append)
    grad((x * 3 + elsewhere).sum(), x)
    assert seen == []


def test_backward_into_chosen_inputs_only() -> None:
    x, y = leaf(2.0), leaf(3.0)
    (x * y).sum().backward(inputs=[x])
    assert x.grad is not None
    assert (x.grad.item(), y.grad) == (3.0, None)


def test_third_derivatives() -> None:
    x = leaf(2.0)
    first = grad((x**4).sum(), x, create_graph=True)[0]
    second = grad(first.sum(), x, create_graph=True)[0]
    third = grad(second.sum(), x)[0]
    assert (first.item(), second.item(), third.item()) == (32.0, 48.0, 48.0)


def test_backward_under_create_graph_leaves_a_gradient_with_a_history() -> None:
    x = leaf(3.0)
    (x**3).sum().backward(create_graph=True)
    assert x.grad is not None
    assert grad(x.grad.sum(), x)[0].item() == 18.0


def test_hooks_see_and_replace_gradients() -> None:
    x = leaf(1.0)
    y = x * 2
    y.register_hook(lambda g: g * 10)
    handle = x.register_hook(lambda g: g + 1)
    (y * 1).sum().backward(retain_graph=True)
    assert x.grad is not None
    assert x.grad.item() == 21.0
    handle.remove()
    x.grad = None
    (y * 1).sum().backward()
    assert x.grad.item() == 20.0


def test_retain_grad_keeps_the_gradient_of_an_inner_value() -> None:
    x = leaf(1.0)
    y = x * 2
    y.retain_grad()
    (y * 3).sum().backward()
    assert y.grad is not None
    assert y.grad.item() == 3.0


def test_a_retained_gradient_is_nobody_elses() -> None:
    x, given = leaf(1.0, 2.0), gradloom.tensor([3.0, 4.0], dtype=gradloom.float64)
    y = x * 1
    first, second = y[:1], y[1:]
    for each in (y, first):
        each.retain_grad()
    gradloom.autograd.backward([first, second], [given[:1], given[1:]])
    assert y.grad is not None
    y.grad.zero_()
    assert first.grad is not None
    assert (first.grad.tolist(), given.tolist()) == ([3.0], [3.0, 4.0])


def test_a_value_changed_after_it_was_kept_is_refused() -> None:
    x = leaf(1.0, 2.0)
    y = x * 1
    z = y.exp().sum() + (y * y).sum()
    y.add_(1)
    with pytest.raises(
        RuntimeError, match=r"modified by an inplace operation.*is at version 1; expected version 0"
    ):
        z.backward()


def test_gradients_take_the_dtype_of_what_they_belong_to() -> None:
    single = gradloom.ones(2, requires_grad=True)
    double = gradloom.ones(2, dtype=gradloom.float64, requires_grad=True)
    (single * double).sum().backward()
    assert single.grad is not None
    assert double.grad is not None
    assert (single.grad.dtype, double.grad.dtype) == (gradloom.float32, gradloom.float64)


def test_threads_sweep_side_by_side() -> None:
    results: dict[int, float] = {}

    def work(number: int) -> None:
        x = leaf(float(number))
        y = x
        for _ in range(200):
            y = y * 1.0 + x
        y.sum().backward()
        assert x.grad is not None
        results[number] = x.grad.item()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == dict.fromkeys(range(4), 201.0)


def test_overflow_is_silent_in_every_thread() -> None:
    problems: list[BaseException] = []

    def work() -> None:
        try:
            x = gradloom.tensor([1e30, -1.0], requires_grad=True)
            (x * x).log().sqrt().sum().backward()
            assert not np.isfinite((x * x).array[0])
        except BaseException as error:  # noqa: BLE001 - reported by the test's own thread
            problems.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    work()
    assert problems == []


def test_a_gradient_that_nobody_else_holds_is_not_copied() -> None:
    addresses = []

    class Doubled(gradloom.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            made = grad * 2
            addresses.append(made.data_ptr())
            return made

    x = gradloom.ones(3).requires_grad_()
    Doubled.apply(x).sum().backward()
    assert [x.grad.data_ptr()] == addresses


def test_leaves_do_not_share_a_gradient() -> None:
    x, y = (gradloom.ones(3).requires_grad_() for _ in range(2))
    (x + y).backward(seed := gradloom.ones(3))
    assert len({x.grad.data_ptr(), y.grad.data_ptr(), seed.data_ptr()}) == 3
