"""What an op is: one record from which its function, its method, its gradient and its tests follow.

    @op(samples=[sample(floats(3, 4), floats(4))])
    def mul(input: Value, other: Value) -> Value:
        \"\"\"The product of two tensors, element by element: input * other.\"\"\"
        return np.multiply(input, other)

    @mul.gradient("input")
    def _(grad: Value, other: Value) -> Value:
        return grad * other

The forward sees arrays only. Parameters annotated `Value` take tensors (or numbers), one annotated `Values`
takes a sequence of tensors; all others are settings. A gradient rule names what it needs: parameters of the
forward, `out` (or the names in `returns`), the extras in `keeps`, and `input_shape` for the shape alone of
`input`. Those, and nothing else, are kept for the backward sweep. A rule whose first parameter is called
`grads` instead of `grad` gets a sequence with the gradients of all results, None where there is none. Rules
do not un-broadcast, cast or accumulate: the sweep does. Called on arrays a rule gives arrays; under
`create_graph` it is called on Tensors and is itself recorded, which is where second derivatives come from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from operator import itemgetter
from typing import Any, Generic, Literal, NamedTuple, ParamSpec, TypeVar, cast, overload

import numpy as np

from gradloom.dtypes import Array, is_array
from gradloom.ops.operand import Operand
from gradloom.ops.order import ROW_MAJOR
from gradloom.ops.results import result_type
from gradloom.ops.sample import Sample
from gradloom.ops.shapes import no_such_call

Value = Any
"""An array, a Tensor or a number."""

Values = Sequence[Any]
"""Several of them."""

Meeting = Literal["promote", "float", "same", "as_is"]
Explain = Callable[[Sequence[Any]], str | None]
P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., Any])

_REQUIRED: Any = object()
_NUMBERS = frozenset((bool, int, float, complex))
_OTHER_NAMES = {
    "axis": "dim",
    "keepdims": "keepdim",
    "x": "input",
    "tensor": "input",
    "axis0": "dim0",
    "axis1": "dim1",
    "split_size_or_sections": "split_size",
    "indices": "indices_or_sections",
    "sections": "indices_or_sections",
}
"""NumPy's names of arguments, and those that PyTorch's functions have and its methods have not."""


class Rule(NamedTuple):
    """The gradient of one or several inputs: a function, and the names of what it asks for."""

    inputs: tuple[str, ...]
    function: Callable[..., Any]
    asks: tuple[str, ...]


class Op(Generic[P]):
    """A recorded operation. Call it on Tensors, or on arrays for the bare forward."""

    def __init__(self, forward: Callable[P, Any], **options: Any) -> None:
        code = forward.__code__
        self.forward = forward
        self.name: str = options.get("name") or forward.__name__
        self.__name__ = self.name
        self.__doc__ = forward.__doc__
        self.__wrapped__ = forward
        self.samples: Sequence[Sample] = options["samples"]
        self.meeting: Meeting = options["meeting"]
        self.view: bool = options["view"]
        self.row_major = self.name in ROW_MAJOR
        self.returns: tuple[str, ...] = options["returns"]
        self.keeps: tuple[str, ...] = options["keeps"]
        self.spread: str | None = options["spread"]
        self.moves: bool = options["moves"]
        self.constant = tuple(self.returns.index(name) for name in options["constant"])
        self.explain: Explain | None = options["explain"]

        self.parameters: tuple[str, ...] = code.co_varnames[: code.co_argcount]
        self.arity = code.co_argcount
        given = forward.__defaults__ or ()
        self.defaults: tuple[Any, ...] = (_REQUIRED,) * (self.arity - len(given)) + given
        self.index = {name: position for position, name in enumerate(self.parameters)}
        notes = {name: str(forward.__annotations__.get(name, "")) for name in self.parameters}
        self.variadic = any(note == "Values" for note in notes.values())
        self.inputs = tuple(
            self.index[name] for name, note in notes.items() if note in ("Value", "Value | None", "Values")
        )
        self.meets: tuple[int, ...] = tuple(self.index[name] for name in options["meets"]) or self.inputs
        self.tensors = frozenset(self.index[name] for name in options["tensors"])
        self.frame = (*self.parameters, *(self.returns or ("out",)), *self.keeps)
        self.frame += tuple(f"{self.parameters[at]}_shape" for at in self.inputs)
        self.result_type: Any = result_type(self.name, self.returns) if self.returns else None
        self.rules: list[Rule] = []
        self.joint: list[Rule] = []
        self.several = False
        self.composite: Callable[..., Any] | None = None
        self.writer: Callable[..., None] | None = None
        self.plans: dict[tuple[bool, ...], Plan] = {}

    def gradient(self, *inputs: str) -> Callable[[F], F]:
        """Declare the rule for the gradient of these inputs.

        With one input the rule returns its gradient (for a `Values` input a list of them), with several a
        tuple, where `needs`, if asked for, says which are wanted. None means no gradient.
        """

        def declare(function: F) -> F:
            code = function.__code__
            asks = code.co_varnames[1 : code.co_argcount]
            unknown = [name for name in asks if name not in self.frame and name != "needs"]
            if unknown:
                raise TypeError(
                    f"the gradient of {self.name} asks for {unknown[0]}, which is not one of {self.frame}"
                )
            self.rules.append(Rule(inputs, function, asks))
            self.several = self.several or code.co_varnames[0] == "grads"
            return function

        return declare

    def together(self, *inputs: str) -> Callable[[F], F]:
        """Declare a rule that replaces these inputs' own where all of their gradients are wanted."""

        def declare(function: F) -> F:
            code = function.__code__
            self.joint.append(Rule(inputs, function, code.co_varnames[1 : code.co_argcount]))
            return function

        return declare

    def composed(self, function: F) -> F:
        """Declare the same op composed of others: for a fused op whose rules work on arrays only.

        Second derivatives are then taken through the composition.
        """
        self.composite = function
        return function

    def written(self, function: Callable[..., None]) -> None:
        """Declare how the method that writes in place does so without a result of its own.

        It is called where nothing is recorded, with float32 and numbers alone, and must refuse what does not
        go into its first argument by an error of NumPy's before it writes anything.
        """
        self.writer = function

    def plan(self, needs: tuple[bool, ...]) -> Plan:
        """What to keep and which rules to run when the inputs flagged in `needs` require gradients."""
        plan = self.plans.get(needs)
        if plan is None:
            plan = self.plans[needs] = Plan.of(self, needs)
        return plan

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments by position, defaults filled in; TypeError as Python's own."""
        if self.spread is not None:
            at = self.index[self.spread]
            if len(args) > at and not isinstance(args[at], (tuple, list)):
                args = (*args[:at], args[at:])
        if len(args) > self.arity:
            raise TypeError(f"{self.name}() takes at most {self.arity} arguments but {len(args)} were given")
        bound = [*args, *self.defaults[len(args) :]]
        for key, value in kwargs.items():
            position = self.index.get(key, self.index.get(_OTHER_NAMES.get(key, ""), -1))
            if position < 0:
                raise TypeError(f"{self.name}() got an unexpected keyword argument '{key}'")
            if position < len(args):
                raise TypeError(f"{self.name}() got multiple values for argument '{key}'")
            bound[position] = value
        for name, value in zip(self.parameters, bound, strict=True):
            if value is _REQUIRED:
                raise TypeError(f"{self.name}() missing required argument '{name}'")
        return tuple(bound)

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any: ...

    @overload
    def __call__(self, *args: Any, out: Any, **kwargs: Any) -> Any: ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        complete: tuple[Any, ...] = args
        if kwargs or len(args) != self.arity or self.spread is not None:
            if "out" in kwargs:
                out = kwargs.pop("out")
                return given_to(out, self(*args, **kwargs), self.name)
            complete = self.bind(args, kwargs)
        for value in complete[0] if self.variadic else complete:
            if isinstance(value, Operand):
                return value.apply(self, complete)
        if type(complete[0]) in _NUMBERS and not any(map(is_array, complete)):
            raise self.refused(complete)
        result = self.forward(*complete)  # type: ignore[call-arg]
        if self.keeps:
            count = len(self.returns) or 1
            return result[0] if count == 1 else result[:count]
        return result

    def refused(self, args: tuple[Any, ...]) -> TypeError:
        """PyTorch's error for numbers where the op takes tensors only."""
        if len(self.inputs) > 1 and len(self.tensors) < len(self.inputs):
            return no_such_call(self.name, *[args[at] for at in self.inputs])
        at = next(at for at in self.inputs if isinstance(args[at], (int, float, complex)))
        return TypeError(
            f"{self.name}(): argument '{self.parameters[at]}' (position {at + 1}) must be Tensor, not "
            f"{type(args[at]).__name__}"
        )

    def as_method(self) -> Callable[..., Any]:
        """The op as a function that binds to instances, which have to be Operands."""
        arity, bind, spread = self.arity, self.bind, self.spread

        def method(*args: Any, **kwargs: Any) -> Any:
            if kwargs or len(args) != arity or spread is not None:
                args = bind(args, kwargs)
            return args[0].apply(self, args)

        method.__name__ = self.name
        method.__doc__ = self.__doc__
        method.__wrapped__ = self.forward  # type: ignore[attr-defined]
        return method

    def __repr__(self) -> str:
        return f"<op {self.name}>"


