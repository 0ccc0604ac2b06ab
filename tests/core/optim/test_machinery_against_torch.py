"""Hooks, names, copies, closures, averages and gradients through steps behave as PyTorch's."""

from __future__ import annotations

import copy
import inspect
import pickle
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import gradloom

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

from oracle.optimizers import same_state  # noqa: E402 - after the check that torch is there

pytestmark = pytest.mark.oracle
ENGINES = (gradloom, torch)
VALUES = np.linspace(-1.0, 1.3, 6).reshape(2, 3)
SLOPES = np.cos(np.arange(12.0)).reshape(2, 2, 3)


def param(engine: Any, dtype: Any = np.float64) -> Any:
    made = engine.nn.Parameter(engine.from_numpy(VALUES.astype(dtype)))
    made.grad = engine.from_numpy(SLOPES[0].astype(dtype))
    return made


def model(engine: Any) -> Any:
    engine.manual_seed(4)
    net = engine.nn.Sequential(engine.nn.Linear(3, 4), engine.nn.BatchNorm1d(4), engine.nn.Linear(4, 2))
    for each in net.parameters():
        each.grad = engine.ones_like(each)
    return net


def told(call: Callable[[], Any]) -> Any:
    """What a call returns or raises, with the engine's name left out."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            return call()
    except Exception as error:  # noqa: BLE001 - compared with the other engine's
        return type(error).__name__, str(error).replace("torch.", "").replace("gradloom.", "")


# Settings


NAMES = sorted(name for name, each in vars(torch.optim).items() if isinstance(each, type))
VALUES_OF_SETTINGS = (-1.0, 1.5, (0.9, 1.0), (-0.1, 0.5))
"""A few of them suit some of the settings: then both engines must take them."""


@pytest.mark.parametrize("name", [name for name in NAMES if name != "Optimizer"])
def test_the_same_settings_are_refused(name: str) -> None:
    defaults = {
        key: each.default
        for key, each in inspect.signature(getattr(torch.optim, name)).parameters.items()
        if isinstance(each.default, int | float | tuple) and not isinstance(each.default, bool)
    }
    assert "lr" in defaults
    for key, default in defaults.items():
        for value in VALUES_OF_SETTINGS:
            if isinstance(value, tuple) != isinstance(default, tuple):
                continue
            ours, theirs = (
                told(lambda e=engine, k=key, v=value: str(getattr(e.optim, name)([param(e)], **{k: v})))
                for engine in ENGINES
            )
            assert ours == theirs, (key, value)


# Hooks


def step_hooks(engine: Any) -> Any:
    seen: list[Any] = []
    optimizer = engine.optim.SGD([param(engine)], 0.1)
    optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(["pre", len(args), sorted(kwargs)]))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(["post", args[0] is o]))
    room = import_module(f"{engine.__name__}.optim.optimizer")
    handles = [
        room.register_optimizer_step_pre_hook(lambda *given: seen.append("all pre")),
        room.register_optimizer_step_post_hook(lambda *given: seen.append("all post")),
    ]
    optimizer.step(closure=lambda: seen.append("closure"))
    for handle in handles:
        handle.remove()
    optimizer.step()
    return seen


def hooks_that_change_arguments(engine: Any) -> Any:
    optimizer = engine.optim.SGD([param(engine)], 0.1)
    optimizer.register_step_pre_hook(lambda o, args, kwargs: ((*args, lambda: 7), kwargs))
    return optimizer.step()


def hooks_that_return_nonsense(engine: Any) -> Any:
    optimizer = engine.optim.SGD([param(engine)], 0.1)
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
    kind, words = told(optimizer.step)
    return kind, words.partition(">")[2]


def state_hooks(engine: Any) -> Any:
    seen: list[Any] = []
    optimizer = engine.optim.Adam([param(engine)])
    optimizer.step()
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("pre 1"))
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("pre 2"), prepend=True)
    optimizer.register_state_dict_post_hook(lambda o, state: {**state, "more": 1})
    optimizer.register_state_dict_post_hook(lambda o, state: seen.append(sorted(state)), prepend=True)
    state = optimizer.state_dict()
    optimizer.register_load_state_dict_pre_hook(lambda o, state: seen.append(sorted(state)))
    optimizer.register_load_state_dict_pre_hook(
        lambda o, state: {"state": {}, "param_groups": state["param_groups"]}, prepend=True
    )
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append(len(o.state)))
    optimizer.load_state_dict(state)
    return seen, sorted(state)


# Groups and states


def named(engine: Any) -> Any:
    net = model(engine)
    optimizer = engine.optim.SGD(net.named_parameters(), 0.1, momentum=0.9)
    optimizer.step()
    state = optimizer.state_dict()
    other = engine.optim.SGD(net.parameters(), 0.2, momentum=0.9)
    other.load_state_dict(state)
    del state["param_groups"][0]["param_names"]
    optimizer.load_state_dict(state)
    return [group["param_names"] for each in (optimizer, other) for group in each.param_groups]


def named_groups(engine: Any) -> Any:
    first, second = param(engine), param(engine)
    optimizer = engine.optim.SGD([{"params": [("a", first)]}], 0.1)
    return told(lambda: optimizer.add_param_group({"params": [second]}))


def more_groups(engine: Any) -> Any:
    first, second = param(engine), param(engine)
    optimizer = engine.optim.Adam([first], 0.1)
    optimizer.step()
    group = {"params": second, "lr": 0.5, "mine": "kept"}
    optimizer.add_param_group(group)
    optimizer.step()
    return first.tolist(), second.tolist(), sorted(group), optimizer.state_dict(), repr(optimizer)


class Required:
    """An optimizer of old scripts: with a required setting, and a step that does all itself."""

    @staticmethod
    def of(engine: Any) -> Any:
        required = import_module(f"{engine.__name__}.optim.optimizer").required

        def made(self: Any, params: Any, lr: Any = required) -> None:
            engine.optim.Optimizer.__init__(self, params, {"lr": lr})

        def step(self: Any, closure: Any = None) -> None:
            for group in self.param_groups:
                for each in group["params"]:
                    state = self.state[each]
                    state["count"] = state.get("count", 0) + 1
                    each.data.add_(each.grad.data, alpha=-group["lr"])

        return type("Old", (engine.optim.Optimizer,), {"__init__": made, "step": step})


def old_optimizers(engine: Any) -> Any:
    kind, each, seen = Required.of(engine), param(engine), []
    optimizer = kind([each], lr=0.5)
    optimizer.register_step_post_hook(lambda *given: seen.append("stepped"))
    optimizer.step()
    optimizer.zero_grad()
    missing = told(lambda: kind([param(engine)]))
    return each.tolist(), each.grad, optimizer.state[each], seen, missing, repr(optimizer)


def no_step(engine: Any) -> Any:
    kind = type("Idle", (engine.optim.Optimizer,), {})
    return repr(kind([param(engine)], {}))


def gradients_cleared(engine: Any) -> Any:
    each = param(engine)
    kept = each.grad
    optimizer = engine.optim.SGD([each, engine.nn.Parameter(engine.zeros(2))], 0.1)
    optimizer.zero_grad(set_to_none=False)
    zeroed = each.grad is kept, kept.tolist()
    optimizer.zero_grad()
    return zeroed, each.grad


def copies(engine: Any) -> Any:
    results = []
    for copied in (copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))):
        each = param(engine)
        optimizer = engine.optim.Adam([each], 0.1)
        optimizer.step()
        other = copied(optimizer)
        (twin,) = other.param_groups[0]["params"]
        twin.grad = engine.from_numpy(SLOPES[1])
        other.step()
        results.append((each.tolist(), twin.tolist(), other.state_dict()))
    return results


def loaded_into_other_dtypes(engine: Any) -> Any:
    optimizer = engine.optim.NAdam([param(engine, np.float32)])
    optimizer.step()
    other = engine.optim.NAdam([param(engine)])
    other.load_state_dict(optimizer.state_dict())
    other.step()
    return other.state_dict()


def odd_states(engine: Any) -> Any:
    optimizer = engine.optim.Adam([param(engine)])
    optimizer.step()
    state = optimizer.state_dict()
    state["state"][0] |= {"step": 3, "list": [engine.ones(1)], "deep": {"step": 1, "x": engine.ones(1)}}
    state["state"]["elsewhere"] = 5
    optimizer.load_state_dict(state)
    optimizer.step()
    return optimizer.state_dict()


def tensor_rates(engine: Any) -> Any:
    rate = engine.tensor([0.1])
    results = []
    for make in (engine.optim.SGD, engine.optim.Adam, engine.optim.Rprop, engine.optim.ASGD):
        each = param(engine)
        optimizer = make([each], lr=rate)
        optimizer.step()
        results.append((each.tolist(), repr(optimizer)))
    rate.fill_(0.2)
    return results


def default_doubles(engine: Any) -> Any:
    engine.set_default_dtype(engine.float64)
    try:
        optimizer = engine.optim.Adam([param(engine)])
        optimizer.step()
        return optimizer.state_dict()
    finally:
        engine.set_default_dtype(engine.float32)


def rosenbrock(engine: Any) -> Any:
    results = []
    for settings in ({}, {"line_search_fn": "strong_wolfe"}, {"history_size": 2, "max_eval": 9}):
        point = engine.nn.Parameter(engine.tensor([-1.2, 1.0], dtype=engine.float64))
        optimizer = engine.optim.LBFGS([point], lr=0.1 if not settings else 1, **settings)

        def closure(point: Any = point, optimizer: Any = optimizer) -> Any:
            optimizer.zero_grad()
            loss = (1 - point[0]) ** 2 + 100 * (point[1] - point[0] ** 2) ** 2
            loss.backward()
            return loss

        losses = [optimizer.step(closure).item() for _ in range(3)]
        state = optimizer.state_dict()["state"][0]
        results.append((losses, point.tolist(), state["func_evals"], state["n_iter"]))
    return results


CASES = [
    step_hooks, hooks_that_change_arguments, hooks_that_return_nonsense, state_hooks, named, named_groups,
    more_groups, old_optimizers, no_step, gradients_cleared, copies, loaded_into_other_dtypes, odd_states,
    tensor_rates, default_doubles, rosenbrock,
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_machinery(case: Callable[[Any], Any]) -> None:
    ours, theirs = (told(lambda e=engine: case(e)) for engine in ENGINES)
    same_state(_plain(ours), _plain(theirs), case.__name__)


def _plain(value: Any) -> Any:
    """Tuples as lists, so that only what they hold is compared."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, dict) else value


