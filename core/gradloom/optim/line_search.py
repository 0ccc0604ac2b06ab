"""A line search for the strong Wolfe conditions (Nocedal and Wright, Numerical Optimization, 2006, 3.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gradloom.optim.optimizer import Array


class Point(NamedTuple):
    """A point on the line: how far along it, the loss there, its gradient, and the slope along the line."""

    t: Any
    loss: float
    gradient: Array
    slope: Any


class WolfeSearch:
    """Looks along a direction for a step that lowers the loss enough and flattens the slope enough.

    Args:
        evaluate: gives the point at a distance.
        start: the point at distance 0.
        longest: the direction's largest component, by which a bracket's width is judged.
        budget: the most evaluations after the first.
    """

    decrease = 1e-4
    curvature = 0.9
    tolerance = 1e-9

    def __init__(self, evaluate: Callable[[Any], Point], start: Point, longest: Any, budget: int) -> None:
        self._evaluate = evaluate
        self._start = start
        self._longest = longest
        self._budget = budget
        self._rounds = 0
        self.evaluations = 0

    def run(self, t: Any) -> Point:
        """The point found, tried first at distance `t`."""
        bracket = self._bracket(t)
        if len(bracket) == 1:
            return bracket[0]
        return self._zoom(*sorted(bracket, key=_loss))

    def _at(self, t: Any) -> Point:
        self.evaluations += 1
        return self._evaluate(t)

    def _too_high(self, point: Point) -> bool:
        start = self._start
        return bool(point.loss > start.loss + self.decrease * point.t * start.slope)

    def _flat(self, point: Point) -> bool:
        return bool(abs(point.slope) <= -self.curvature * self._start.slope)

    def _bracket(self, t: Any) -> list[Point]:
        """One point that meets the conditions, or two with such a point between them."""
        before, point = self._start, self._at(t)
        while self._rounds < self._budget:
            if self._too_high(point) or (self._rounds > 1 and point.loss >= before.loss):
                return [before, point]
            if self._flat(point):
                return [point]
            if point.slope >= 0:
                return [before, point]
            bounds = point.t + 0.01 * (point.t - before.t), point.t * 10
            before, point = point, self._at(minimum_of_cubic(before, point, bounds))
            self._rounds += 1
        return [self._start, point]

    def _zoom(self, low: Point, high: Point) -> Point:
        """Shrink the bracket until its lower end meets the conditions or the budget is used up."""
        stuck = False
        while self._rounds < self._budget:
            if abs(high.t - low.t) * self._longest < self.tolerance:
                break
            t, stuck = _off_the_edges(minimum_of_cubic(low, high), (low.t, high.t), stuck)
            point = self._at(t)
            self._rounds += 1
            if self._too_high(point) or point.loss >= low.loss:
                low, high = sorted((low, point), key=_loss)
            elif self._flat(point):
                return point
            else:
                low, high = point, low if point.slope * (high.t - low.t) >= 0 else high
        return low


def _loss(point: Point) -> float:
    return point.loss


def minimum_of_cubic(first: Point, second: Point, bounds: tuple[Any, Any] | None = None) -> Any:
    """Where the cubic through both losses and slopes is lowest (Nocedal and Wright, equation 3.59)."""
    low, high = bounds or sorted((first.t, second.t))
    left, right = (first, second) if first.t <= second.t else (second, first)
    d1 = first.slope + second.slope - 3 * (first.loss - second.loss) / (first.t - second.t)
    square = d1**2 - first.slope * second.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = np.sqrt(square)
    share = (right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2)
    return min(max(right.t - (right.t - left.t) * share, low), high)


def _off_the_edges(t: Any, ends: tuple[Any, Any], stuck: bool) -> tuple[Any, bool]:
    """Move a trial that hugs an end of the bracket the second time, or lies beyond, a tenth inside."""
    low, high = sorted(ends)
    margin = 0.1 * (high - low)
    if min(high - t, t - low) >= margin:
        return t, False
    if stuck or t >= high or t <= low:
        return (high - margin if abs(t - high) < abs(t - low) else low + margin), False
    return t, True
