"""Every schedule with every sensible option, a hundred steps in both engines, bit for bit."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch

import gradloom
from oracle.optimizers import same_state
from oracle.twins import Differs, Twins
from oracle.verdict import Verdict

STEPS = 100
Make = Callable[[Any, Any], Any]
"""A schedule from the module of schedules and the optimizer."""


class _Halving:
    """A callable with state of its own, which a schedule's state_dict carries."""

    def __init__(self) -> None:
        self.base = 0.5

    def __call__(self, epoch: float) -> float:
        return float(self.base ** (epoch / 10))


SCHEDULES: dict[str, list[Make]] = {
    "LambdaLR": [
        lambda s, o: s.LambdaLR(o, lambda epoch: 0.95**epoch),
        lambda s, o: s.LambdaLR(o, [lambda epoch: 1 / (1 + epoch), _Halving()]),
    ],
    "MultiplicativeLR": [
        lambda s, o: s.MultiplicativeLR(o, lambda epoch: 0.95),
        lambda s, o: s.MultiplicativeLR(o, [_Halving(), lambda epoch: 1 - 1 / (2 + epoch)]),
    ],
    "StepLR": [lambda s, o: s.StepLR(o, 30), lambda s, o: s.StepLR(o, step_size=7, gamma=0.7)],
    "MultiStepLR": [
        lambda s, o: s.MultiStepLR(o, [2, 5, 5, 9, 80], gamma=0.3),
        lambda s, o: s.MultiStepLR(o, milestones=[], gamma=0.3),
    ],
    "ConstantLR": [
        lambda s, o: s.ConstantLR(o),
        lambda s, o: s.ConstantLR(o, factor=0.7, total_iters=0),
        lambda s, o: s.ConstantLR(o, factor=0.7, total_iters=40),
    ],
    "LinearLR": [
        lambda s, o: s.LinearLR(o),
        lambda s, o: s.LinearLR(o, start_factor=0.25, end_factor=0.8, total_iters=33),
        lambda s, o: s.LinearLR(o, start_factor=1.0, end_factor=0.0, total_iters=120),
    ],
    "ExponentialLR": [lambda s, o: s.ExponentialLR(o, 0.9), lambda s, o: s.ExponentialLR(o, gamma=1.01)],
    "PolynomialLR": [
        lambda s, o: s.PolynomialLR(o),
        lambda s, o: s.PolynomialLR(o, total_iters=70, power=0.9),
        lambda s, o: s.PolynomialLR(o, total_iters=300, power=3),
    ],
    "CosineAnnealingLR": [
        lambda s, o: s.CosineAnnealingLR(o, 100),
        lambda s, o: s.CosineAnnealingLR(o, T_max=7, eta_min=0.01),
    ],
    "CosineAnnealingWarmRestarts": [
        lambda s, o: s.CosineAnnealingWarmRestarts(o, 9),
        lambda s, o: s.CosineAnnealingWarmRestarts(o, T_0=5, T_mult=2, eta_min=0.001),
    ],
    "CyclicLR": [
        lambda s, o: s.CyclicLR(o, 0.01, 0.1),
        lambda s, o: s.CyclicLR(o, 0.01, 0.1, step_size_up=5),
        lambda s, o: s.CyclicLR(o, [0.01, 0.02], [0.1, 0.3], 5, 9, mode="triangular2"),
        lambda s, o: s.CyclicLR(o, 0.01, 0.1, 4, mode="exp_range", gamma=0.97, cycle_momentum=False),
        lambda s, o: s.CyclicLR(o, 0.01, 0.1, 4, scale_fn=_Halving(), scale_mode="iterations"),
        lambda s, o: s.CyclicLR(o, 0.01, 0.1, 4, scale_fn=lambda x: 0.9**x, base_momentum=[0.5, 0.6]),
    ],
    "OneCycleLR": [
        lambda s, o: s.OneCycleLR(o, 0.5, total_steps=110),
        lambda s, o: s.OneCycleLR(o, [0.5, 0.7], epochs=11, steps_per_epoch=10, three_phase=True),
        lambda s, o: s.OneCycleLR(o, 0.5, total_steps=110, pct_start=0.1, anneal_strategy="linear"),
        lambda s, o: s.OneCycleLR(o, 0.5, 110, cycle_momentum=False, div_factor=10, final_div_factor=100),
    ],
    "ReduceLROnPlateau": [
        lambda s, o: s.ReduceLROnPlateau(o),
        lambda s, o: s.ReduceLROnPlateau(o, patience=2, factor=0.5),
        lambda s, o: s.ReduceLROnPlateau(
            o, "max", factor=0.5, patience=0, threshold=0.3, threshold_mode="abs"
        ),
        lambda s, o: s.ReduceLROnPlateau(o, "max", patience=3, threshold=0.01),
        lambda s, o: s.ReduceLROnPlateau(o, patience=1, cooldown=2, min_lr=0.015, threshold=0.1),
        lambda s, o: s.ReduceLROnPlateau(o, patience=0, min_lr=[0.05, 0.0], eps=0.05),
    ],
    "SequentialLR": [
        lambda s, o: s.SequentialLR(
            o, [s.LinearLR(o, 0.1, total_iters=9), s.CosineAnnealingLR(o, 60)], milestones=[10]
        ),
        lambda s, o: s.SequentialLR(
            o, [s.ConstantLR(o, 0.1, 3), s.ExponentialLR(o, 0.9), s.StepLR(o, 4)], [5, 30]
        ),
        lambda s, o: s.SequentialLR(
            o,
            [s.SequentialLR(o, [s.ConstantLR(o), s.LinearLR(o)], [8]), s.PolynomialLR(o, 30)],
            milestones=[20],
        ),
    ],
    "ChainedScheduler": [
        lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.97)]),
        lambda s, o: s.ChainedScheduler([s.LinearLR(o), s.StepLR(o, 9), s.CosineAnnealingLR(o, 50)], o),
    ],
    "SWALR": [
        lambda s, o: s.SWALR(o, 0.05),
        lambda s, o: s.SWALR(o, [0.05, 0.2], anneal_epochs=30, anneal_strategy="linear"),
        lambda s, o: s.SWALR(o, swa_lr=0.05, anneal_epochs=0),
    ],
}