class Plan:
    """How an op is kept and swept when certain of its inputs require gradients.

    Attributes:
        keep: positions in the op's frame (arguments, results, extras, shapes) of what the rules ask for.
        shapes: whether inputs' shapes are among them.
        calls: for each rule its function and the places of what it asks for among what is kept.
        wanted: the flagged inputs' positions, in the order of the node's edges.
        kept_inputs: which of what is kept are inputs, with their positions.
        kept_results: which of what is kept are results, with their numbers.
        pick: takes what is kept out of a frame.
    """

    __slots__ = ("calls", "keep", "kept_inputs", "kept_results", "op", "pick", "shapes", "wanted")

    def __init__(self, op: Op[Any], needs: tuple[bool, ...]) -> None:
        self.op = op
        self.wanted = tuple(at for at, needed in zip(op.inputs, needs, strict=True) if needed)
        self.keep: tuple[int, ...] = ()
        self.pick = picker(())
        self.shapes = False
        self.calls: list[tuple[Callable[..., Any], Picker, tuple[bool, ...] | None]] = []
        self.kept_inputs: tuple[tuple[int, int], ...] = ()
        self.kept_results: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, op: Op[Any], needs: tuple[bool, ...]) -> Plan:
        """Work it out from the rules' names."""
        plan = cls(op, needs)
        wanted = {op.parameters[at] for at in plan.wanted}
        rules = [rule for rule in op.rules if wanted.intersection(rule.inputs)]
        for joint in op.joint:
            if wanted.issuperset(joint.inputs):
                rules = [rule for rule in rules if not set(rule.inputs).issubset(joint.inputs)] + [joint]
        missing = wanted.difference(*(rule.inputs for rule in rules)) if wanted else set()
        if missing:
            raise NotImplementedError(
                f"the derivative of {op.name} with respect to {min(missing)} does not exist"
            )
        asked = {op.frame.index(name) for rule in rules for name in rule.asks if name != "needs"}
        if op.composite is not None:
            asked.update(range(op.arity))
        plan.keep = tuple(sorted(asked))
        plan.pick = picker(plan.keep)
        plan.shapes = bool(asked) and max(asked) >= len(op.frame) - len(op.inputs)
        place = {op.frame[at]: i for i, at in enumerate(plan.keep)}
        for rule in rules:
            flags = tuple(name in wanted for name in rule.inputs) if len(rule.inputs) > 1 else None
            # The flags themselves stand behind what is kept, at -1.
            places = tuple(place.get(name, -1) for name in rule.asks)
            plan.calls.append((rule.function, picker(places), flags))
        results = range(op.arity, op.arity + (len(op.returns) or 1))
        plan.kept_inputs = tuple((i, at) for i, at in enumerate(plan.keep) if at in op.inputs)
        plan.kept_results = tuple((i, at - op.arity) for i, at in enumerate(plan.keep) if at in results)
        plan.wanted = tuple(
            at
            for rule in rules
            for at in (op.index[name] for name in rule.inputs)
            if op.parameters[at] in wanted
        )
        return plan


