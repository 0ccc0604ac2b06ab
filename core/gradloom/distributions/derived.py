"""Parameters that follow from others."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from gradloom.autograd.grad_mode import enable_grad


class derived(cached_property):  # type: ignore[type-arg]  # noqa: N801 - it stands where a property would
    """A cached property that is always recorded.

    Who asks first may not record, as `sample` does not; who asks next may want its gradient.
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__(enable_grad()(function))