ERRORS: dict[str, list[Make]] = {
    "LambdaLR": [lambda s, o: s.LambdaLR(o, [abs]), lambda s, o: s.LambdaLR(3, abs)],
    "MultiplicativeLR": [
        lambda s, o: s.MultiplicativeLR(o, [abs]),
        lambda s, o: s.MultiplicativeLR(o, 0.5),
    ],
    "StepLR": [
        lambda s, o: s.StepLR(3, 1),
        lambda s, o: s.StepLR(o, 1, last_epoch=3),
        lambda s, o: s.StepLR(o, 1).get_lr(),
        lambda s, o: _steps(s.StepLR(o, 1), 2),
        lambda s, o: _steps(s.StepLR(o, 1), 1, 5),
        lambda s, o: _replaced_step(s.StepLR(o, 1), o),
    ],
    "ConstantLR": [lambda s, o: s.ConstantLR(o, factor=1.5)],
    "LinearLR": [lambda s, o: s.LinearLR(o, start_factor=0.0), lambda s, o: s.LinearLR(o, end_factor=2)],
    "CosineAnnealingWarmRestarts": [
        lambda s, o: s.CosineAnnealingWarmRestarts(o, 0),
        lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, T_mult=1.5),
        lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, eta_min="low"),
        lambda s, o: s.CosineAnnealingWarmRestarts(o, 3).step(-1),
    ],
    "CyclicLR": [
        lambda s, o: s.CyclicLR(o, [0.1], 0.2),
        lambda s, o: s.CyclicLR(3, 0.1, 0.2),
        lambda s, o: s.CyclicLR(o, 0.1, 0.2, mode="square"),
    ],
    "OneCycleLR": [
        lambda s, o: s.OneCycleLR(3, 0.1, 10),
        lambda s, o: s.OneCycleLR(o, 0.1),
        lambda s, o: s.OneCycleLR(o, 0.1, 0),
        lambda s, o: s.OneCycleLR(o, 0.1, epochs=1.5, steps_per_epoch=3),
        lambda s, o: s.OneCycleLR(o, 0.1, epochs=2, steps_per_epoch=-1),
        lambda s, o: s.OneCycleLR(o, 0.1, 10, pct_start=2.0),
        lambda s, o: s.OneCycleLR(o, 0.1, 10, anneal_strategy="saw"),
        lambda s, o: _steps(s.OneCycleLR(o, 0.1, 2), 4, first=True),
    ],
    "ReduceLROnPlateau": [
        lambda s, o: s.ReduceLROnPlateau(o, factor=1.0),
        lambda s, o: s.ReduceLROnPlateau(o, mode="best"),
        lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="some"),
        lambda s, o: s.ReduceLROnPlateau(3),
        lambda s, o: s.ReduceLROnPlateau(o, min_lr=[0.1]),
        lambda s, o: s.ReduceLROnPlateau(o).step(1.0, 3),
    ],
    "SequentialLR": [
        lambda s, o: s.SequentialLR(o, [], []),
        lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [3]),
        lambda s, o: s.SequentialLR(o, [3, 4], [3]),
        lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1), s.ReduceLROnPlateau(o)], [3]),
    ],
    "ChainedScheduler": [
        lambda s, o: s.ChainedScheduler([]),
        lambda s, o: s.ChainedScheduler([s.StepLR(o, 1), s.ReduceLROnPlateau(o)]),
        lambda s, o: s.ChainedScheduler([3], o),
    ],
    "SWALR": [
        lambda s, o: s.SWALR(o, [0.1]),
        lambda s, o: s.SWALR(o, 0.1, anneal_strategy="saw"),
        lambda s, o: s.SWALR(o, 0.1, anneal_epochs=-1),
    ],
}
"""What must fail, or warn, in the same words."""