# Gradients through steps

DIFFERENTIABLE: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    ("SGD", {"momentum": 0.9, "dampening": 0.3, "maximize": True}),
    ("Adam", {"weight_decay": 0.1, "amsgrad": True}),
    ("AdamW", {"weight_decay": 0.1, "maximize": True}),
    ("RMSprop", {"weight_decay": 0.1, "momentum": 0.5, "centered": True}),
    ("RMSprop", {}),
    ("Adadelta", {"weight_decay": 0.1}),
    ("Adagrad", {"weight_decay": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.1}),
    ("Adamax", {"weight_decay": 0.1}),
    ("ASGD", {"weight_decay": 0.1, "t0": 1}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"weight_decay": 0.1}),
    ("Rprop", {}),
]


ONCE = {"Adamax", "Rprop", "amsgrad", "centered"}
"""PyTorch overwrites in the second step what the first still needs."""


def through_steps(engine: Any, name: str, settings: dict[str, Any]) -> Any:
    start = engine.from_numpy(VALUES.copy()).requires_grad_()
    slopes = [engine.from_numpy(slope.copy()).requires_grad_() for slope in SLOPES]
    moved = start.clone()
    optimizer = getattr(engine.optim, name)([moved], lr=0.1, differentiable=True, **settings)
    once = name in ONCE or settings.keys() & ONCE
    for slope in slopes[: 1 if once else 2]:
        moved.grad = slope
        optimizer.step()
    (moved**3).sum().backward()
    return [moved.tolist(), *(None if each.grad is None else each.grad.tolist() for each in (start, *slopes))]


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
@pytest.mark.parametrize(("name", "settings"), DIFFERENTIABLE)
def test_gradients_flow_through_steps(name: str, settings: dict[str, Any]) -> None:
    ours, theirs = (through_steps(engine, name, settings) for engine in ENGINES)
    for mine, its in zip(ours, theirs, strict=True):
        assert (mine is None) == (its is None)
        if its is not None:
            np.testing.assert_allclose(mine, its, rtol=2e-5, atol=2e-6)


