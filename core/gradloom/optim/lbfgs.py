"""L-BFGS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from gradloom.autograd.grad_mode import no_grad
from gradloom.optim.line_search import Point, WolfeSearch
from gradloom.optim.optimizer import Array, Optimizer, Params, State
from gradloom.optim.saving import padded
from gradloom.optim.settings import check_rate, numbers
from gradloom.tensor import Tensor, wrap


class LBFGS(Optimizer):
    """A quasi-Newton method that remembers the last steps (Nocedal, 1980; Liu and Nocedal, 1989).

    `step(closure)` needs a closure that computes the loss anew, with gradients; it calls it several times.

    Args:
        params: the parameters to train, in one group.
        lr: length of each step, >= 0.
        max_iter: iterations within one step, >= 1.
        max_eval: evaluations of the closure within one step; by default 5/4 of `max_iter`.
        tolerance_grad: gradients smaller than this end the step, >= 0.
        tolerance_change: changes smaller than this end the step, >= 0.
        history_size: how many of the last steps are remembered, >= 1.
        line_search_fn: "strong_wolfe", or None for steps of length `lr`.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: Literal["strong_wolfe"] | None = None,
    ) -> None:
        check_rate(lr)
        settings = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, settings)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    @property
    def _params(self) -> list[Tensor]:
        params: list[Tensor] = self.param_groups[0]["params"]
        return params

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Move until a tolerance or a maximum is reached; returns the first loss.

        Args:
            closure: clears the gradients, computes the loss, calls backward on it and returns it.
        """
        with no_grad():
            return self._step(closure)

    def _step(self, closure: Callable[[], Any]) -> Any:
        group = self.param_groups[0]
        lr = group["lr"]
        settings = {**numbers(group), "lr": _array(lr.reshape(())) if isinstance(lr, Tensor) else lr}
        # The state is the whole group's; under the first parameter, load_state_dict finds its dtype.
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = self._evaluate(closure)
        state["func_evals"] += 1
        gradient = self._flat_gradient()
        if np.abs(gradient).max() <= settings["tolerance_grad"]:
            return first_loss
        memory = _Memory(state, settings["history_size"])
        self._descend(closure, float(first_loss), gradient, memory, settings)
        memory.save()
        return first_loss

    def _descend(
        self,
        closure: Callable[[], Any],
        loss: float,
        gradient: Array,
        memory: _Memory,
        settings: dict[str, Any],
    ) -> None:
        evaluations = 1
        for iteration in range(1, settings["max_iter"] + 1):
            direction = memory.direction(gradient)
            previous_loss = memory.previous_loss = loss
            t = settings["lr"]
            if memory.count == 1:
                t = min(1.0, 1.0 / np.abs(gradient).sum()) * t
            memory.t = t
            slope = gradient.dot(direction)
            if slope > -settings["tolerance_change"]:
                return
            last = iteration == settings["max_iter"]
            here = Point(0, loss, gradient, slope)
            budget = settings["max_eval"] - evaluations
            found, used = self._move(closure, here, direction, t, settings["line_search_fn"], budget, last)
            memory.t, loss, gradient = found.t, found.loss, found.gradient
            evaluations += used
            memory.state["func_evals"] += used
            if last or evaluations >= settings["max_eval"]:
                return
            if np.abs(gradient).max() <= settings["tolerance_grad"]:
                return
            change = settings["tolerance_change"]
            if np.abs(direction * found.t).max() <= change or abs(loss - previous_loss) < change:
                return

    def _move(
        self,
        closure: Callable[[], Any],
        here: Point,
        direction: Array,
        t: Any,
        line_search: str | None,
        budget: int,
        last: bool,
    ) -> tuple[Point, int]:
        """Move along the direction; returns where that led and how often the closure was called."""
        if line_search is None:
            self._add(t, direction)
            if last:
                return here._replace(t=t), 0
            loss = float(self._evaluate(closure))
            return Point(t, loss, self._flat_gradient(), None), 1
        if line_search != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")
        start = [param.array.copy() for param in self._params]

        def at(t: Any) -> Point:
            self._add(t, direction)
            loss = float(self._evaluate(closure))
            gradient = self._flat_gradient()
            for param, values in zip(self._params, start, strict=True):
                param.array[...] = values
            return Point(t, loss, gradient, gradient.dot(direction))

        search = WolfeSearch(at, here, np.abs(direction).max(), budget)
        found = search.run(t)
        self._add(found.t, direction)
        return found, search.evaluations

    def _flat_gradient(self) -> Array:
        """All gradients in one row; zeros where there is none."""
        rows = [
            np.zeros_like(param.array) if param.grad is None else param.grad.array for param in self._params
        ]
        return np.concatenate([_real(row).ravel() for row in rows])

    def _add(self, t: Any, direction: Array) -> None:
        at = 0
        for param in self._params:
            values = _real(param.array)
            values += (t * direction[at : at + values.size]).reshape(values.shape)
            param._counter[0] += 1
            at += values.size


class _Memory:
    """The last steps and changes of the gradient, from which the next direction follows."""

    def __init__(self, state: State, size: int) -> None:
        self.state = state
        self._size = size
        self.t: Any = _array(state.get("t"))
        self.previous_loss: float | None = state.get("prev_loss")
        self._direction: Any = _array(state.get("d"))
        self._previous: Any = _array(state.get("prev_flat_grad"))
        self._changes = [_array(each) for each in state.get("old_dirs") or ()]
        self._steps = [_array(each) for each in state.get("old_stps") or ()]
        self._inverses = [_array(each) for each in state.get("ro") or ()]
        self._scale: Any = _array(state.get("H_diag"))

    @property
    def count(self) -> int:
        """Iterations since the optimizer was made."""
        count: int = self.state["n_iter"]
        return count

    def direction(self, gradient: Array) -> Array:
        """Where to go from here: the two-loop recursion (Nocedal and Wright, algorithm 7.4)."""
        self.state["n_iter"] += 1
        if self.count == 1:
            self._changes, self._steps, self._inverses, self._scale = [], [], [], 1
            self._direction = -gradient
        else:
            self._remember(gradient - self._previous, self._direction * self.t)
            self._direction = self._recursion(-gradient)
        self._previous = gradient
        return self._direction  # type: ignore[no-any-return]

    def _remember(self, change: Array, step: Array) -> None:
        curvature = change.dot(step)
        if not curvature > 1e-10:
            return
        for kept, new in (
            (self._changes, change),
            (self._steps, step),
            (self._inverses, 1.0 / curvature),
        ):
            if len(kept) == self._size:
                kept.pop(0)
            kept.append(new)
        self._scale = curvature / change.dot(change)

    def _recursion(self, q: Array) -> Array:
        known = list(zip(self._changes, self._steps, self._inverses, strict=True))
        shares = self.state.setdefault("al", [None] * self._size)
        for i in range(len(known) - 1, -1, -1):
            change, step, inverse = known[i]
            shares[i] = step.dot(q) * inverse
            q -= shares[i] * change
        q *= self._scale
        for i, (change, step, inverse) in enumerate(known):
            q += (shares[i] - change.dot(q) * inverse) * step
            shares[i] = wrap(np.asarray(shares[i]))
        return q

    def save(self) -> None:
        """Write all of it into the state, as tensors under PyTorch's names."""
        self.state.update(
            d=_tensor(self._direction),
            t=_tensor(self.t),
            old_dirs=[_tensor(each) for each in self._changes],
            old_stps=[_tensor(each) for each in self._steps],
            ro=[_tensor(each) for each in self._inverses],
            H_diag=_tensor(self._scale),
            prev_flat_grad=_tensor(self._previous),
            prev_loss=self.previous_loss,
        )


def _real(array: Array) -> Array:
    return padded(array) if array.dtype.kind == "c" else array


def _array(value: Any) -> Any:
    """A tensor's array, or its number where it has no dims."""
    if not isinstance(value, Tensor):
        return value
    return value.array if value.array.ndim else value.array[()]


def _tensor(value: Any) -> Any:
    return wrap(np.asarray(value)) if isinstance(value, np.ndarray | np.generic) else value
