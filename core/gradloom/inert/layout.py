"""How tensors lie in memory: strided, and in an order that NumPy's strides say."""

from __future__ import annotations

from gradloom.spelling import spelled


class layout:  # noqa: N801 - PyTorch's name
    """A way to store tensors. There is one, `strided`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return spelled(self.name)


class memory_format(layout):  # noqa: N801 - PyTorch's name
    """An order of the dims in memory, a matter of speed alone. Accepted everywhere, chosen nowhere."""

    __slots__ = ()


strided = layout("strided")
sparse_coo = layout("sparse_coo")
sparse_csr = layout("sparse_csr")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
