"""Finding the forward line behind a bad gradient.

    with gradloom.autograd.detect_anomaly():
        loss = model(x).sum()
        loss.backward()

Each node remembers where it was made. A backward that raises, or gives nan, is then reported with that place.
"""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from gradloom.autograd.grad_mode import Watcher, recording
from gradloom.tape import Node
from gradloom.tensor import Tensor

_ENGINE = str(Path(__file__).parents[1])


class _Witness(Watcher):
    """Remembers where each node was made, and looks at what its backward gives."""

    def __init__(self, check_nan: bool) -> None:
        self.check_nan = check_nan

    def recorded(self, node: Node) -> None:
        _PLACES[node] = traceback.extract_stack()

    def swept(self, node: Node, compute: Callable[[], Sequence[Any]]) -> Sequence[Any]:
        try:
            given = compute()
        except Exception:
            _tell_place(node)
            raise
        if self.check_nan:
            _refuse_nan(node, given)
        return given


_PLACES: WeakKeyDictionary[Node, traceback.StackSummary] = WeakKeyDictionary()


def _refuse_nan(node: Node, given: Sequence[Any]) -> None:
    for at, each in enumerate(given):
        array = each.array if isinstance(each, Tensor) else each
        if array is not None and np.any(np.isnan(array)):
            _tell_place(node)
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {at}th output.")


def _tell_place(node: Node) -> None:
    """Warn with the lines of the user's program that led to `node`."""
    frames = [frame for frame in _PLACES.get(node, ()) if not frame.filename.startswith(_ENGINE)]
    if not frames:
        place = (
            "No forward pass information available. Enable detect anomaly during forward pass for more "
            "information."
        )
    else:
        place = "Traceback of forward call that caused the error:\n" + "".join(traceback.format_list(frames))
    warnings.warn(f"Error detected in {node.name()}. {place}", stacklevel=2)


class set_detect_anomaly:  # noqa: N801 - PyTorch's name
    """Switches the detection on or off at once; as a context manager, until the block ends.

    Args:
        mode: on or off.
        check_nan: whether a gradient of nan is an error too.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = recording.watchers
        others = tuple(each for each in self._before if not isinstance(each, _Witness))
        recording.watchers = (*others, _Witness(check_nan)) if mode else others

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        recording.watchers = self._before


class detect_anomaly(set_detect_anomaly):  # noqa: N801 - PyTorch's name
    """Watches recording and sweeping until the block ends; both become slower."""

    def __init__(self, check_nan: bool = True) -> None:
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be "
            "enabled for debugging.",
            stacklevel=2,
        )
        self._check_nan = check_nan

    def __enter__(self) -> None:
        super().__init__(True, self._check_nan)


def is_anomaly_enabled() -> bool:
    """Whether the detection is on in this thread."""
    return any(isinstance(each, _Witness) for each in recording.watchers)


def is_anomaly_check_nan_enabled() -> bool:
    """Whether the detection is on and takes nan for an error."""
    return any(isinstance(each, _Witness) and each.check_nan for each in recording.watchers)
