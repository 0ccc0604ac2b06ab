"""Padding as a function."""

from __future__ import annotations

from collections.abc import Sequence

from gradloom import dtypes
from gradloom.kernels.windows import Sides
from gradloom.ops.layers.padding import edge_pad
from gradloom.ops.movement.joining import constant_pad
from gradloom.ops.op import raw
from gradloom.tensor import Tensor

_EDGES = {"reflect": "reflection_pad", "replicate": "replication_pad", "circular": "circular_pad"}


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Enlarge the last dimensions: `pad` is (before, after) of the last, then of the one before, and so on.

    Modes: "constant" fills with `value` (zero by default; negative sizes crop), "reflect" mirrors without
    repeating the edge, "replicate" repeats the edge, "circular" goes on at the other end.

    Raises:
        RuntimeError: an odd number of sizes, more of them than there are dimensions, or too large ones.
        NotImplementedError: dimensions that the mode does not know.
    """
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding "
            f"length {len(pad)} and input of dimension {input.ndim}"
        )
    if mode == "constant":
        return constant_pad(input, tuple(pad), 0.0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    spatial = len(pad) // 2
    if not 1 <= spatial <= 3 or input.ndim not in (spatial + 1, spatial + 2):
        raise NotImplementedError(f"Padding size {len(pad)} is not supported for {input.ndim}D input tensor.")
    if mode not in _EDGES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    sides = tuple([(int(pad[at]), int(pad[at + 1])) for at in range(0, len(pad), 2)][::-1])
    _check(input, sides, mode)
    return edge_pad(input, sides, mode)


def _check(input: Tensor, sides: Sides, mode: str) -> None:
    spatial = len(sides)
    shape = list(input.shape)
    lengths = shape[-spatial:]
    if mode == "circular":
        if any(max(side) > length for side, length in zip(sides, lengths, strict=True)):
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if any(length + sum(side) < 0 for side, length in zip(sides, lengths, strict=True)):
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
        return
    if raw(input).dtype.kind == "b":
        name = dtypes.legacy_name(raw(input).dtype)
        raise NotImplementedError(f"\"{_EDGES[mode]}{spatial}d\" not implemented for '{name}'")
    if 0 in shape[-spatial - 1 :]:
        raise RuntimeError(
            f"Expected {spatial + 1}D or {spatial + 2}D (batch mode) tensor with possibly 0 batch size and "
            f"other non-zero dimensions for input, but got: {shape}"
        )
    for place, (side, length) in enumerate(zip(reversed(sides), reversed(lengths), strict=True)):
        dim = input.ndim - 1 - place
        if mode == "reflect" and max(side) >= length:
            raise RuntimeError(
                f"Argument #{4 + 2 * place}: Padding size should be less than the corresponding input "
                f"dimension, but got: padding {side} at dimension {dim} of input {shape}"
            )
        if length + sum(side) < 0:
            made = [*shape[:dim], length + sum(side), *shape[dim + 1 :]]
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {length + sum(side)}: {made}"
            )
