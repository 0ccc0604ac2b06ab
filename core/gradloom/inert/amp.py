"""Mixed precision, which saves time on accelerators: here everything is computed in its own dtype."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Self

from gradloom.dtypes import dtype as DType

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]


class autocast:  # noqa: N801 - PyTorch's name
    """A block, or a decorator, in which PyTorch may compute in half the precision. Here it changes nothing.

    Args:
        device_type: the device that it is for, such as "cuda" or "cpu".
        dtype: what PyTorch would compute in.
        enabled: whether it would.
        cache_enabled: whether casts of weights would be kept.
    """

    def __init__(
        self,
        device_type: str,
        dtype: DType | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.device = device_type
        self.dtype = dtype
        self.enabled = enabled

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return called


def is_autocast_available(device_type: str) -> bool:
    """Whether `autocast` changes anything on that device: no."""
    return False


class GradScaler:
    """Guards half-precision gradients against underflow; here none are, so the loss keeps its size."""

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self.device = device

    def scale(self, outputs: Any) -> Any:
        """The loss itself."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Nothing: the gradients were not scaled."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """`optimizer.step()`."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Nothing."""

    def get_scale(self) -> float:
        """The factor of the loss: 1."""
        return 1.0

    def is_enabled(self) -> bool:
        """Whether losses are scaled: no."""
        return False

    def state_dict(self) -> dict[str, Any]:
        """Empty, as that of a scaler that is not enabled."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Nothing: there is no state."""


def custom_fwd(fwd: Callable[..., Any] | None = None, **settings: Any) -> Any:
    """A decorator of `Function.forward` that changes nothing."""
    return (lambda function: function) if fwd is None else fwd


def custom_bwd(bwd: Callable[..., Any] | None = None, **settings: Any) -> Any:
    """A decorator of `Function.backward` that changes nothing."""
    return (lambda function: function) if bwd is None else bwd
