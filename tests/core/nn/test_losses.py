"""Every loss: gradients by finite differences, values and gradients beside PyTorch's, and its refusals."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradloom import nn
from gradloom.autograd.numerical import gradcheck
from gradloom.creation import from_numpy
from gradloom.nn import functional as F

REDUCTIONS = ("mean", "sum", "none")
WEIGHTS = np.array([0.5, 1.0, 2.0, 1.5])
CLASSES = np.array([3, 0, 2, 2, 1])
MAPS = np.arange(12).reshape(2, 3, 2) % 4


def scores(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((5, 4)) * 3


def images(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((2, 4, 3, 2))


def shares(rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0.05, 0.95, (5, 4))


def distributions(rng: np.random.Generator) -> np.ndarray:
    each = shares(rng)
    return each / each.sum(1, keepdims=True)


Draw = Callable[[np.random.Generator], np.ndarray]
Make = Callable[[Any, Any, str], Any]

LOSSES: list[tuple[str, Make, Draw, Draw]] = [
    ("mse", lambda nn, t, r: nn.MSELoss(reduction=r), scores, scores),
    ("l1", lambda nn, t, r: nn.L1Loss(reduction=r), scores, scores),
    ("huber", lambda nn, t, r: nn.HuberLoss(reduction=r, delta=0.7), scores, scores),
    ("smooth l1", lambda nn, t, r: nn.SmoothL1Loss(reduction=r, beta=0.7), scores, scores),
    ("sharp l1", lambda nn, t, r: nn.SmoothL1Loss(reduction=r, beta=0.0), scores, scores),
    ("bce", lambda nn, t, r: nn.BCELoss(reduction=r), shares, shares),
    ("bce weighted", lambda nn, t, r: nn.BCELoss(t(WEIGHTS), reduction=r), shares, shares),
    ("bce of scores", lambda nn, t, r: nn.BCEWithLogitsLoss(reduction=r), scores, shares),
    (
        "bce of scores weighted",
        lambda nn, t, r: nn.BCEWithLogitsLoss(t(WEIGHTS), reduction=r, pos_weight=t(WEIGHTS[::-1].copy())),
        scores,
        shares,
    ),
    ("kl", lambda nn, t, r: nn.KLDivLoss(reduction=r), scores, distributions),
    ("kl of logs", lambda nn, t, r: nn.KLDivLoss(reduction=r, log_target=True), scores, scores),
    ("nll", lambda nn, t, r: nn.NLLLoss(reduction=r), scores, lambda _: CLASSES),
    (
        "nll weighted",
        lambda nn, t, r: nn.NLLLoss(t(WEIGHTS), ignore_index=2, reduction=r),
        scores,
        lambda _: CLASSES,
    ),
    ("nll of images", lambda nn, t, r: nn.NLLLoss(t(WEIGHTS), reduction=r), images, lambda _: MAPS),
    ("cross entropy", lambda nn, t, r: nn.CrossEntropyLoss(reduction=r), scores, lambda _: CLASSES),
    (
        "cross entropy of one",
        lambda nn, t, r: nn.CrossEntropyLoss(reduction=r),
        lambda r: scores(r)[0],
        lambda _: CLASSES[0],
    ),
    (
        "cross entropy weighted",
        lambda nn, t, r: nn.CrossEntropyLoss(t(WEIGHTS), ignore_index=0, reduction=r),
        scores,
        lambda _: CLASSES,
    ),
    (
        "cross entropy smoothed",
        lambda nn, t, r: nn.CrossEntropyLoss(reduction=r, label_smoothing=0.2),
        scores,
        lambda _: CLASSES,
    ),
    (
        "cross entropy smoothed and weighted",
        lambda nn, t, r: nn.CrossEntropyLoss(t(WEIGHTS), ignore_index=1, reduction=r, label_smoothing=0.2),
        images,
        lambda _: MAPS,
    ),
    ("cross entropy of shares", lambda nn, t, r: nn.CrossEntropyLoss(reduction=r), scores, distributions),
    (
        "cross entropy of shares weighted",
        lambda nn, t, r: nn.CrossEntropyLoss(t(WEIGHTS), reduction=r, label_smoothing=0.3),
        scores,
        distributions,
    ),
]

each_loss = pytest.mark.parametrize(
    ("make", "input", "target"), [case[1:] for case in LOSSES], ids=[c[0] for c in LOSSES]
)
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def tensor_of(values: Any) -> Any:
    return from_numpy(np.asarray(values))


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@each_loss
@each_reduction
def test_gradients_by_finite_differences(
    make: Make, input: Draw, target: Draw, reduction: str, rng: np.random.Generator
) -> None:
    loss = make(nn, tensor_of, reduction)
    wanted = tensor_of(target(rng))
    assert gradcheck(lambda given: loss(given, wanted), (tensor_of(input(rng)).requires_grad_(),))


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@each_loss
@each_reduction
def test_loss_is_pytorchs(
    make: Make, input: Draw, target: Draw, reduction: str, rng: np.random.Generator, agree: Any
) -> None:
    torch = pytest.importorskip("torch")
    given, wanted = input(rng), np.asarray(target(rng))
    differentiable = wanted.dtype.kind == "f"
    losses = []
    for module, wrapped in ((nn, tensor_of), (torch.nn, lambda values: torch.from_numpy(np.asarray(values)))):
        x, y = wrapped(given).requires_grad_(), wrapped(wanted)
        if differentiable:
            y.requires_grad_()
        loss = make(module, wrapped, reduction)(x, y)
        loss.sum().backward()
        losses.append((loss, x.grad, y.grad))
    agree(losses[0][0], losses[1][0])
    agree(losses[0][1], losses[1][1])
    if differentiable:
        agree(losses[0][2], losses[1][2])


@pytest.mark.oracle
def test_kl_by_samples_is_pytorchs(rng: np.random.Generator, agree: Any) -> None:
    torch = pytest.importorskip("torch")
    given, wanted = scores(rng), distributions(rng)
    wanted[0, 0] = 0.0
    ours = nn.KLDivLoss(reduction="batchmean")(tensor_of(given), tensor_of(wanted))
    theirs = torch.nn.KLDivLoss(reduction="batchmean")(torch.from_numpy(given), torch.from_numpy(wanted))
    agree(ours, theirs)


def test_second_derivatives_of_cross_entropy(rng: np.random.Generator) -> None:
    from gradloom.autograd import enable_grad, grad

    classes = tensor_of(CLASSES)

    def slope(given: Any) -> Any:
        with enable_grad():
            loss = F.cross_entropy(given, classes, tensor_of(WEIGHTS), label_smoothing=0.1)
            return grad(loss, given, create_graph=True)[0]

    assert gradcheck(slope, (tensor_of(scores(rng)).requires_grad_(),))


def test_extreme_scores_stay_finite() -> None:
    far = tensor_of(np.array([[1e4, -1e4], [-1e4, 1e4]])).requires_grad_()
    loss = F.cross_entropy(far, tensor_of(np.array([0, 0])))
    loss.backward()
    assert loss.item() == pytest.approx(1e4)
    np.testing.assert_allclose(far.grad.array, [[0, 0], [-0.5, 0.5]])
    assert F.binary_cross_entropy_with_logits(far, tensor_of(np.zeros((2, 2)))).item() == pytest.approx(5e3)
    sure = tensor_of(np.array([0.0, 1.0])).requires_grad_()
    wrong = F.binary_cross_entropy(sure, tensor_of(np.array([1.0, 0.0])))
    wrong.backward()
    assert wrong.item() == 100.0
    assert np.isfinite(sure.grad.array).all()


def test_nothing_counts_when_all_is_ignored() -> None:
    given = tensor_of(np.zeros((2, 3)))
    ignored = tensor_of(np.array([1, 1]))
    assert np.isnan(F.cross_entropy(given, ignored, ignore_index=1).item())
    assert F.cross_entropy(given, ignored, ignore_index=1, reduction="sum").item() == 0.0


@pytest.mark.parametrize("smoothing", [None, 0.0, 0.1])
def test_what_is_ignored_has_no_part_whatever_its_scores_are(smoothing: float | None) -> None:
    def loss(scores: Any, classes: list[int], **settings: Any) -> Any:
        targets = tensor_of(np.array(classes))
        if smoothing is None:
            return F.nll_loss(scores, targets, ignore_index=1, **settings)
        return F.cross_entropy(scores, targets, ignore_index=1, label_smoothing=smoothing, **settings)

    strange = tensor_of(np.array([[0.0, 1.0, 2.0], [np.nan, np.inf, 0.0]], np.float32))
    alone = loss(strange[:1], [2]).item()
    assert loss(strange, [2, 1]).item() == alone
    assert loss(strange, [2, 1], reduction="none").tolist() == [alone, 0.0]
    scores = tensor_of(np.zeros((2, 3), np.float32)).requires_grad_()
    loss(scores, [1, 1]).backward()
    assert scores.grad.tolist() == [[0.0] * 3] * 2


REFUSALS: list[tuple[Callable[..., Any], list[Any], dict[str, Any], type[Exception], str]] = [
    (F.cross_entropy, [np.zeros((2, 3)), np.array([0, 3])], {}, IndexError, "Target 3 is out of bounds"),
    (F.cross_entropy, [np.zeros((2, 3)), np.array([0, -1])], {}, IndexError, "Target -1 is out of bounds"),
    (
        F.cross_entropy,
        [np.zeros((4, 3)), np.array([0, 1])],
        {},
        ValueError,
        r"Expected input batch_size \(4\) to match target batch_size \(2\)",
    ),
    (
        F.cross_entropy,
        [np.zeros((2, 3, 2)), np.array([0, 1])],
        {},
        RuntimeError,
        r"Expected target size \[2, 2\]",
    ),
    (
        F.nll_loss,
        [np.zeros((2, 3)), np.zeros(2)],
        {},
        RuntimeError,
        "expected target dtype to be Long or Byte, but got Double",
    ),
    (
        F.cross_entropy,
        [np.zeros((2, 3)), np.array([0, 1]), np.ones(2)],
        {},
        RuntimeError,
        "weight tensor should be defined either for all 3 classes",
    ),
    (
        F.cross_entropy,
        [np.zeros((1, 3)), np.array([0])],
        {"reduction": "avg"},
        ValueError,
        "avg is not a valid",
    ),
    (F.cross_entropy, [np.zeros((1, 3)), np.array([0])], {"label_smoothing": 2.0}, RuntimeError, "Got: 2"),
    (F.mse_loss, [np.zeros(2), np.zeros(2)], {"reduction": "avg"}, ValueError, "avg is not a valid value"),
    *[
        (F.binary_cross_entropy, [np.array([share]), np.array([target])], {}, RuntimeError, words)
        for share, target, words in [
            (1.5, 1.0, "all elements of input should be between 0 and 1"),
            (math.nan, 1.0, "all elements of input should be between 0 and 1"),
            (0.5, -0.1, "all elements of target should be between 0 and 1"),
            (0.5, 1.5, "all elements of target should be between 0 and 1"),
        ]
    ],
    (F.binary_cross_entropy, [np.zeros((2, 1)), np.zeros(2)], {}, ValueError, "Using a target size"),
    (
        F.binary_cross_entropy_with_logits,
        [np.zeros((2, 1)), np.zeros(2)],
        {},
        ValueError,
        "must be the same as input size",
    ),
    (F.huber_loss, [np.zeros(2), np.zeros(2)], {"delta": 0.0}, RuntimeError, "non-positive values for delta"),
    (F.smooth_l1_loss, [np.zeros(2), np.zeros(2)], {"beta": -1.0}, RuntimeError, "negative values for beta"),
]


@pytest.mark.parametrize(("loss", "arrays", "settings", "error", "words"), REFUSALS)
def test_refusals(
    loss: Callable[..., Any],
    arrays: list[Any],
    settings: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        loss(*map(tensor_of, arrays), **settings)


def test_a_target_that_broadcasts_is_warned_of() -> None:
    with pytest.warns(UserWarning, match="Using a target size .* that is different to the input size"):
        F.mse_loss(tensor_of(np.zeros((3, 1))), tensor_of(np.zeros(3)))


def collapsed(path: tuple[int, ...]) -> list[int]:
    """What a path of labels and blanks (0) spells: repeats once, blanks not at all."""
    return [label for label, _ in itertools.groupby(path) if label]


def test_ctc_sums_over_all_paths_that_spell_the_target(rng: np.random.Generator) -> None:
    scores = tensor_of(rng.standard_normal((4, 1, 3))).requires_grad_()

    def loss(given: Any) -> Any:
        return F.ctc_loss(F.log_softmax(given, 2), tensor_of([[1, 1]]), [4], [2], reduction="sum")

    chances = F.softmax(scores, 2).array[:, 0]
    spelling = [path for path in itertools.product(range(3), repeat=4) if collapsed(path) == [1, 1]]
    total = sum(np.prod([chances[at, label] for at, label in enumerate(path)]) for path in spelling)
    assert loss(scores).item() == pytest.approx(-np.log(total))
    assert gradcheck(loss, (scores,))


@pytest.mark.parametrize("number", [9, -1, 2**40])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_class_that_was_changed_to_none_is_refused_on_the_way_back(reduction: str, number: int) -> None:
    labels = np.zeros(4, np.int64)
    given = from_numpy(np.eye(4, 3, dtype=np.float32)).requires_grad_()
    loss = F.cross_entropy(given, from_numpy(labels), reduction=reduction).sum()
    labels[2] = number
    with pytest.raises(IndexError, match=f"Target {number} is out of bounds"):
        loss.backward()


@pytest.mark.parametrize("number", [9, -1, 2**40])
def test_a_number_that_was_changed_to_none_is_refused_on_the_way_back(number: int) -> None:
    numbers = np.zeros(4, np.int64)
    table = from_numpy(np.eye(3, 2, dtype=np.float32)).requires_grad_()
    picked = F.embedding(from_numpy(numbers), table)
    numbers[2] = number
    with pytest.raises(IndexError, match="index out of range in self"):
        picked.sum().backward()
