"""What functions take for granted, warn of and refuse: scripts that both engines run alike."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from oracle.scripts import outcome  # noqa: E402 - it needs PyTorch

import gradloom  # noqa: E402

pytestmark = pytest.mark.oracle
Script = Callable[[Any, Any], Any]


def numbers(lib: Any, *shape: int) -> Any:
    """Different multiples of a quarter, whose sums and differences are exact."""
    count = 1
    for size in shape:
        count *= size
    return (lib.arange(count, dtype=lib.float32).reshape(shape) * 0.75) % 2 - 0.5


def coarse(result: Any) -> Any:
    """The result without the digits that differ from engine to engine."""
    return (result * 1000).round()


def rows(lib: Any, *shape: int) -> list[Any]:
    return [numbers(lib, *shape), numbers(lib, *shape) + 0.25, -numbers(lib, *shape)]


DEFAULTS: dict[str, Script] = {
    "linear_cross_entropy": lambda lib, F: coarse(
        F.linear_cross_entropy(numbers(lib, 3, 4), numbers(lib, 5, 4), lib.tensor([0, 4, 2]))
    ),
    "cosine_embedding_loss": lambda lib, F: coarse(
        F.cosine_embedding_loss(*rows(lib, 3, 4)[::2], lib.tensor([1.0, -1.0, 1.0]))
    ),
    "triplet_margin_loss": lambda lib, F: coarse(F.triplet_margin_loss(*rows(lib, 3, 4))),
    "triplet_margin_loss swapped": lambda lib, F: coarse(F.triplet_margin_loss(*rows(lib, 3, 4), swap=True)),
    "triplet_margin_loss near": lambda lib, F: coarse(F.triplet_margin_loss(*rows(lib, 3, 4), margin=0.5)),
    "triplet_margin_with_distance_loss": lambda lib, F: coarse(
        F.triplet_margin_with_distance_loss(*rows(lib, 3, 4))
    ),
    "margin_ranking_loss": lambda lib, F: F.margin_ranking_loss(*rows(lib, 4)),
    "hinge_embedding_loss": lambda lib, F: F.hinge_embedding_loss(
        numbers(lib, 4), lib.tensor([1.0, -1.0, 1.0, -1.0])
    ),
    "soft_margin_loss": lambda lib, F: coarse(F.soft_margin_loss(*rows(lib, 4)[:2])),
    "multi_margin_loss": lambda lib, F: F.multi_margin_loss(numbers(lib, 2, 4), lib.tensor([3, 0])),
    "huber_loss": lambda lib, F: F.huber_loss(4 * numbers(lib, 4), lib.zeros(4)),
    "smooth_l1_loss": lambda lib, F: F.smooth_l1_loss(4 * numbers(lib, 4), lib.zeros(4)),
    "gumbel_softmax": lambda lib, F: lib.manual_seed(3) and coarse(F.gumbel_softmax(numbers(lib, 2, 3))),
    "gumbel_softmax hard": lambda lib, F: (
        lib.manual_seed(3) and F.gumbel_softmax(numbers(lib, 2, 3), hard=True).detach()
    ),
    "dropout": lambda lib, F: lib.manual_seed(3) and F.dropout(numbers(lib, 3, 4)),
    "alpha_dropout": lambda lib, F: coarse(F.alpha_dropout(numbers(lib, 3, 4))),
    "local_response_norm": lambda lib, F: coarse(F.local_response_norm(numbers(lib, 1, 4, 3), 2)),
    "normalize": lambda lib, F: coarse(F.normalize(numbers(lib, 2, 3))),
    "pairwise_distance": lambda lib, F: coarse(F.pairwise_distance(*rows(lib, 3, 4)[::2])),
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults(name: str) -> None:
    ours, theirs = (outcome(lambda lib: DEFAULTS[name](lib, lib.nn.functional), e) for e in (gradloom, torch))
    assert not isinstance(theirs[0], str), theirs
    assert ours == theirs


TOLD: dict[str, Script] = {
    **{
        f"size_average {average}, reduce {together}": lambda lib, F, average=average, together=together: (
            F.mse_loss(numbers(lib, 4), lib.zeros(4), average, together)
        )
        for average, together in itertools.product((None, True, False), repeat=2)
        if (average, together) != (None, None)
    },
    "elementwise_mean": lambda lib, F: F.l1_loss(numbers(lib, 4), lib.zeros(4), reduction="elementwise_mean"),
    "broadcast": lambda lib, F: F.mse_loss(numbers(lib, 2, 3), numbers(lib, 3)),
    "the mean of a divergence": lambda lib, F: coarse(F.kl_div(numbers(lib, 2, 3), lib.ones(2, 3) / 4)),
    **{
        f"dropout{dims}d of {given}": lambda lib, F, dims=dims, given=given: getattr(F, f"dropout{dims}d")(
            lib.ones(*range(1, given + 1)), training=False
        )
        for dims, given in itertools.product((1, 2, 3), (2, 3, 4, 5, 6))
    },
    "eps of gumbel_softmax": lambda lib, F: F.gumbel_softmax(numbers(lib, 2, 3), eps=0.1).shape[0],
    "more channels than features": lambda lib, F: lib.nn.InstanceNorm1d(4)(lib.ones(2, 3, 5)),
}
REFUSED: dict[str, Script] = {
    "reduction of a loss": lambda lib, F: F.huber_loss(numbers(lib, 4), lib.zeros(4), reduction="avg"),
    "reduction over classes": lambda lib, F: F.multilabel_soft_margin_loss(
        numbers(lib, 2, 3), lib.ones(2, 3), reduction="avg"
    ),
    "no margin": lambda lib, F: F.triplet_margin_loss(*rows(lib, 3, 4), margin=0),
    "dimensions": lambda lib, F: F.triplet_margin_loss(*rows(lib, 3, 4)[:2], numbers(lib, 4)),
    "probability": lambda lib, F: F.dropout(numbers(lib, 4), 1.5),
    "no dimension": lambda lib, F: F.dropout1d(lib.ones(2)),
    "features": lambda lib, F: lib.nn.InstanceNorm1d(4, affine=True)(lib.ones(2, 3, 5)),
    "dimensions of a norm": lambda lib, F: lib.nn.InstanceNorm2d(4)(lib.ones(4, 3)),
    "weights of a loss": lambda lib, F: F.mse_loss(numbers(lib, 4), lib.zeros(4), weight=lib.ones(3)),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_warnings(name: str) -> None:
    ours, theirs = (outcome(lambda lib: TOLD[name](lib, lib.nn.functional), e) for e in (gradloom, torch))
    assert ours == theirs


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    ours, theirs = (outcome(lambda lib: REFUSED[name](lib, lib.nn.functional), e) for e in (gradloom, torch))
    assert isinstance(theirs[0], str), "it is not refused"
    assert ours == theirs
