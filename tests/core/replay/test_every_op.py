"""Every op in a step that is replayed on other values than it was recorded with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.core.ops.conftest import Call

import gradloom
from gradloom import Tensor, nn
from gradloom.ops.families import load_all
from gradloom.replay.shapes import SHAPED_BY_VALUES

REGISTRY, COMPOSITES = load_all()
OPS = {**REGISTRY, **{name: each.function for name, each in COMPOSITES.items()}}
SAMPLES = [
    pytest.param(name, sample, id=f"{name}-{at}")
    for table in (REGISTRY, COMPOSITES)
    for name, each in table.items()
    for at, sample in enumerate(each.samples if table is REGISTRY else each.samples[:1])
]
RUNS = 3  # two are recorded


def tensors_in(result: Any) -> list[Tensor]:
    several = result if isinstance(result, (tuple, list)) else [result]
    return [each for each in several if isinstance(each, Tensor)]


class Stretch(nn.Module):
    """Multiplies by a parameter, through which the gradients of all that is made of it flow."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(gradloom.ones(()))

    def forward(self, given: Tensor) -> Tensor:
        return given * self.factor


def outcomes(name: str, calls: list[Call], compiled: bool) -> list[bytes]:
    """What the op makes of each of the calls' arguments, and the gradients that flow back."""
    stretch = Stretch()
    drawn = calls[0]

    def step(*given: Tensor) -> tuple[Tensor, ...]:
        stretch.zero_grad()
        # As much of a product as of what came in is float32 again.
        swapped = iter(given)
        _, args, kwargs = drawn.on(
            lambda array: stretch(next(swapped)) if array.dtype.kind == "f" else next(swapped)
        )
        made = tensors_in(OPS[name](*args, **kwargs))
        pulled = [each for each in made if each.requires_grad]
        if pulled:
            sum((each * each).abs().sum() for each in pulled).backward()
        return tuple(each.detach() for each in made)

    run = gradloom.compile(step) if compiled else step
    seen = []
    for call in calls:
        gradloom.manual_seed(0)
        tensors, _, _ = call.on(lambda array: gradloom.tensor(array))
        seen += [each.array.tobytes() for each in run(*tensors)]
        grad = stretch.factor.grad
        seen.append(b"" if grad is None else grad.array.tobytes())
    return seen


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_replayed_it_gives_the_same_bits(name: str, sample: Any) -> None:
    calls = [Call(sample, seed, np.float32) for seed in range(RUNS)]
    assert outcomes(name, calls, compiled=True) == outcomes(name, calls, compiled=False)


def altered(value: Any, how: int, rng: np.random.Generator) -> Any:
    """Other values of the same kind: all nothing, all the largest, or in another order."""
    if type(value) in (list, tuple):
        return type(value)(altered(each, how, rng) for each in value)
    if not isinstance(value, np.ndarray) or not value.size:
        return value
    if how < 2:
        return np.zeros_like(value) if how == 0 else np.full_like(value, value.max())
    return rng.permutation(value.reshape(-1)).reshape(value.shape)


def test_the_ops_whose_shapes_depend_on_values_are_known() -> None:
    rng = np.random.default_rng(0)
    found = set()
    for name, op in REGISTRY.items():
        for sample in op.samples:
            args = op.bind(tuple(Call(sample).args), Call(sample).kwargs)
            shapes = set()
            for how in (0, 1, 2, 2):
                try:
                    with np.errstate(all="ignore"):
                        made = op.forward(*[altered(each, how, rng) for each in args])
                except (ArithmeticError, ValueError, LookupError, RuntimeError):
                    continue
                several = made if isinstance(made, (list, tuple)) else [made]
                shapes.add(tuple(np.shape(each) for each in several if isinstance(each, np.ndarray)))
            if len(shapes) > 1:
                found.add(name)
    assert found == SHAPED_BY_VALUES
