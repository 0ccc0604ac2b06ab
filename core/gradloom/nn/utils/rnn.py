"""Sequences of different lengths in one tensor: padded to the longest, or packed step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.ops.movement.joining import cat
from gradloom.ops.movement.packing import place_rows, take_rows
from gradloom.tensor import Tensor, wrap


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Packed):
    """Sequences packed step by step, longest first: what `pack_padded_sequence` and `pack_sequence` make.

    Attributes:
        data: the elements of all first steps, then of all second steps, and so on.
        batch_sizes: how many sequences have each step, int64.
        sorted_indices: where the sequences stood before they were sorted by length; None if they were sorted.
        unsorted_indices: the way back.
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:
        if batch_sizes is None:
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """With the data as another dtype; itself if it already is."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else self._replace(data=data)

    def cpu(self) -> PackedSequence:
        """This sequence: it already is on the CPU."""
        return self

    def double(self) -> PackedSequence:
        """With the data as float64."""
        return self.to(dtypes.float64)

    def float(self) -> PackedSequence:
        """With the data as float32."""
        return self.to(dtypes.float32)

    def half(self) -> PackedSequence:
        """With the data as float16."""
        return self.to(dtypes.float16)

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a CUDA device: never."""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes another one."""
    return None if permutation is None else wrap(np.argsort(permutation.array))


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack sequences of these lengths, padded to the longest.

    Shapes: input (t, n, ...), or (n, t, ...) if `batch_first`; lengths (n).

    Raises:
        RuntimeError: a length is not positive, or they do not descend although `enforce_sorted`.
    """
    sizes = lengths.array if isinstance(lengths, Tensor) else np.asarray(lengths)
    sizes, order = sizes.astype(np.int64), None
    if not enforce_sorted:
        order = np.argsort(-sizes, kind="stable")
        sizes = sizes[order]
    steps, count = (input.shape[1], input.shape[0]) if batch_first else input.shape[:2]
    _check_lengths(sizes, count, steps)
    sequences = np.arange(count) if order is None else order
    present = np.arange(sizes[0])[:, None] < sizes
    at = np.nonzero(present)
    rows = sequences[at[1]] * steps + at[0] if batch_first else at[0] * count + sequences[at[1]]
    data = take_rows(input.reshape(steps * count, *input.shape[2:]), rows)
    return PackedSequence(data, wrap(present.sum(1)), None if order is None else wrap(order))


def _check_lengths(sizes: Array, count: int, steps: int) -> None:
    if sizes.size != count:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {sizes.size} (batch_size={count})"
        )
    if sizes.min() <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if np.any(sizes[1:] > sizes[:-1]):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this "
            "requirement if you do not need ONNX exportability."
        )
    if sizes[0] > steps:
        raise RuntimeError(
            f"Expected the longest length, {sizes[0]}, to be at most the input's {steps} steps"
        )


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The sequences padded to the longest, or to `total_length`, and their lengths.

    ValueError if `total_length` is less than the longest.
    """
    sizes = sequence.batch_sizes.array
    steps, count = len(sizes), int(sizes[0])
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    order = sequence.sorted_indices
    sequences = np.arange(count) if order is None else order.array
    at = np.nonzero(np.arange(count) < sizes[:, None])
    rows = sequences[at[1]] * steps + at[0] if batch_first else at[0] * count + sequences[at[1]]
    shape = (count, steps) if batch_first else (steps, count)
    lengths = np.empty(count, np.int64)
    lengths[sequences] = np.sum(np.arange(count) < sizes[:, None], axis=0)
    padded = place_rows(sequence.data, rows, steps * count, padding_value)
    return padded.reshape(*shape, *sequence.data.shape[1:]), wrap(lengths)


def pad_sequence(
    sequences: Tensor | Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences of different lengths in one tensor, with `padding_value` where one is too short.

    Shapes: each (length, ...); the result is (t, n, ...), or (n, t, ...) if `batch_first`.
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    given = list(sequences)
    if not given:
        raise RuntimeError("received an empty list of sequences")
    lengths = np.array([len(each) for each in given])
    longest, count = int(lengths.max()), len(given)
    present = np.arange(longest) < lengths[:, None]
    if padding_side == "left":
        present = present[:, ::-1]
    of, step = np.nonzero(present)
    rows = of * longest + step if batch_first else step * count + of
    padded = place_rows(cat(given), rows, longest * count, padding_value)
    shape = (count, longest) if batch_first else (longest, count)
    result: Tensor = padded.reshape(*shape, *given[0].shape[1:])
    return result


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False
) -> list[Tensor]:
    """The sequences of these lengths out of a padded tensor."""
    sizes = lengths.tolist() if isinstance(lengths, Tensor) else list(lengths)
    batch = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [batch[at, :size] for at, size in enumerate(sizes)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences of different lengths."""
    lengths = [len(each) for each in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences that were packed, in their first order."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)
