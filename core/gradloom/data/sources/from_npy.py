"""Data sets from NumPy's `.npy` files, which may be larger than the memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gradloom.data.sources import stored
from gradloom.data.sources.array_names import choose_arrays
from gradloom.data.sources.arrays import (
    TaskChoice,
    input_array,
    number_array,
    refuse_several_labels,
    target_array,
)
from gradloom.data.sources.disk import any_file, plain_folder, refuse_if_large, unreadable
from gradloom.data.sources.samples import Array, DataError, Task, printable
from gradloom.data.sources.stored import StoredArray, refuse_other_lengths
from gradloom.data.sources.stored_samples import AnySamples, StoredField, StoredSamples

_Pair = tuple[StoredArray, StoredArray]


def npy(input: Path, target: Path, task: TaskChoice = "auto") -> AnySamples:
    """Arrays from two NumPy .npy files of any size: one to see, one to predict, row i of each being sample i.

    What is larger than 64 MB stays on the disk: rows are read when a batch asks for them.

    Args:
        input: the .npy file that the network sees.
        target: the .npy file to predict.
        task: whether to predict classes or numbers; auto looks at the target.
    """
    x, y = StoredArray(any_file(input)), StoredArray(any_file(target))
    return _samples([(x, y)], task, f"{x.name} and {y.name}")


def npy_folder(folder: Path, input: str = "", target: str = "", task: TaskChoice = "auto") -> AnySamples:
    """Arrays from a folder of NumPy .npy files of any size: x.npy and y.npy, or as they are called.

    Files x_train.npy, y_train.npy, x_test.npy and y_test.npy are taken together, and the test rows are held
    out. What is larger than 64 MB stays on the disk: rows are read when a batch asks for them.

    Args:
        folder: the folder that holds the files.
        input: name of the file that the network sees; empty looks for x, images, data and the like.
        target: name of the file to predict; empty looks for y, target, labels and the like.
        task: whether to predict classes or numbers; auto looks at the target.
    """
    folder = plain_folder(folder)
    try:
        files = {file.stem: file for file in sorted(folder.iterdir()) if file.suffix == ".npy"}
    except OSError as error:
        raise unreadable(folder, error) from error
    if not files:
        raise DataError(
            f"'{folder}' has no .npy files; save one with numpy.save for the input and the target."
        )
    names = choose_arrays(input.removesuffix(".npy"), target.removesuffix(".npy"), files, folder.name)
    pairs = [(StoredArray(files[x]), StoredArray(files[y])) for x, y in names]
    return _samples(pairs, task, folder.name)


def _samples(pairs: list[_Pair], task: TaskChoice, source: str) -> AnySamples:
    """The first pair of arrays and, held out, the second."""
    for pair in pairs:
        refuse_other_lengths(pair)
    xs, ys = zip(*pairs, strict=True)
    for arrays in (xs, ys):
        _refuse_other_shapes(arrays)
    learnt, size = len(xs[0]), sum(map(len, xs))
    inputs = {"x": StoredField(xs, input_array)}
    rows, notice = np.arange(size), printable(f"Read from {source}.")
    held_out = rows[learnt:] if len(pairs) > 1 else None
    target, found, classes = _target(ys, task)
    samples = StoredSamples(inputs, target, found, classes, held_out, notice, rows)
    small = sum(array.nbytes for array in (*xs, *ys)) <= stored.HELD
    return samples.load() if small else samples


def _target(
    arrays: tuple[StoredArray, ...], task: TaskChoice
) -> tuple[Array | StoredField, Task, tuple[str, ...]]:
    """The target, its task and its classes; in memory where it has one value a sample."""
    first, several = arrays[0], arrays[0].shape[1:] not in ((), (1,))
    if several and task == "classification":
        refuse_several_labels(first.shape, first.name)
    if several:
        return StoredField(arrays, number_array), "regression", ()
    refuse_if_large(first.name, sum(array.nbytes for array in arrays))
    return target_array(np.concatenate([array.whole() for array in arrays]), first.name, task)


def _refuse_other_shapes(arrays: tuple[StoredArray, ...]) -> None:
    first = arrays[0]
    for each in arrays:
        if each.shape[1:] != first.shape[1:]:
            raise DataError(
                f"{first.name} is of shape {first.shape} and {each.name} of shape {each.shape}; they may "
                "differ in the number of rows only."
            )