Picker = Callable[[Sequence[Any]], tuple[Any, ...]]


def picker(places: tuple[int, ...]) -> Picker:
    """A function that takes the elements at `places` out of a sequence, always as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    if places:
        return lambda sequence: (sequence[places[0]],)
    return lambda sequence: ()


REGISTRY: dict[str, Op[Any]] = {}
"""Every op by name."""

COMPOSITES: dict[str, Composite] = {}
"""Every function composed of ops, by name."""


class Composite(NamedTuple):
    """A function that needs no gradient rule because it only calls ops."""

    name: str
    function: Callable[..., Any]
    samples: Sequence[Sample]


def op(
    *,
    samples: Sequence[Sample],
    meeting: Meeting = "promote",
    meets: tuple[str, ...] = (),
    view: bool = False,
    returns: tuple[str, ...] = (),
    keeps: tuple[str, ...] = (),
    spread: str | None = None,
    explain: Explain | None = None,
    inplace: bool = False,
    method: bool = True,
    aliases: tuple[str, ...] = (),
    moves: bool = False,
    constant: tuple[str, ...] = (),
    tensors: tuple[str, ...] = (),
) -> Callable[[Callable[P, Any]], Op[P]]:
    """Define an op by its forward on arrays.

    Args:
        samples: calls to check its gradients on and to compare with PyTorch.
        meeting: "promote" brings all inputs to PyTorch's common dtype, "float" to a floating-point one,
            "as_is" to none; "same" refuses several, in the words of `explain`.
        meets: the inputs that meet, if not all.
        view: whether the result shares its input's memory.
        returns: names of the results if there are several; the first carries the gradient, or all do if a
            rule asks for `grads`.
        keeps: names of arrays that the forward returns behind its results, for the rules alone. They count
            as constants.
        spread: the parameter that callers may also spread over several arguments: `x.reshape(2, 3)`.
        explain: turns arguments that NumPy or `meeting` refused into PyTorch's sentence, if it knows one.
        inplace: whether there is also a method, with a trailing underscore, that writes into its first input.
        method: whether Tensor has it as a method.
        aliases: other names of the methods.
        tensors: the inputs that have to be tensors, not numbers.
        constant: names of results that carry no gradient although the others do.
        moves: whether the op only moves values about, so that half precision needs no care.
    """

    def define(forward: Callable[P, Any]) -> Op[P]:
        defined = Op(
            forward,
            samples=samples,
            meeting=meeting,
            meets=meets,
            view=view,
            returns=returns,
            keeps=keeps,
            spread=spread,
            explain=explain,
            moves=moves or view,
            constant=constant,
            tensors=tensors,
        )
        REGISTRY[defined.name] = defined
        for each in (defined.name, *aliases):
            if method:
                Operand.bind(each, defined.as_method())
            if inplace:
                Operand.bind(each + "_", inplace_method(defined))
        return defined

    return define


def composite(
    *, samples: Sequence[Sample], method: bool = True, aliases: tuple[str, ...] = (), inplace: bool = False
) -> Callable[[F], F]:
    """Define a function that is composed of ops, so that its gradient follows.

    The arguments mean what they mean for `op`.
    """

    def define(function: F) -> F:
        name = function.__name__
        COMPOSITES[name] = Composite(name, function, samples)
        code = function.__code__
        own = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

        @wraps(function)
        def called(*args: Any, out: Any = None, **kwargs: Any) -> Any:
            if kwargs:
                kwargs = {key if key in own else _OTHER_NAMES.get(key, key): kwargs[key] for key in kwargs}
            made = function(*args, **kwargs)
            return made if out is None else given_to(out, made, name)

        for each in (name, *aliases):
            if method:
                Operand.bind(each, called if "dim" in own else function)
            if inplace:
                Operand.bind(each + "_", _inplace_composite(function))
        return cast(F, called)

    return define


def _inplace_composite(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same as a method that writes its result into its first argument and returns that."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        needed = any(getattr(each, "requires_grad", False) for each in (self, *args, *kwargs.values()))
        # What is kept for the gradients must not change.
        return self.overwrite(function(self.clone() if needed else self, *args, **kwargs))

    method.__name__ = function.__name__ + "_"
    method.__doc__ = f"`{function.__name__}`, written into the tensor itself."
    method.__wrapped__ = function  # type: ignore[attr-defined]
    return method


def given_to(out: Any, made: Any, name: str) -> Any:
    """What the function called `name` made, written into `out`, its argument of that name, if that is given.

    RuntimeError if it requires gradients, TypeError if there are not as many tensors as results.
    """
    if out is None:
        return made
    if not isinstance(made, tuple):
        if not isinstance(out, Operand):
            raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
        return out.receive(made, name)
    if not isinstance(out, (tuple, list)) or len(out) != len(made):
        raise TypeError(f"{name}(): argument 'out' must be a tuple of {len(made)} Tensors")
    stored = [given_to(one, other, name) for one, other in zip(out, made, strict=True)]
    make = getattr(type(made), "_make", tuple)
    return make(stored)


def inplace_method(op: Op[Any]) -> Callable[..., Any]:
    """The op as a method that writes its result into its first input and returns that."""

    def method(*args: Any, **kwargs: Any) -> Any:
        return args[0].apply_inplace(op, op.bind(args, kwargs))

    method.__name__ = op.name + "_"
    method.__doc__ = f"`{op.name}`, written into the tensor itself."
    method.__wrapped__ = op.forward  # type: ignore[attr-defined]
    return method


def raw(value: Any) -> Array:
    """The array behind `value`: for what a rule computes without a gradient of its own, such as a mask."""
    return value.array if isinstance(value, Operand) else np.asarray(value)
