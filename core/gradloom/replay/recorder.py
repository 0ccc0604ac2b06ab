"""Writing a step down while it runs: every computation on arrays, with the places of what it used and made.

What a line uses is known by identity: a result of an earlier line, an argument, or something that was there
before. The last is a constant, which a second recording must find again; an array that is new in both was
computed by something that no recorder sees, and such a step is not replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Self

import numpy as np

from gradloom.autograd.grad_mode import recording
from gradloom.dtypes import Array
from gradloom.kernels.counterpart import KernelCall, kernel_calls
from gradloom.nn.module import Module
from gradloom.ops.op import Op
from gradloom.replay.calls import calling, cast, gradient_of, in_mode, listed, row_major, tupled
from gradloom.replay.comparison import same, same_lines
from gradloom.replay.direct import alike, kernel_alone
from gradloom.replay.gradients import Gradients, Leaf
from gradloom.replay.guards import Guards, Used, UsedModule, has_hooks
from gradloom.replay.names import Names
from gradloom.replay.places import Places
from gradloom.replay.program import Accumulate, Line, Program
from gradloom.replay.reuse import can_reuse
from gradloom.replay.shapes import is_shaped_by_values
from gradloom.tape import OpNode
from gradloom.tensor import Tensor


class Recorder:
    """Sees one run of a step, from `__enter__` to `__exit__`.

    Args:
        arguments: what the step is called with.
        names: what the names in it stand for.
        earlier: the recorder that saw it the time before.

    Attributes:
        reason: why the step cannot be replayed; None so far.
    """

    def __init__(self, arguments: Sequence[Tensor], names: Names, earlier: Recorder | None) -> None:
        self.reason = names.obstacle
        self.lines: list[Line] = []
        self.places = Places(partial(self.refuse, "writes into arrays past the operations"))
        self.names = names
        self.arguments = [Used.of(each) for each in arguments]
        self.used = {id(each): Used.of(each) for each in names.tensors}
        self.modules = {id(each): UsedModule.of(each) for each in names.modules}
        self.accumulated: dict[int, Tensor] = {}
        self._written: dict[int, tuple[list[int], int]] = {}
        self._mode = recording.enabled
        self._gradients = Gradients(
            (*names.leaves(), *arguments), earlier.accumulated.values() if earlier else ()
        )
        self._kernels: list[KernelCall] = []
        self._watch = kernel_calls()
        for each in arguments:
            self.places.put(each.array, self.places.new())
        if any(each.array in self.places for each in names.memory()):
            self.refuse("gets an argument that it also knows by a name")

    def __enter__(self) -> Self:
        recording.recorder = self
        self._kernels = self._watch.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        recording.recorder = None
        self._watch.__exit__(None, None, None)

    # What the engine tells

    def refuse(self, reason: str) -> None:
        """The step does something that lines cannot say; `reason` continues "it ..."."""
        self.reason = self.reason or reason

    def did(
        self,
        function: Callable[..., Any],
        inputs: Sequence[Any],
        result: Any,
        key: Any = None,
        pure: bool = True,
    ) -> None:
        """`function(*inputs)` gave `result`; it is not `pure` if it was called for what it does as well."""
        if self.reason is None:
            pure = pure and result is not None
            self._kernels.clear()
            self._made(result, function, inputs, key or function, pure)

    def ruled(self, function: Callable[..., Any], inputs: Sequence[Any], result: Any, op: str = "") -> None:
        """A gradient rule of an op, `function(*inputs)`, gave `result`."""
        if self.reason is None:
            self._computed(result, function, inputs, function, op)

    def applied(self, op: Op[Any], args: Sequence[Any], arrays: Sequence[Any], made: Any, out: Array) -> None:
        """The forward of `op` made what it made of `arrays`, which are `args` in a common dtype."""
        if self.reason is not None:
            return
        if any(isinstance(each, Tensor) for each in arrays):
            self.refuse("gives an operation a tensor for a number")
            return
        for given, array in zip(args, arrays, strict=True):
            if isinstance(given, Tensor) and array is not given.array:
                self.uses(given)
                dtype = array.dtype
                self.did(partial(cast, dtype), (given.array,), array, ("cast", dtype))
            elif isinstance(given, Tensor):
                self.uses(given)
            elif isinstance(array, np.ndarray) and isinstance(given, complex | float | int):
                self.did(partial(np.asarray, given, array.dtype), (), array, ("number", given, array.dtype))
        if is_shaped_by_values(op, arrays):
            self.refuse("has shapes that depend on values")
        self._computed(made, op.forward, arrays, op.name, op.name, op)
        first = made[0] if type(made) is tuple else made
        if out is not first:
            self.did(row_major if op.row_major else np.asarray, (first,), out)

    def applied_to_many(
        self, op: Op[Any], tensors: Sequence[Any], frame: Sequence[Any], made: Any, out: Array
    ) -> None:
        """The same for an op whose first argument is a sequence of tensors, `frame[0]` their arrays."""
        for given, array in zip(tensors, frame[0], strict=True):
            if isinstance(given, Tensor):
                self.uses(given)
                if array is not given.array:
                    self.did(partial(cast, array.dtype), (given.array,), array, ("cast", array.dtype))
        self.did(op.forward, frame, made, op.name)
        if out is not made:
            self.did(row_major if op.row_major else np.asarray, (made,), out)

    def sweep(self, create_graph: bool, retain_graph: bool, seeds: Sequence[Any]) -> Any:
        """A sweep, from these gradients if they are given, that this recorder sees."""
        for each in seeds:
            if isinstance(each, Tensor):
                self.uses(each)
                self._place_of(each.array)
        from gradloom.replay.sweep import RecordedSweep  # which knows recorders

        return RecordedSweep(self, create_graph, retain_graph)

    def entered(self, module: Module) -> None:
        """A module is about to run."""
        if has_hooks(module):
            self.refuse("has hooks on modules")
        self.modules[id(module)] = UsedModule.of(module)

    def used_modules(self) -> list[Module]:
        """The modules that ran or that the step names."""
        return [each.module for each in self.modules.values()]

    def forgetting(self) -> Recorder:
        """Itself, without what only a run needs."""
        self.places.clear()
        self._kernels.clear()
        return self

    def wrote(self, target: Tensor, write: Callable[..., None], *inputs: Any) -> None:
        """`write(target.array, *inputs)` was called."""
        self.uses(target)
        self.changed(target.array)
        counter, times = self._written.get(id(target._counter), (target._counter, 0))
        self._written[id(counter)] = counter, times + 1
        self.did(write, (target.array, *inputs), None)

    def uses(self, tensor: Tensor) -> None:
        """A tensor was used; if it was there before the step, it must be the same next time."""
        if id(tensor) not in self.used and not self.places.is_made(tensor.array):
            self.used[id(tensor)] = Used.of(tensor)
            self._gradients.know(tensor)

    def check_gradients(self) -> None:
        """Refuse where the gradient of a tensor is another than the recorder saw it get."""
        if not self._gradients.are_as_seen():
            self.refuse("sets gradients by hand")

    def called(
        self, function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], result: Any
    ) -> None:
        """`function` was called as a whole, and will be again."""
        self._gradients.may_have_changed()
        given = [*args, *kwargs.values()]
        tensors = {at: each for at, each in enumerate(given) if isinstance(each, Tensor)}
        for each in tensors.values():
            self.uses(each)
        stand_ins = [at for at, each in tensors.items() if self.places.is_made(each.array)]
        constant = tuple("tensor" if at in stand_ins else each for at, each in enumerate(given))
        names = tuple(kwargs)
        arrays = [given[at].array for at in stand_ins]
        if isinstance(result, Tensor) and result._edge is None:
            known = any(result.array is each for each in arrays)
            made = None if known else result.array
        elif result is None:
            made = None
        else:
            return self.refuse(f"takes more than a tensor from {function.__qualname__}")
        for each in arrays:
            self.places.changed(each)
        # It may have changed what was there before, such as weights, and gradients, and will do so again.
        leaves = self.accumulated.values()
        self.places.constants_changed(leaf.grad.array for leaf in leaves if leaf.grad is not None)
        if stand_ins or made is not None:
            call = calling(function, constant, tuple(stand_ins), names)
        else:
            call = partial(function, *args, **kwargs)
        if recording.enabled is not self._mode:
            call = partial(in_mode, recording.enabled, call)
        key = ("call", function, constant, names, recording.enabled)
        return self.did(call, arrays, made, key, pure=False)

    def starts(self, grad: Array) -> None:
        """A sweep starts with `grad`, by default a one made for it."""
        if grad not in self.places and grad.size == 1 and grad.item() == 1:
            self.did(grad.copy().copy, (), grad, ("one", grad.shape, grad.dtype))

    def finished(self, leaf: Tensor, grad: Array) -> None:
        """A sweep is about to add `grad` to the gradient of `leaf`."""
        if leaf._hooks:
            return self.refuse("has hooks on tensors")
        if self._gradients.was_dropped(leaf):
            return self.refuse("drops gradients other than by zero_grad")
        if any(leaf is each.tensor and not each.requires_grad for each in self.arguments):
            return self.refuse("makes an argument require gradients")
        self.uses(leaf)
        self.accumulated[id(leaf)] = leaf
        place = self._place_of(grad)
        if grad.base is not None or not grad.flags.c_contiguous:
            self.places.shared.add(place)  # so that the leaf gets a copy, whose rows lie one after the other
        return self.did(Accumulate(leaf, place), (grad,), None, ("accumulate", id(leaf)))

    def has_gradient(self, leaf: Tensor) -> None:
        """The gradient of `leaf` is what it is now."""
        self._gradients.changed(leaf)
        if leaf.grad is not None:
            self.did(partial(gradient_of, leaf), (), leaf.grad.array, ("gradient", id(leaf)))

    # Places

    def changed(self, written: Array) -> None:
        """What lies in the memory of `written` holds something else from now on."""
        self.places.changed(written)

    def _computed(
        self,
        result: Any,
        function: Any,
        inputs: Sequence[Any],
        key: Any,
        name: str,
        op: Op[Any] | None = None,
    ) -> None:
        """`function(*inputs)` gave `result`: if it did no more than to call a kernel, that is the line."""
        call = kernel_alone(self._kernels, inputs, result, name)
        self._kernels.clear()
        if call is None:
            return self._made(result, function, inputs, key, op=op)
        several = type(call.result) is tuple
        made = call.result if several else (call.result,)
        into = not several and can_reuse(call.function, made[0])
        places = self._line(
            call.function, call.args, (key, call.function), len(made) if several else None, into=into
        )
        for each in result if type(result) in (list, tuple) else (result,):
            if each is not None:
                at = next(at for at, one in enumerate(made) if one is each or alike(one, each))
                self.places.put(each, places[at])
        return None

    def _made(
        self,
        result: Any,
        function: Any,
        inputs: Sequence[Any],
        key: Any,
        pure: bool = True,
        op: Op[Any] | None = None,
    ) -> None:
        """A line gave `result`, several of them if it is a tuple or a list."""
        if type(result) in (list, tuple):
            places = self._line(function, inputs, key, len(result), pure, op)
            for each, place in zip(result, places, strict=True):
                self._stand_for(each, place)
        else:
            self._stand_for(result, self._line(function, inputs, key, None, pure, op)[0])

    def _line(
        self,
        function: Any,
        inputs: Sequence[Any],
        key: Any,
        several: int | None = None,
        pure: bool = True,
        op: Op[Any] | None = None,
        into: bool = False,
    ) -> range:
        """A new line; its results' places."""
        given = tuple([self._place_of(each) for each in inputs])
        places = [self.places.new() for _ in range(1 if several is None else several)]
        line = Line(function, given, min(places, default=0), key, pure, op, several, into)
        self.lines.append(line)
        return line.places

    def _place_of(self, value: Any) -> int:
        known = self.places.of(value)
        if known is not None:
            return known
        if type(value) in (list, tuple) and any(each in self.places for each in value):
            gather = listed if type(value) is list else tupled
            return self._line(gather, value, gather)[0]
        return self.places.keep(value)

    def _stand_for(self, value: Any, place: int) -> None:
        """From now on `value` is what stands at `place`, and what it is made of at places of its own."""
        if type(value) not in (list, tuple):
            return self.places.put(value, place)
        for at, each in enumerate(value):
            if each is not None:
                item = Line(itemgetter(at), (place,), self.places.new(), ("item", at))
                self.lines.append(item)
                self._stand_for(each, item.place)
        return None

    # What came of it

    def program(self, result: Any, earlier: Recorder) -> Program | None:
        """The step as a program, if it can be one and `earlier` saw the same lines."""
        returned = result if type(result) is tuple else (result,)
        outputs = [self._output(each) for each in returned]
        self.check_gradients()
        self.places.look_at_constants()
        if self.reason is None:
            self._compare(earlier)
        guards = Guards(self.used.values(), self.modules.values(), self.names)
        if not guards.hold():
            self.refuse("changes variables, attributes, collections, modes or what requires gradients")
        if self.reason is not None:
            return None
        guards.demand(*self._expected_gradients())
        self._let_leaves_own({at for at in outputs if at is not None}, returned)
        return Program(
            self.lines, self.places.values, *self._writes(), outputs, type(result) is tuple, guards
        )

    def _expected_gradients(self) -> tuple[list[Leaf], list[Tensor]]:
        """Leaves with the gradients that they must have before the step, and leaves that must have any.

        The first where the step used those gradients or saw that there were none.
        """
        used = self._gradients.used(self.places.is_constant)
        first = self._gradients.first_of(self.names.leaves()) if self.names.read_gradients else []
        none = [(leaf, gradient) for leaf, gradient in first if gradient is None]
        return [*used, *none], [leaf for leaf, gradient in first if gradient is not None]

    def _writes(self) -> tuple[list[tuple[list[int], int]], list[tuple[int, int]]]:
        """How often the memory of what was there before is written to, and that of arguments by number."""
        outside = {id(each.tensor._counter) for each in self.used.values()}
        written = [each for at, each in self._written.items() if at in outside]
        counters = [id(each.tensor._counter) for each in self.arguments]
        arguments = [(at, self._written[id_][1]) for at, id_ in enumerate(counters) if id_ in self._written]
        return written, arguments

    def _output(self, result: Any) -> int | None:
        if isinstance(result, Tensor):
            if not _freed(result) if result._edge is not None else result._requires_grad:
                self.refuse("returns what can still be differentiated")
            return self._place_of(result.array)
        if result is not None:
            self.refuse("returns something else than tensors")
        return None

    def _compare(self, earlier: Recorder) -> None:
        values, before = self.places.values, earlier.places.values
        if len(values) != len(before) or not same_lines(self.lines, earlier.lines):
            self.refuse("does not do the same each time")
        elif not all(map(same, values, before)):
            self.refuse("uses values that are made anew by something else than operations")

    def _let_leaves_own(self, outputs: set[int], returned: Sequence[Any]) -> None:
        """Let a leaf keep the array of its gradient where nothing else holds it."""
        made = {at for line in self.lines for at in line.places}
        last = {at: number for number, line in enumerate(self.lines) for at in line.inputs}
        views = any(isinstance(each, Tensor) and each.array.base is not None for each in returned)
        for number, line in enumerate(self.lines):
            if isinstance(line.function, Accumulate) and not views:
                (at,) = line.inputs
                line.function.owned = (
                    at in made and last[at] == number and at not in outputs and at not in self.places.shared
                )


def _freed(tensor: Tensor) -> bool:
    node = tensor.grad_fn
    return isinstance(node, OpNode) and node.kept is None
