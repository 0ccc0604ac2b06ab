"""Named arrays in a safetensors file: written whole or not at all, read without believing anything.

Source of the format: https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from gradloom.atomic import write_bytes

Array = NDArray[Any]

HASH = "gradloom.sha256"
NAMED_AT_MOST = 5


class TensorFileError(ValueError):
    """A file of arrays that cannot be used; one sentence says which file and why."""


def write_arrays(path: Path, arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> None:
    """Write `arrays` and `metadata` to `path`, with a hash over both.

    Raises:
        WriteError: the file could not be written; what was there before still is.
    """
    # The format takes little-endian rows one after the other, and zero-dimensional arrays as they are.
    dense = {name: np.require(array, array.dtype.newbyteorder("<"), "C") for name, array in arrays.items()}
    signed = {**metadata, HASH: _hash(dense, metadata)}
    write_bytes(path, _in_order(safetensors.numpy.save(dense, signed)))


def _in_order(content: bytes) -> bytes:
    """The file with its header sorted: the library's order of metadata changes from process to process."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:end]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[end:]


def read_arrays(
    path: Path, expected: Mapping[str, Array] | None = None
) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and the metadata of a file, after every check.

    Args:
        path: a safetensors file, ours or another program's.
        expected: arrays whose names and shapes the file must have, no more and no fewer; they are compared
            before anything is read into memory.

    Raises:
        TensorFileError: no such file, not this format, damaged, or not what is expected.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            if expected is not None:
                _check_names(path, sorted(file.keys()), expected)
                _check_shapes(path, file, expected)
            metadata = dict(file.metadata() or {})
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise TensorFileError(f"There is no file {path}.") from error
    except TensorFileError:
        raise
    except (SafetensorError, OSError, TypeError, ValueError, AttributeError, MemoryError) as error:
        raise TensorFileError(
            f"{path.name} is not a safetensors file that can be read; it is damaged or of another kind."
        ) from error
    recorded = metadata.pop(HASH, None)
    if recorded is not None and recorded != _hash(arrays, metadata):
        raise TensorFileError(
            f"{path.name} is damaged: its content does not match the hash it was saved with."
        )
    return arrays, metadata


def _check_names(path: Path, found: Sequence[str], expected: Mapping[str, Array]) -> None:
    missing = [name for name in expected if name not in found]
    unexpected = [name for name in found if name not in expected]
    complaints = []
    if missing:
        complaints.append(f"it lacks {_listed([f'{name} {expected[name].shape}' for name in missing])}")
    if unexpected:
        complaints.append(f"it has {_listed(unexpected)} besides")
    if complaints:
        raise TensorFileError(f"{path.name} belongs to another network: {' and '.join(complaints)}.")


def _check_shapes(path: Path, file: Any, expected: Mapping[str, Array]) -> None:
    differences = []
    for name, array in expected.items():
        shape = tuple(file.get_slice(name).get_shape())
        if shape != array.shape:
            differences.append(f"{name} is {shape} there and {array.shape} here")
    if differences:
        raise TensorFileError(f"{path.name} belongs to another network: {_listed(differences)}.")


def _listed(parts: Sequence[str]) -> str:
    more = len(parts) - NAMED_AT_MOST
    return ", ".join(parts[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def _hash(arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for key in sorted(metadata):
        digest.update(f"{key!r}={metadata[key]!r}\n".encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name!r}:{array.dtype.name}{arrays[name].shape}\n".encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
