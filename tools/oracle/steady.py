"""Whether PyTorch agrees with itself: on the same numbers in memory with gaps, which takes other loops.

Its vectorized loops and the plain ones now and then differ about infinities and nan, or lose all precision.
What PyTorch cannot say the same of twice is no question to us.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch

from oracle.twins import TOLERANCES, array_of, changed, flat, name_of


def steady(operation: Any, sample: Any, grads: bool, slack: float) -> bool:
    """Whether values and gradients are the same for the sample and for its copy with gaps in memory."""
    gapped = type(sample)(
        changed(sample.input, _with_gaps),
        args=changed(sample.args, _with_gaps),
        kwargs=changed(sample.kwargs, _with_gaps),
        output_process_fn_grad=sample.output_process_fn_grad,
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            one, other = (_numbers(operation, each, grads) for each in (sample, gapped))
        return len(one) == len(other) and all(map(_near, one, other, [slack] * len(one)))
    except Exception:  # noqa: BLE001 - it can do only one of the two
        return False


def _with_gaps(tensor: torch.Tensor) -> torch.Tensor:
    return torch.stack([tensor, tensor], -1)[..., 0]


def _numbers(operation: Any, sample: Any, grads: bool) -> list[torch.Tensor]:
    """All results and the gradients of all leaves."""
    torch.manual_seed(0)
    made = sample.output_process_fn_grad(operation(sample.input, *sample.args, **sample.kwargs))
    results = [each for each in flat(made) if isinstance(each, torch.Tensor)]
    live = [each for each in results if each.requires_grad and each.numel()]
    leaves = [
        each
        for each in flat([sample.input, list(sample.args), list(sample.kwargs.values())])
        if isinstance(each, torch.Tensor) and each.requires_grad
    ]
    if not grads or not live or not leaves:
        return results
    found = torch.autograd.grad(live, leaves, [torch.ones_like(each) for each in live], allow_unused=True)
    return [*results, *(each for each in found if each is not None)]


def _near(one: torch.Tensor, other: torch.Tensor, slack: float) -> bool:
    rtol, atol, _ = TOLERANCES.get(name_of(one.dtype), (0.0, 0.0, 0.0))
    first, second = (array_of(each).astype(complex) for each in (one, other))
    with np.errstate(all="ignore"):
        return bool(np.allclose(first, second, rtol * slack, atol * slack, equal_nan=True))
