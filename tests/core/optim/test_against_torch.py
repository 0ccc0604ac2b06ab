"""Optimizers, schedules and whole trainings are PyTorch's, on the records of its own test suite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradloom

torch = pytest.importorskip("torch")

from oracle import optimizers, schedules  # noqa: E402 - after the check that torch is there
from tests.core.optim.test_optimizers import each_setting, three_parameters, walk  # noqa: E402

pytestmark = pytest.mark.oracle


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small are slower on two."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", sorted(optimizers.records()))
def test_optimizers(name: str) -> None:
    verdict = optimizers.verdict(name)
    assert (verdict.state, verdict.reasons) == ("works", {})


@pytest.mark.filterwarnings("ignore:Detected call of .lr_scheduler.step")
@pytest.mark.parametrize("name", sorted(schedules.SCHEDULES))
def test_schedules(name: str) -> None:
    verdict = schedules.verdict(name)
    assert (verdict.state, verdict.reasons) == ("works", {})


def test_all_schedules_are_held_against_pytorchs() -> None:
    public = {name for name in torch.optim.lr_scheduler.__all__ if name != "LRScheduler"}
    assert public <= schedules.SCHEDULES.keys()
    assert set(torch.optim.lr_scheduler.__all__) <= set(gradloom.optim.lr_scheduler.__all__)


class Recipe:
    """One training in one engine: a network, fixed data, an optimizer and a schedule."""

    def __init__(self, engine: Any, net: Any, data: tuple[Any, Any], optimizer: Any, schedule: Any) -> None:
        self.net, self.engine = net, engine
        self.inputs, self.labels = (engine.from_numpy(each.copy()) for each in data)
        self.optimizer = optimizer(engine.optim, net.parameters())
        self.schedule = schedule(engine.optim.lr_scheduler, self.optimizer)

    def losses(self, steps: int) -> list[float]:
        """The loss before each step."""
        seen = []
        for _ in range(steps):

            def closure() -> Any:
                self.optimizer.zero_grad()
                loss = self.engine.nn.functional.cross_entropy(self.net(self.inputs), self.labels)
                loss.backward()
                return loss

            seen.append(self.optimizer.step(closure).item())
            self.schedule.step()
        return seen


def mlp(nn: Any) -> Any:
    return nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 3))


def convolutional(nn: Any) -> Any:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(36, 3),
    )  # fmt: skip


def matrices(nn: Any) -> Any:
    return nn.Sequential(nn.Linear(6, 12, bias=False), nn.Tanh(), nn.Linear(12, 3, bias=False))


SCHEDULES: list[Any] = [
    lambda s, o: s.StepLR(o, 10, 0.5),
    lambda s, o: s.CosineAnnealingLR(o, 50),
    lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.1, total_iters=5), s.ExponentialLR(o, 0.97)], [5]),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 8, 2),
]
OPTIMIZERS: list[Any] = [
    lambda m, p: m.SGD(p, 0.1),
    lambda m, p: m.SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=1e-3),
    lambda m, p: m.Adam(p, 0.01),
    lambda m, p: m.Adam(p, 0.01, amsgrad=True, weight_decay=1e-2),
    lambda m, p: m.AdamW(p, 0.01),
    lambda m, p: m.RMSprop(p, 0.005, centered=True, momentum=0.5),
    lambda m, p: m.Adadelta(p),
    lambda m, p: m.Adagrad(p, 0.05),
    lambda m, p: m.Adamax(p, 0.01),
    lambda m, p: m.NAdam(p, 0.01),
    lambda m, p: m.RAdam(p, 0.01),
    lambda m, p: m.Rprop(p, 0.001),
    lambda m, p: m.ASGD(p, 0.05, t0=10),
    lambda m, p: m.Adafactor(p, 0.02),
    lambda m, p: m.LBFGS(p, 0.5, max_iter=2),
]


def pair(make_net: Any, shape: tuple[int, ...], optimizer: Any, schedule: Any) -> list[Recipe]:
    """The same training in both engines, from the same weights."""
    rng = np.random.default_rng(7)
    data = rng.standard_normal((30, *shape)).astype(np.float32), rng.integers(0, 3, 30)
    recipes = []
    for engine in (gradloom, torch):
        engine.manual_seed(5)
        recipes.append(Recipe(engine, make_net(engine.nn), data, optimizer, schedule))
    return recipes


@pytest.mark.parametrize("number", range(len(OPTIMIZERS)))
@pytest.mark.parametrize("make_net", [mlp, convolutional])
def test_fifty_steps_have_pytorchs_losses(make_net: Any, number: int) -> None:
    shape = (6,) if make_net is mlp else (1, 6, 6)
    schedule = SCHEDULES[number % len(SCHEDULES)]
    ours, theirs = pair(make_net, shape, OPTIMIZERS[number], schedule)
    # A cross entropy of float32 scores has an absolute resolution: near zero, single bits are all there is.
    np.testing.assert_allclose(ours.losses(50), theirs.losses(50), rtol=1e-4, atol=2e-6)


def sparse(array: Any) -> Any:
    return torch.from_numpy(array).to_sparse()


@each_setting
def test_each_setting_moves_as_pytorchs(name: str, settings: dict[str, Any]) -> None:
    ends = []
    for engine in (gradloom, torch):
        parameters = three_parameters(engine.from_numpy)
        optimizer = getattr(engine.optim, name)(parameters, **settings)
        wants_sparse = engine is torch and name == "SparseAdam"
        walk(optimizer, parameters, sparse if wants_sparse else engine.from_numpy, 7)
        ends.append([each.detach().numpy() for each in parameters])
    for ours, theirs in zip(*ends, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6, strict=True)


def test_fifty_steps_of_muon_stay_near() -> None:
    """Both multiply in bfloat16, so the last bits are not the same."""
    ours, theirs = pair(matrices, (6,), lambda m, p: m.Muon(p, 0.02), SCHEDULES[0])
    np.testing.assert_allclose(ours.losses(50), theirs.losses(50), rtol=2e-2)
