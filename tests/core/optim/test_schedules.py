"""Schedules go on after being restored, respect what others set, and refuse what makes no sense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import gradloom
from gradloom import optim

Make = Callable[[Any, Any], Any]

SCHEDULES: list[Make] = [
    lambda s, o: s.StepLR(o, step_size=3, gamma=0.5),
    lambda s, o: s.MultiStepLR(o, milestones=[2, 5, 5, 9], gamma=0.3),
    lambda s, o: s.ExponentialLR(o, gamma=0.9),
    lambda s, o: s.CosineAnnealingLR(o, T_max=7, eta_min=0.01),
    lambda s, o: s.CosineAnnealingLR(o, T_max=25),
    lambda s, o: s.LinearLR(o, start_factor=0.25, total_iters=4),
    lambda s, o: s.LinearLR(o, start_factor=1.0, end_factor=0.2, total_iters=30),
    lambda s, o: s.LambdaLR(o, lambda epoch: 0.95**epoch),
    lambda s, o: s.LambdaLR(o, [lambda epoch: 1 / (1 + epoch), lambda epoch: 0.5]),
]


def optimizer_of(module: Any, tensor: Any) -> Any:
    groups = [{"params": [tensor()]}, {"params": [tensor()], "lr": 0.02}]
    return module.SGD(groups, lr=0.1)


def rates(scheduler: Any, steps: int) -> list[list[float]]:
    seen = [scheduler.get_last_lr()]
    for _ in range(steps):
        scheduler.optimizer.step()
        scheduler.step()
        seen.append(scheduler.get_last_lr())
    assert [group["lr"] for group in scheduler.optimizer.param_groups] == seen[-1]
    return seen


def own_tensor() -> Any:
    return gradloom.zeros(1).requires_grad_()


@pytest.mark.parametrize("make", SCHEDULES)
def test_a_restored_schedule_goes_on(make: Make) -> None:
    through = make(optim.lr_scheduler, optimizer_of(optim, own_tensor))
    rates(through, 6)
    optimizer = optimizer_of(optim, own_tensor)
    restored = make(optim.lr_scheduler, optimizer)
    optimizer.load_state_dict(through.optimizer.state_dict())
    restored.load_state_dict(through.state_dict())
    assert rates(through, 8) == rates(restored, 8)


def test_a_rate_set_by_hand_is_respected() -> None:
    scheduler = optim.lr_scheduler.StepLR(optimizer_of(optim, own_tensor), step_size=2, gamma=0.5)
    scheduler.optimizer.param_groups[0]["lr"] = 0.8
    scheduler.optimizer.step()
    scheduler.step()
    scheduler.step()
    assert scheduler.get_last_lr()[0] == 0.4


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda s, o: s.StepLR(3, 1), TypeError, "int is not an Optimizer"),
        (lambda s, o: s.LinearLR(o, start_factor=0.0), ValueError, "greater than 0 and less or equal to 1"),
        (lambda s, o: s.LambdaLR(o, [abs]), ValueError, "Expected 2 lr_lambdas, but got 1"),
        (lambda s, o: s.StepLR(o, 1, last_epoch=3), KeyError, "param 'initial_lr' is not specified"),
        (lambda s, o: s.ReduceLROnPlateau(o, factor=1.0), ValueError, "Factor should be < 1.0"),
        (lambda s, o: s.ReduceLROnPlateau(o, mode="best"), ValueError, "mode best is unknown"),
    ],
)
def test_refusals(make: Make, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make(optim.lr_scheduler, optimizer_of(optim, own_tensor))
