"""Operations whose results have shapes that depend on values, which lines could not follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.ops.op import Op

SHAPED_BY_VALUES = frozenset(
    ("advanced_index", "bincount", "consecutive_parts", "interleaved_places", "nonzero_rows", "unique_parts")
)


def is_shaped_by_values(op: Op[Any], arrays: Sequence[Any]) -> bool:
    """Whether the result of `op` may get another shape if these arrays hold other values.

    What whole numbers pick has their shape, what masks pick has not.
    """
    if op.name != "advanced_index":
        return op.name in SHAPED_BY_VALUES
    return any(isinstance(each, np.ndarray) and each.dtype.kind == "b" for each in arrays[1])
