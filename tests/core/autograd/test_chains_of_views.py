"""Random chains of views and in-place writes, beside PyTorch's: values, memory and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

Act = Callable[[Any], Any]

VIEWS: dict[str, Act] = {
    "transpose": lambda t: t.transpose(0, -1),
    "permute": lambda t: t.permute(*range(1, t.ndim), 0),
    "narrow": lambda t: t.narrow(-1, 1, 2),
    "select": lambda t: t.select(0, -1),
    "row": lambda t: t[1],
    "steps": lambda t: t[..., ::2],
    "new dim": lambda t: t[:, None],
    "unsqueeze": lambda t: t.unsqueeze(1),
    "squeeze": lambda t: t.squeeze(),
    "diagonal": lambda t: t.diagonal(0, 0, -1),
    "unfold": lambda t: t.unfold(-1, 2, 2),
    "view": lambda t: t.view(-1),
    "flatten": lambda t: t.flatten(0, 1),
    "reshape": lambda t: t.reshape(t.shape[0], -1),
    "movedim": lambda t: t.movedim(0, -1),
    "detach": lambda t: t.detach(),
    "view_as": lambda t: t.view_as(t),
    "mT": lambda t: t.mT if t.ndim else t.view_as(t),
}
WRITES: dict[str, Act] = {
    "mul_": lambda t: t.mul_(2.0),
    "add_": lambda t: t.add_(t.detach().sum()),
    "square": lambda t: t.mul_(t),
    "fill_": lambda t: t.fill_(0.5),
    "zero_": lambda t: t.zero_(),
    "copy_": lambda t: t.copy_(t.flip(0)),
    "assign a row": lambda t: t.__setitem__(0, 3.0),
    "assign by list": lambda t: t.__setitem__([0, -1], t[[1, 0]] * 0.5),
    "assign by mask": lambda t: t.__setitem__(t > 0.5, 0.25),
    "masked_fill_": lambda t: t.masked_fill_(t < 0, 1.5),
    "index_add_": lambda t: t.index_add_(0, _numbers(t, [1, 1]), t[:2] * 1.0),
    "unsqueeze_": lambda t: t.unsqueeze_(0),
    "transpose_": lambda t: t.transpose_(0, -1),
    "squeeze_": lambda t: t.squeeze_(0),
    "sqrt of the exp": lambda t: t.exp_().sqrt_(),
}
ACTS = {**VIEWS, **WRITES}


def _numbers(tensor: Any, values: list[int]) -> Any:
    engine = torch if isinstance(tensor, torch.Tensor) else gradloom
    return engine.tensor(values)


def _played(engine: Any, shape: tuple[int, ...], acts: list[tuple[int, str]]) -> list[Any]:
    """All tensors that came up, after all acts, and what each act did."""
    values = np.linspace(-1.0, 2.0, int(np.prod(shape))).reshape(shape)
    leaf = engine.tensor(values).requires_grad_()
    known, story = [leaf * 1.0], []
    for place, name in acts:
        tensor = known[place % len(known)]
        try:
            made = ACTS[name](tensor)
        except (RuntimeError, IndexError) as error:
            story.append(type(error).__name__)
            continue
        story.append("done")
        if name in VIEWS:
            known.append(made)
    total = 0.0
    for place, tensor in enumerate(known):
        total = total + (tensor * (place + 1)).sum()
    story.append(bool(getattr(total, "requires_grad", False)))
    try:
        if story[-1]:
            total.backward()
    except RuntimeError as error:
        story.append(str(error).partition(":")[0])
    grads = [] if leaf.grad is None else [leaf.grad]
    return [story, [each.detach().numpy() for each in (*known, *grads)]]


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([(3, 4), (2, 3, 4), (3, 3, 3), (4,)]),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(sorted(ACTS))), min_size=2, max_size=9),
)
def test_views_and_writes(shape: tuple[int, ...], acts: list[tuple[int, str]]) -> None:
    (ours, our_arrays), (theirs, their_arrays) = (
        _played(engine, shape, acts) for engine in (gradloom, torch)
    )
    if len(theirs) > len(acts) + 1:
        # A saved value was overwritten; we may have kept a copy of it, and then need not refuse.
        assert ours in (theirs, theirs[:-1])
        return
    assert ours == theirs
    for one, other in zip(our_arrays, their_arrays, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
