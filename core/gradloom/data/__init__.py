"""Datasets, samplers and the loader that makes batches of them."""

from typing import TYPE_CHECKING, Any

from gradloom.data.collate import default_collate, default_convert
from gradloom.data.dataset import (
    Batched,
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from gradloom.data.loader import DataLoader
from gradloom.data.sampler import (
    BatchSampler,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from gradloom.data.worker import get_worker_info

if TYPE_CHECKING:
    from gradloom.data.file_dataset import FileDataset

__all__ = [
    "BatchSampler",
    "Batched",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "DistributedSampler",
    "FileDataset",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "random_split",
]


def __getattr__(name: str) -> Any:
    if name == "FileDataset":  # loads the readers of files, which most programs do without
        from gradloom.data.file_dataset import FileDataset

        return FileDataset
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
