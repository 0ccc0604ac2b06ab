"""Data sets from NumPy's `.npz` archives, read without trust: no pickle, no zip bomb, no array that lies."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import numpy as np

from gradloom.data.sources.array_names import choose_arrays
from gradloom.data.sources.arrays import TaskChoice, input_array, target_array
from gradloom.data.sources.disk import (
    amount,
    plain_file,
    quoted,
    read_up_to,
    refuse_if_large,
    shortened,
    unreadable,
)
from gradloom.data.sources.npy_header import DAMAGE, read_header
from gradloom.data.sources.samples import Array, DataError, Samples

MOST_ARRAYS = 100
BOMB_SIZE, BOMB_RATIO = 64 * 2**20, 200


def npz(path: Path, input: str = "", target: str = "", task: TaskChoice = "auto") -> Samples:
    """Arrays from a NumPy .npz file: one to see, one to predict, row i of each being sample i.

    Arrays called x_train, y_train, x_test and y_test are taken together, and the test rows are held out.

    Args:
        path: the .npz file.
        input: name of the array that the network sees; empty looks for x, images, data and the like.
        target: name of the array to predict; empty looks for y, target, labels and the like.
        task: whether to predict classes or numbers; auto looks at the target.
    """
    path = plain_file(path)
    try:
        return _read(path, input, target, task)
    except DataError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    except DAMAGE as error:
        raise DataError(f"{path.name} cannot be read as arrays: {shortened(str(error))}.") from error


def _read(path: Path, input: str, target: str, task: TaskChoice) -> Samples:
    with zipfile.ZipFile(path) as archive:
        members = _members(archive, path.name)
        (x_name, y_name), *test_names = choose_arrays(input, target, members, path.name)
        x, y, held_out = _array(archive, members[x_name]), _array(archive, members[y_name]), None
        for x_test, y_test in test_names:
            test = _array(archive, members[x_test]), _array(archive, members[y_test])
            x, y, held_out = _joined((x, y), test, path.name)
    values, found_task, classes = target_array(y, f"'{y_name}' in {path.name}", task)
    inputs = {"x": input_array(x, f"'{x_name}' in {path.name}")}
    return Samples(inputs, values, found_task, classes, held_out, notice=f"Read from {path.name}.")


def _members(archive: zipfile.ZipFile, file: str) -> dict[str, zipfile.ZipInfo]:
    """The arrays in the archive by name, once their number and their declared sizes are bearable."""
    entries = archive.infolist()
    if len(entries) > MOST_ARRAYS:
        raise DataError(f"{file} holds {len(entries):,} members, and at most {MOST_ARRAYS} are read.")
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    refuse_if_large(f"{file}, unpacked,", unpacked)
    if unpacked > BOMB_SIZE and unpacked > BOMB_RATIO * packed:
        raise DataError(
            f"{file} would unpack from {amount(packed)} to {amount(unpacked)}, as no measured data do; "
            "save it again with numpy.savez."
        )
    arrays = [entry for entry in entries if entry.filename.endswith(".npy")]
    if not arrays:
        raise DataError(f"{file} holds no arrays; save them with numpy.savez(file, x=..., y=...).")
    return {entry.filename.removesuffix(".npy"): entry for entry in arrays}


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    name = quoted(member.filename)
    with archive.open(member) as stream:
        dtype, fortran_order, shape = read_header(stream, name)
        size, present = math.prod(shape) * dtype.itemsize, member.file_size - stream.tell()
        if size != present:
            raise ValueError(f"{name} needs {size:,} bytes for shape {shape} and has {present:,}")
        body = read_up_to(stream, size)
    return np.ndarray(shape, dtype, body, order="F" if fortran_order else "C")


def _joined(train: tuple[Array, Array], test: tuple[Array, Array], file: str) -> tuple[Array, Array, Array]:
    """Training and test rows as one, and the numbers of the test rows."""
    for learnt, tested in zip(train, test, strict=True):
        if learnt.ndim == 0 or learnt.shape[1:] != tested.shape[1:]:
            raise DataError(
                f"{file} has a training array of shape {learnt.shape} and its test array is {tested.shape}; "
                "they may differ in the number of rows only."
            )
    if len(train[0]) != len(train[1]):
        raise DataError(f"{file} has {len(train[0]):,} training inputs but {len(train[1]):,} targets.")
    rows = np.arange(len(train[0]), len(train[0]) + len(test[0]))
    x, y = (np.concatenate(parts) for parts in zip(train, test, strict=True))
    return x, y, rows
