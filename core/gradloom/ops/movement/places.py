"""Values picked from flat images by their places, the same in every channel, and what flows back to them."""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape

_PLACES = np.array([[0, 2, 2, 1], [3, 0, 3, 3]])
_INSIDE = np.array([[True, True, True, False], [True, False, True, True]])


@op(samples=[sample(floats(2, 3, 4), _PLACES, _INSIDE)], meeting="as_is", moves=True, method=False)
def pick_places(input: Value, places: Array, inside: Array) -> Value:
    """What stands at `places` in every channel, zero where not `inside`.

    Shapes: input (n, c, values), places and inside (n, positions); the result is (n, c, positions).
    """
    picked = np.take_along_axis(input, places[:, None], 2)
    return picked if inside.all() else np.where(inside[:, None], picked, picked.dtype.type(0))


@pick_places.gradient("input")
def _(grad: Value, places: Array, inside: Array, input_shape: Shape) -> Value:
    return pick_places_back(grad, places, inside, input_shape[2])


@op(samples=[sample(floats(2, 3, 4), _PLACES, _INSIDE, 4)], meeting="as_is", method=False)
def pick_places_back(picked: Value, places: Array, inside: Array, count: int) -> Value:
    """For each of `count` places the sum of what was picked from there: the transpose of `pick_places`."""
    sums = np.zeros((*picked.shape[:2], count), picked.dtype)
    for values, at, counted, room in zip(picked, places, inside, sums, strict=True):
        chosen = np.flatnonzero(counted)
        if not chosen.size:
            continue
        # Sorted by place, each place's share is one run.
        order = chosen[np.argsort(at[chosen], kind="stable")]
        starts = np.flatnonzero(np.diff(at[order], prepend=-1))
        room[:, at[order][starts]] = np.add.reduceat(values[:, order], starts, axis=1)
    return sums


@pick_places_back.gradient("picked")
def _(grad: Value, places: Array, inside: Array) -> Value:
    return pick_places(grad, places, inside)
