"""Optimizers keep groups and states, go on where they were stopped, and refuse what makes no sense."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom import nn, optim
from gradloom.creation import from_numpy

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.1, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-5, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.01, "amsgrad": True, "maximize": True}),
    ("AdamW", {"lr": 0.01}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.3, "amsgrad": True, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.01, "alpha": 0.9, "momentum": 0.7, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.5, "maximize": True}),
    ("Adadelta", {}),
    ("Adafactor", {}),
    ("Adagrad", {"lr_decay": 0.1}),
    ("Adamax", {}),
    ("ASGD", {"t0": 2}),
    ("NAdam", {}),
    ("RAdam", {}),
    ("Rprop", {}),
    ("SparseAdam", {}),
]
each_setting = pytest.mark.parametrize(("name", "settings"), SETTINGS)


def walk(
    optimizer: Any, parameters: list[Any], wrap: Callable[[Any], Any], steps: int, seed: int = 0
) -> None:
    """So many steps along random gradients; every third time the last parameter has none."""
    rng = np.random.default_rng(seed)
    for step in range(steps):
        for parameter in parameters:
            gradient = rng.standard_normal(tuple(parameter.shape)).astype(np.float32)
            parameter.grad = wrap(gradient)
        if step % 3 == 2:
            parameters[-1].grad = None
        optimizer.step()


def three_parameters(wrap: Callable[[Any], Any]) -> list[Any]:
    rng = np.random.default_rng(1)
    return [
        wrap(rng.standard_normal(shape).astype(np.float32)).requires_grad_()
        for shape in ((3, 4), (4,), (2, 1, 3))
    ]


@each_setting
def test_a_restored_optimizer_goes_on_to_the_bit(name: str, settings: dict[str, Any]) -> None:
    through = three_parameters(from_numpy)
    optimizer = getattr(optim, name)(through, **settings)
    walk(optimizer, through, from_numpy, 4)
    saved = optimizer.state_dict()
    copies = [from_numpy(parameter.array.copy()).requires_grad_() for parameter in through]
    restored = getattr(optim, name)(copies, lr=99.0)
    restored.load_state_dict(saved)
    walk(optimizer, through, from_numpy, 3, seed=5)
    walk(restored, copies, from_numpy, 3, seed=5)
    for a, b in zip(through, copies, strict=True):
        np.testing.assert_array_equal(a.array, b.array)


def test_groups_have_settings_of_their_own() -> None:
    a, b, c = three_parameters(from_numpy)
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.0}], lr=0.5)
    optimizer.add_param_group({"params": [c], "momentum": 0.9})
    before = [parameter.array.copy() for parameter in (a, b, c)]
    for parameter in (a, b, c):
        parameter.grad = gradloom.ones_like(parameter)
    optimizer.step()
    moved = [float(np.abs(old - p.array).max()) for old, p in zip(before, (a, b, c), strict=True)]
    assert moved == pytest.approx([0.5, 0.0, 0.5])
    assert optimizer.state[c].keys() == {"momentum_buffer"}
    assert "lr: 0.0" in repr(optimizer)


def test_named_parameters_are_taken() -> None:
    optimizer = optim.Adam(nn.Linear(2, 1).named_parameters())
    assert len(optimizer.param_groups[0]["params"]) == 2


def test_closures_compute_the_loss() -> None:
    parameter = gradloom.ones(1).requires_grad_()
    optimizer = optim.SGD([parameter], lr=0.25)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (parameter * parameter).sum()
        loss.backward()
        return loss

    with gradloom.no_grad():
        assert optimizer.step(closure).item() == 1.0
    assert parameter.item() == 0.5


def test_gradients_are_dropped_or_zeroed() -> None:
    parameters = three_parameters(from_numpy)
    optimizer = optim.SGD(parameters)
    for parameter in parameters[:2]:
        parameter.grad = gradloom.ones_like(parameter)
    optimizer.zero_grad(set_to_none=False)
    assert [None if p.grad is None else p.grad.array.sum() for p in parameters] == [0, 0, None]
    optimizer.zero_grad()
    assert all(parameter.grad is None for parameter in parameters)


def test_a_step_between_forward_and_backward_is_noticed() -> None:
    parameter = gradloom.ones(2).requires_grad_()
    loss = (parameter * parameter).sum()
    optimizer = optim.SGD([parameter], lr=0.1)
    parameter.grad = gradloom.ones(2)
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_an_optimizer_of_ones_own_needs_only_update() -> None:
    class SignSGD(optim.Optimizer):
        def __init__(self, params: Any, lr: float = 0.1) -> None:
            super().__init__(params, {"lr": lr})

        def update(self, values: Any, gradient: Any, state: Any, group: Any) -> None:
            values -= group["lr"] * np.sign(gradient)

    parameter = gradloom.zeros(2).requires_grad_()
    parameter.grad = gradloom.tensor([3.0, -0.2])
    SignSGD([parameter]).step()
    np.testing.assert_allclose(parameter.array, [-0.1, 0.1], rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda p: optim.SGD([]), ValueError, "optimizer got an empty parameter list"),
        (lambda p: optim.SGD(p), TypeError, "params argument given to the optimizer"),
        (lambda p: optim.SGD([3]), TypeError, "can only optimize Tensors, but one of the params is int"),
        (lambda p: optim.SGD([p * 2]), ValueError, "can't optimize a non-leaf Tensor"),
        (
            lambda p: optim.SGD([{"params": [p]}, {"params": [p]}]),
            ValueError,
            "more than one parameter group",
        ),
        (lambda p: optim.SGD([{"params": {p}}]), TypeError, "ordering of tensors in sets"),
        (lambda p: optim.SGD([p], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda p: optim.SGD([p], momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda p: optim.SGD([p], nesterov=True), ValueError, "Nesterov momentum requires a momentum"),
        (lambda p: optim.Adam([p], lr=math.nan), ValueError, "Invalid learning rate: nan"),
        (lambda p: optim.Adam([p], betas=(0.9, 1.0)), ValueError, "Invalid beta parameter at index 1: 1.0"),
        (lambda p: optim.AdamW([p], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (lambda p: optim.RMSprop([p], alpha=-1), ValueError, "Invalid alpha value: -1"),
    ],
)
def test_refusals(make: Callable[[Any], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make(gradloom.ones(2).requires_grad_())


def test_the_sums_of_adagrad_are_there_before_the_first_step() -> None:
    parameter = gradloom.ones(2, dtype=gradloom.float64).requires_grad_()
    (state,) = optim.Adagrad([parameter], initial_accumulator_value=0.5).state_dict()["state"].values()
    assert state["sum"].tolist() == [0.5, 0.5]
    assert state["sum"].dtype is gradloom.float64
    assert state["step"].item() == 0


def test_lbfgs_stops_once_the_slope_is_gentle_enough() -> None:
    parameter = gradloom.ones(1).requires_grad_()
    optimizer = optim.LBFGS([parameter], lr=0.5, max_iter=20, tolerance_grad=0.3)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (parameter * parameter).sum() / 2
        loss.backward()
        return loss

    optimizer.step(closure)
    assert parameter.item() == 0.25


def test_states_of_other_shapes_are_refused() -> None:
    a, b, _ = three_parameters(from_numpy)
    saved = optim.SGD([a]).state_dict()
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
        optim.SGD([a, b]).load_state_dict(saved)
    with pytest.raises(ValueError, match="different number of parameter groups"):
        optim.SGD([{"params": [a]}, {"params": [b]}]).load_state_dict(saved)


def test_settings_that_an_older_state_does_not_know_are_the_defaults() -> None:
    weights = gradloom.ones(2).requires_grad_()
    optimizer = optim.SGD([weights], lr=0.1, momentum=0.9)
    saved = optimizer.state_dict()
    for name in ("maximize", "differentiable"):
        del saved["param_groups"][0][name]
    optimizer.load_state_dict(saved)
    weights.grad = gradloom.ones(2)
    optimizer.step()
    assert weights.tolist() == pytest.approx([0.9, 0.9])


def _new_values(optimizer: Any, parameter: Any) -> None:
    parameter.data = parameter.detach().clone()


def _new_array(optimizer: Any, parameter: Any) -> None:
    parameter.array = np.asfortranarray(parameter.array)


def _new_state(optimizer: Any, parameter: Any) -> None:
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))


def _new_memory(optimizer: Any, parameter: Any) -> None:
    for kept in optimizer.state[parameter].values():
        kept.array = kept.array.copy()


def _strided_gradient(optimizer: Any, parameter: Any) -> None:
    parameter.grad.array = np.repeat(parameter.grad.array, 2, axis=1)[:, ::2]


def _copied_optimizer(optimizer: Any, parameter: Any) -> None:
    optimizer.__setstate__(optimizer.__getstate__())


@pytest.mark.parametrize(
    "change", [_new_values, _new_array, _new_state, _new_memory, _strided_gradient, _copied_optimizer]
)
@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, 0.1, 0.9), lambda p: optim.Adam(p, amsgrad=True)])
def test_steps_follow_arrays_that_others_replace(
    make: Callable[[Any], Any], change: Callable[[Any, Any], None]
) -> None:
    values, gradients = np.ones((3, 4), np.float32), np.arange(12, dtype=np.float32).reshape(3, 4)
    ends = []
    for disturbed in (False, True):
        parameter = from_numpy(values.copy()).requires_grad_()
        optimizer = make([parameter])
        for step in range(4):
            parameter.grad = from_numpy(gradients - step)
            if disturbed and step:
                change(optimizer, parameter)
            optimizer.step()
        ends.append(parameter.array)
    np.testing.assert_array_equal(*ends)


def test_parameters_of_several_dtypes_share_a_group() -> None:
    parameters = [
        gradloom.ones(3, dtype=each).requires_grad_() for each in (gradloom.float32, gradloom.float64) * 2
    ]
    for parameter in parameters:
        parameter.grad = gradloom.ones_like(parameter)
    optim.Adam(parameters, lr=0.1).step()
    assert parameters[1].array[0] == parameters[3].array[0] == pytest.approx(0.9, abs=1e-8)
    assert parameters[0].array[0] == parameters[2].array[0] == np.float32(0.9)


def test_a_subclass_may_move_its_own_way() -> None:
    class Halved(optim.SGD):
        def update(self, values: Any, gradient: Any, state: Any, group: Any) -> None:
            super().update(values, gradient / 2, state, group)

    parameter = gradloom.zeros(2).requires_grad_()
    parameter.grad = gradloom.ones(2)
    Halved([parameter], lr=1.0).step()
    assert parameter.tolist() == [-0.5, -0.5]