def test_a_rate_can_be_learned() -> None:
    seen = []
    for engine in ENGINES:
        rate = engine.tensor(0.1, dtype=engine.float64, requires_grad=True)
        moved = engine.from_numpy(VALUES.copy()).requires_grad_().clone()
        optimizer = engine.optim.SGD([moved], lr=rate, differentiable=True)
        moved.grad = engine.from_numpy(SLOPES[0].copy())
        optimizer.step()
        (moved**2).sum().backward()
        seen.append(rate.grad.item())
    assert seen[0] == pytest.approx(seen[1], rel=1e-12)


def test_leaves_cannot_be_stepped_with_gradients() -> None:
    ours, theirs = (
        told(lambda e=engine: e.optim.SGD([param(e)], differentiable=True).step()) for engine in ENGINES
    )
    assert ours == theirs


# Averages


def averaged(engine: Any, options: Callable[[Any], dict[str, Any]]) -> Any:
    swa = engine.optim.swa_utils
    net = model(engine)
    average = swa.AveragedModel(net, **options(swa))
    rng = np.random.default_rng(3)
    inputs = [engine.from_numpy(rng.standard_normal((8, 3)).astype(np.float32)) for _ in range(4)]
    optimizer = engine.optim.SGD(net.parameters(), 0.3)
    for batch in inputs:
        optimizer.zero_grad()
        net(batch).square().mean().backward()
        optimizer.step()
        average.update_parameters(net)
    before = {name: each.clone() for name, each in average.state_dict().items()}
    swa.update_bn([(batch, None) for batch in inputs], average)
    average.eval()
    return before, average.state_dict(), average(inputs[0])


@pytest.mark.parametrize(
    "options",
    [
        lambda swa: {},
        lambda swa: {"use_buffers": True},
        lambda swa: {"avg_fn": swa.get_swa_avg_fn()},
        lambda swa: {"multi_avg_fn": swa.get_swa_multi_avg_fn()},
        lambda swa: {"avg_fn": swa.get_ema_avg_fn(0.7)},
        lambda swa: {"multi_avg_fn": swa.get_ema_multi_avg_fn(0.7), "use_buffers": True},
    ],
)
def test_averages_of_weights(options: Callable[[Any], dict[str, Any]]) -> None:
    ours, theirs = (averaged(engine, options) for engine in ENGINES)
    same_state(_plain(ours), _plain(theirs), "average")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda swa, net: swa.get_ema_avg_fn(1.5),
        lambda swa, net: swa.get_ema_multi_avg_fn(-1),
        lambda swa, net: swa.AveragedModel(net, avg_fn=abs, multi_avg_fn=abs),
    ],
)
def test_wrong_averages(wrong: Callable[[Any, Any], Any]) -> None:
    ours, theirs = (told(lambda e=engine: wrong(e.optim.swa_utils, model(e))) for engine in ENGINES)
    assert ours == theirs
    assert isinstance(ours, tuple)
