"""Where a tensor lives: the CPU, the only device there is."""

from __future__ import annotations


class device:  # noqa: N801 - PyTorch's name
    """A device by name, `device("cpu")` or `device("cpu", 0)`; RuntimeError for any other."""

    __slots__ = ("index", "type")

    def __init__(self, type: str | device, index: int | None = None) -> None:
        name, _, suffix = str(type).partition(":")
        if name != "cpu":
            raise RuntimeError(
                f"Gradloom computes on the CPU only, so there is no device '{type}'; use 'cpu'"
            )
        self.type = name
        self.index = int(suffix) if suffix else index

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


CPU = device("cpu")
