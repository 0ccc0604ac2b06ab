"""Pruning beside PyTorch's: the same masks, state and words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import gradloom

torch = pytest.importorskip("torch")
from oracle.scripts import outcome  # noqa: E402 - it needs PyTorch

pytestmark = pytest.mark.oracle


def net(lib: Any) -> Any:
    lib.manual_seed(2)
    return lib.nn.Sequential(lib.nn.Conv1d(2, 4, 3), lib.nn.Flatten(), lib.nn.Linear(8, 3))


def prune(lib: Any) -> Any:
    return lib.nn.utils.prune if lib is gradloom else __import__("torch.nn.utils.prune").nn.utils.prune


def state(lib: Any, model: Any) -> Any:
    out = model(lib.ones(1, 2, 4))
    out.sum().backward()
    masks = {key: value for key, value in model.state_dict().items() if key.endswith("_mask")}
    grads = [name for name, parameter in model.named_parameters() if parameter.grad is not None]
    return masks, list(model.state_dict()), grads, prune(lib).is_pruned(model)


def one(act: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    def script(lib: Any) -> Any:
        model = net(lib)
        act(prune(lib), model)
        return state(lib, model)

    return script


def twice(p: Any, model: Any) -> None:
    p.ln_structured(model[0], "weight", 0.5, n=2, dim=0)
    p.l1_unstructured(model[0], "weight", 4)
    p.random_unstructured(model[0], "weight", 0.25)


def structured_twice(p: Any, model: Any) -> None:
    p.random_structured(model[0], "weight", 1, dim=0)
    p.ln_structured(model[0], "weight", 1, n=1, dim=-2)


def everywhere(p: Any, model: Any) -> None:
    places = [(model[0], "weight"), (model[2], "weight")]
    p.global_unstructured(places, pruning_method=p.L1Unstructured, amount=0.3)
    p.global_unstructured(places, pruning_method=p.L1Unstructured, amount=10)


def removed(lib: Any) -> Any:
    model, p = net(lib), prune(lib)
    p.l1_unstructured(model[2], "weight", 0.5)
    p.remove(model[2], "weight")
    zeros = (model[2].weight == 0).sum()
    return zeros, list(model.state_dict()), p.is_pruned(model), len(model[2]._forward_pre_hooks)


def of_ones_own(lib: Any) -> Any:
    p = prune(lib)

    class EveryOther(p.BasePruningMethod):
        PRUNING_TYPE = "unstructured"

        def compute_mask(self, t: Any, default_mask: Any) -> Any:
            mask = default_mask.clone()
            mask.view(-1)[::2] = 0
            return mask

    model = net(lib)
    EveryOther.apply(model[2], "bias")
    EveryOther.apply(model[2], "bias")
    return model[2].bias_mask, EveryOther().prune(lib.ones(4))


@pytest.mark.parametrize(
    "script",
    [
        one(lambda p, model: p.identity(model[0], "weight")),
        one(lambda p, model: p.random_unstructured(model[0], "weight", 0.4)),
        one(lambda p, model: p.l1_unstructured(model[0], "bias", 2)),
        one(lambda p, model: p.random_structured(model[0], "weight", 2, 0)),
        one(lambda p, model: p.ln_structured(model[2], "weight", 0.5, 1, -1)),
        one(lambda p, model: p.custom_from_mask(model[2], "bias", model[2].bias.detach() > 0)),
        one(twice),
        one(structured_twice),
        one(everywhere),
        removed,
        of_ones_own,
        lambda lib: prune(lib).remove(net(lib)[0], "weight").weight,
        lambda lib: prune(lib).l1_unstructured(net(lib)[0], "weight", 1.5),
        lambda lib: prune(lib).l1_unstructured(net(lib)[0], "weight", -1),
        lambda lib: prune(lib).l1_unstructured(net(lib)[0], "weight", "half"),
        lambda lib: prune(lib).l1_unstructured(net(lib)[0], "bias", 9),
        lambda lib: prune(lib).ln_structured(net(lib)[0], "bias", 1, 2, 0),
        lambda lib: prune(lib).ln_structured(net(lib)[0], "weight", 1, 2, 5),
        lambda lib: prune(lib).l1_unstructured(net(lib)[2], "weight", 1, importance_scores=lib.ones(2)),
        lambda lib: prune(lib).global_unstructured(3, prune(lib).L1Unstructured),
    ],
)
def test_pruning_is_pytorchs(script: Callable[[Any], Any]) -> None:
    assert outcome(script, gradloom) == outcome(script, torch)
