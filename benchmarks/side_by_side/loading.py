"""Epochs over data: 5,000 pictures as large as MNIST's, in 79 batches of 64."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.side_by_side.workload import Step, Workload

_SHAPE, _BATCH = (5000, 1, 28, 28), 64


def _tensors(torch: Any) -> Any:
    return torch.utils.data.TensorDataset(torch.rand(*_SHAPE), torch.randint(0, 10, _SHAPE[:1]))


def _part(torch: Any) -> Any:
    return torch.utils.data.random_split(_tensors(torch), [4000, 1000])[0]


def _samples(torch: Any) -> Any:
    """What most scripts write: a class with `__getitem__`."""
    pictures, labels = torch.rand(*_SHAPE), torch.randint(0, 10, _SHAPE[:1])

    class Pictures(torch.utils.data.Dataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return len(pictures)

        def __getitem__(self, index: int) -> Any:
            return pictures[index], int(labels[index])

    return Pictures()


def _mapped(torch: Any) -> Any:
    """Rows of a file: our data set for it, or tensors over a memory map."""
    # What is mapped outlives its name.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "pictures.npy"
        np.save(file, np.random.default_rng(0).random(_SHAPE, np.float32))
        if hasattr(torch.utils.data, "FileDataset"):
            return torch.utils.data.FileDataset(file)
        return torch.utils.data.TensorDataset(torch.from_numpy(np.load(file, mmap_mode="c")))


def _epoch(dataset: Callable[[Any], Any], torch: Any, shuffle: bool = True) -> Step:
    torch.manual_seed(0)
    loader = torch.utils.data.DataLoader(dataset(torch), batch_size=_BATCH, shuffle=shuffle)

    def step() -> None:
        for _ in loader:
            pass

    return step


def _epoch_by_hand(shuffle: bool = True) -> Step:
    rng = np.random.default_rng(0)
    pictures, labels = rng.random(_SHAPE, np.float32), rng.integers(0, 10, _SHAPE[0])

    def step() -> None:
        order = rng.permutation(len(pictures)) if shuffle else np.arange(len(pictures))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            pictures.take(rows, axis=0), labels.take(rows)

    return step


def loading_workloads() -> list[Workload]:
    """An epoch over each kind of data set; PyTorch's loader and ours without workers."""
    return [
        Workload("epoch of tensors, shuffled", partial(_epoch, _tensors), _epoch_by_hand),
        Workload(
            "epoch of tensors, in order",
            partial(_epoch, _tensors, shuffle=False),
            partial(_epoch_by_hand, shuffle=False),
        ),
        Workload("epoch of a random part, shuffled", partial(_epoch, _part)),
        Workload("epoch of a file's rows, shuffled", partial(_epoch, _mapped)),
        Workload("epoch of single samples, shuffled", partial(_epoch, _samples)),
    ]