OPTIMIZERS: dict[str, Callable[[Any, list[Any]], Any]] = {
    "SGD": lambda engine, params: engine.optim.SGD(
        [{"params": params[:1]}, {"params": params[1:], "lr": 0.02}], lr=0.1, momentum=0.9
    ),
    "Adam": lambda engine, params: engine.optim.Adam(
        [{"params": params[:1]}, {"params": params[1:], "lr": 0.02}], lr=0.1
    ),
    "tensor lr": lambda engine, params: engine.optim.SGD(
        [{"params": params[:1]}, {"params": params[1:], "lr": engine.tensor(0.02, dtype=engine.float64)}],
        lr=engine.tensor(0.1, dtype=engine.float64),
        momentum=0.9,
    ),
}

NO_TENSOR_RATES = {"OneCycleLR"}
"""Where PyTorch itself ties the tensors of several settings to each other."""


def _steps(scheduler: Any, count: int, *epochs: int, first: bool = False) -> None:
    if first:
        scheduler.optimizer.step()
    for _ in range(count):
        scheduler.step(*epochs)


def _replaced_step(scheduler: Any, optimizer: Any) -> None:
    optimizer.step = lambda: None
    scheduler.step()


def verdicts(only: str = "") -> Iterator[Verdict]:
    """What came of each schedule whose name contains one of the words in `only`."""
    words = [word for word in only.split(",") if word]
    for name in sorted(SCHEDULES):
        if not words or any(word in name for word in words):
            yield verdict(name)


def verdict(name: str) -> Verdict:
    """What came of one schedule, with all its options, on several optimizers."""
    found = Verdict(name)
    for kind, check in _checks(name):
        found.checks += 1
        try:
            check()
        except Exception as error:  # noqa: BLE001 - told in the table
            found.state = "differs"
            found.reasons.setdefault(kind, f"{type(error).__name__}: {error}")
    return found


