"""Weights, and whole trainings, as files: kill the process, load the file, go on with the same bits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from gradloom.experiment.tensor_file import Array, TensorFileError, read_arrays, write_arrays
from gradloom.tensor import Tensor, wrap

SCHEMA = 1
_ARRAY, _TENSOR = "$array", "$tensor"


class CheckpointError(TensorFileError):
    """A checkpoint that cannot be gone on from; one sentence says why."""


def save_weights(path: Path, weights: Mapping[str, Array], about: Mapping[str, str] | None = None) -> None:
    """Write a network's parameters and buffers, under their names, as a safetensors file.

    Raises:
        WriteError: the file could not be written; what was there before still is.
    """
    write_arrays(path, weights, {"application": f"gradloom {version('gradloom')}", **(about or {})})


def load_weights(path: Path, expected: Mapping[str, Array]) -> dict[str, Array]:
    """The weights in a safetensors file, for a network whose own are `expected`.

    Raises:
        TensorFileError: the file is not there, damaged, or of another network; names and shapes are said.
    """
    arrays, _ = read_arrays(path, expected)
    return {name: array.astype(expected[name].dtype) for name, array in arrays.items()}


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A training between two batches.

    `state` is nested dicts and lists of numbers, words, arrays and tensors: the data's fingerprint, the
    network, the optimizer, the schedule, the random stream and the sums of the epoch so far. `document` is
    the digest of what is trained.
    """

    document: str
    step: int
    epoch: int
    """The epoch under way, from 1."""
    batch: int
    """How many of its batches are done."""
    state: Mapping[str, Any]


def save_checkpoint(path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot as one safetensors file.

    Raises:
        WriteError: the file could not be written; what was there before still is.
    """
    arrays: dict[str, Array] = {}
    metadata = {
        "schema": str(SCHEMA),
        "application": f"gradloom {version('gradloom')}",
        "document": snapshot.document,
        "step": str(snapshot.step),
        "epoch": str(snapshot.epoch),
        "batch": str(snapshot.batch),
        "state": json.dumps(_take_arrays(snapshot.state, "", arrays)),
    }
    write_arrays(path, arrays, metadata)


def load_checkpoint(path: Path) -> Snapshot:
    """The snapshot in a file.

    Raises:
        TensorFileError: the file is not there or damaged.
        CheckpointError: it holds no checkpoint, or one of a later version.
    """
    arrays, metadata = read_arrays(path)
    schema = metadata.get("schema")
    if schema is None:
        raise CheckpointError(
            f"{path.name} holds weights but no checkpoint, so no training can go on from it."
        )
    if schema != str(SCHEMA):
        raise CheckpointError(
            f"{path.name} was written by another version of Gradloom, with schema {schema}."
        )
    try:
        return Snapshot(
            document=metadata["document"],
            step=int(metadata["step"]),
            epoch=int(metadata["epoch"]),
            batch=int(metadata["batch"]),
            state=_put_arrays(json.loads(metadata["state"]), arrays),
        )
    except (KeyError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.name} is no complete checkpoint.") from error


def _take_arrays(part: Any, path: str, arrays: dict[str, Array]) -> Any:
    """`part` as JSON can hold it, with each array moved to `arrays` under its path."""
    if isinstance(part, np.ndarray):
        arrays[path] = part
        return {_ARRAY: path}
    if isinstance(part, Tensor):
        arrays[path] = part.array
        return {_TENSOR: path}
    if isinstance(part, Mapping):
        return {
            str(key): _take_arrays(value, f"{path}/{key}" if path else str(key), arrays)
            for key, value in part.items()
        }
    if isinstance(part, list | tuple):
        return [_take_arrays(value, f"{path}/{i}", arrays) for i, value in enumerate(part)]
    return part.item() if isinstance(part, np.generic) else part


def _put_arrays(part: Any, arrays: Mapping[str, Array]) -> Any:
    if isinstance(part, dict):
        if part.keys() == {_ARRAY}:
            return arrays[part[_ARRAY]]
        if part.keys() == {_TENSOR}:
            return wrap(arrays[part[_TENSOR]])
        return {key: _put_arrays(value, arrays) for key, value in part.items()}
    return [_put_arrays(value, arrays) for value in part] if isinstance(part, list) else part
