"""All workloads, by table and by name."""

from __future__ import annotations

from functools import cache

from benchmarks.side_by_side.loading import loading_workloads
from benchmarks.side_by_side.operations import operation_workloads
from benchmarks.side_by_side.training import inference_workloads, scaling_workloads, training_workloads
from benchmarks.side_by_side.workload import Workload

TABLES = {
    "training": training_workloads,
    "inference": inference_workloads,
    "operations": operation_workloads,
    "scaling": scaling_workloads,
    "data": loading_workloads,
}


@cache
def _by_name() -> dict[str, Workload]:
    return {each.name: each for table in TABLES.values() for each in table()}


def workload(name: str) -> Workload:
    """The workload of this name."""
    return _by_name()[name]
