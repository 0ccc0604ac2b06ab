"""Where a tensor lives: the CPU, the only device there is."""

from __future__ import annotations

from typing import Self

KNOWN = ("cpu", "cuda", "hip", "ipu", "lazy", "meta", "mps", "mtia", "vulkan", "xla", "xpu")
"""Types that PyTorch knows and that scripts may name without using them."""


class device:  # noqa: N801 - PyTorch's name
    """A device by name: `device("cpu")`, `device("cuda:1")`, `device("cuda", 1)`.

    Others than the CPU can be named and compared, but nothing can be computed or stored there. As a context
    manager it is where new tensors are made, which always is the CPU.
    """

    __slots__ = ("index", "type")

    type: str
    index: int | None

    def __init__(self, type: str | int | device, index: int | None = None) -> None:
        name, _, suffix = (f"cuda:{type}" if isinstance(type, int) else str(type)).partition(":")
        if name not in KNOWN:
            raise RuntimeError(
                f"Expected one of {', '.join(KNOWN)} device type at start of device string: {name}"
            )
        if suffix and not suffix.isdecimal():
            raise RuntimeError(f"Invalid device string: '{type}'")
        self.type = name
        self.index = int(suffix) if suffix else index

    def __enter__(self) -> Self:
        checked(self)
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple[object, ...]:
        return device, (self.type, self.index)


CPU = device("cpu")


def checked(where: str | int | device) -> device:
    """`where` as a device, if it is the CPU; RuntimeError for any other."""
    named = where if isinstance(where, device) else device(where)
    if named.type != "cpu":
        raise RuntimeError(f"Gradloom computes on the CPU only, so there is no device '{named}'; use 'cpu'")
    return named