def _checks(name: str) -> Iterator[tuple[str, Callable[[], None]]]:
    for number, make in enumerate(SCHEDULES[name]):
        for optimizer, build in OPTIMIZERS.items():
            if optimizer == "tensor lr" and name in NO_TENSOR_RATES:
                continue
            yield f"{number} on {optimizer}", lambda make=make, build=build: _walk(make, build)
    for number, make in enumerate(ERRORS.get(name, [])):
        yield f"error {number}", lambda make=make: _fail_alike(make)


class _Schedules:
    """All schedules of an engine in one namespace."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        optim = self._engine.optim
        return getattr(optim.swa_utils if name == "SWALR" else optim.lr_scheduler, name)


def _optimizer(engine: Any, build: Callable[[Any, list[Any]], Any]) -> Any:
    return build(engine, [engine.zeros(1, requires_grad=True) for _ in range(2)])


def _walk(make: Make, build: Callable[[Any, list[Any]], Any]) -> None:
    ours, theirs = _optimizer(gradloom, build), _optimizer(torch, build)
    pair = make(_Schedules(gradloom), ours), make(_Schedules(torch), theirs)
    for number in range(STEPS):
        _compare(*pair, number)
        if number == STEPS // 2:
            pair = _restored(make, build, *pair)
        _step(pair[0], number)
        _step(pair[1], number)
    _compare(*pair, STEPS)


def _step(scheduler: Any, number: int) -> None:
    scheduler.optimizer.step()
    if type(scheduler).__name__ == "ReduceLROnPlateau":
        scheduler.step(math.sin(number / 7) + 2 / (1 + number))
    else:
        scheduler.step()


def _restored(make: Make, build: Callable[[Any, list[Any]], Any], ours: Any, theirs: Any) -> tuple[Any, Any]:
    """Our schedule made anew with the state of PyTorch's; PyTorch's goes on."""
    optimizer = _optimizer(gradloom, build)
    scheduler = make(_Schedules(gradloom), optimizer)
    twins = Twins()
    scheduler.load_state_dict(twins(theirs.state_dict()))
    optimizer.load_state_dict(twins(theirs.optimizer.state_dict()))
    return scheduler, theirs


def _compare(ours: Any, theirs: Any, step: int) -> None:
    for at, (mine, its) in enumerate(
        zip(ours.optimizer.param_groups, theirs.optimizer.param_groups, strict=True)
    ):
        for key in its.keys() - {"params"}:
            if not _same(mine[key], its[key]):
                raise Differs(f"step {step}, group {at}, {key}: {mine[key]!r}, not {its[key]!r}")
    if not _same(ours.get_last_lr(), theirs.get_last_lr()):
        raise Differs(f"step {step}: {ours.get_last_lr()}, not {theirs.get_last_lr()}")
    same_state(_without_values(ours.state_dict()), _without_values(theirs.state_dict()), f"step {step}")


def _same(ours: Any, theirs: Any) -> bool:
    """Bit for bit."""
    if isinstance(theirs, list | tuple):
        return len(ours) == len(theirs) and all(map(_same, ours, theirs))
    if isinstance(theirs, torch.Tensor):
        return isinstance(ours, gradloom.Tensor) and bool(ours.item() == theirs.item())
    return bool(ours == theirs)


def _without_values(state: dict[str, Any]) -> dict[str, Any]:
    """Bound methods and the like, which differ from engine to engine, by their kind only."""
    return {key: "callable" if callable(value) else value for key, value in state.items()}


def _fail_alike(make: Make) -> None:
    ours, theirs = (_failure(make, engine) for engine in (gradloom, torch))
    if ours != theirs or ours[0] == "none":
        raise Differs(f"{ours}, not {theirs}")


def _failure(make: Make, engine: Any) -> tuple[str, str]:
    optimizer = _optimizer(engine, OPTIMIZERS["SGD"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            make(_Schedules(engine), optimizer)
    except Exception as error:  # noqa: BLE001 - compared with the other engine's
        return type(error).__name__, str(error).replace("torch.", "").replace("gradloom.", "")
    return "none", ""
