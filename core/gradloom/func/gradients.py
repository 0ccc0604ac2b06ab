"""Gradients of functions: grad, vjp and jvp, which nest in each other and in ordinary autograd."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from gradloom.autograd import sweep
from gradloom.autograd.grad_mode import enable_grad
from gradloom.func.tree import flatten
from gradloom.tape import Node
from gradloom.tensor import Tensor, wrap

Argnums = int | tuple[int, ...]


class Inputs:
    """Tensors of a nest, made the inputs of a function that is to be differentiated.

    An input that already has a history keeps it, so that derivatives nest; any other becomes a leaf of its
    own, which nobody else sees.
    """

    def __init__(self, nested: Any) -> None:
        given, self.build = flatten(nested)
        if not all(isinstance(each, Tensor) for each in given):
            wrong = next(each for each in given if not isinstance(each, Tensor))
            raise ValueError(f"expected all inputs to be Tensors, got {type(wrong).__name__}")
        with enable_grad():
            self.tensors = [
                each.view_as(each) if each.requires_grad else wrap(each.array).requires_grad_()
                for each in given
            ]
        self.own = {id(each) for each in self.tensors if each.is_leaf}

    def nested(self) -> Any:
        """The inputs in the form that they came in."""
        return self.build(self.tensors)

    def released(self, result: Any) -> Any:
        """`result` without its history, if that leads to nothing but these inputs."""
        if not isinstance(result, Tensor) or not result.requires_grad:
            return result
        return result if _leads_elsewhere(result, self.own) else result.detach()


def _leads_elsewhere(tensor: Tensor, own: set[int]) -> bool:
    """Whether the history of `tensor` ends in a leaf that is none of `own`."""
    if tensor.grad_fn is None:
        return id(tensor) not in own
    unseen: list[Node] = [tensor.grad_fn]
    seen: set[Node] = set()
    while unseen:
        node = unseen.pop()
        if node in seen:
            continue
        seen.add(node)
        for edge in node.edges:
            if edge is None:
                continue
            if isinstance(edge[0], Node):
                unseen.append(edge[0])
            elif id(edge[0]) not in own:
                return True
    return False


def pick(args: tuple[Any, ...], argnums: Argnums) -> Any:
    """The arguments that `argnums` names: one, or a tuple."""
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)
    for at in chosen:
        if not -len(args) <= at < len(args):
            raise RuntimeError(f"Got argnum={at}, but only {len(args)} positional inputs")
    return tuple(args[at] for at in chosen) if isinstance(argnums, tuple) else args[argnums]


def place(args: tuple[Any, ...], argnums: Argnums, value: Any) -> tuple[Any, ...]:
    """`args` with `value`, as `pick` would give it, in its places."""
    replaced = list(args)
    if isinstance(argnums, tuple):
        for at, each in zip(argnums, value, strict=True):
            replaced[at] = each
    else:
        replaced[argnums] = value
    return tuple(replaced)


def grad_and_value(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns the gradient of `func`, and what `func` returned.

    Args:
        func: returns a tensor with one element; with `has_aux` a pair of that and something else.
        argnums: the argument, or arguments, to differentiate by; each may be a nest of tensors.
        has_aux: whether `func` returns something else as well, which is then returned beside the value.
    """

    @functools.wraps(func)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        inputs = Inputs(pick(args, argnums))
        with enable_grad():
            made = func(*place(args, argnums, inputs.nested()), **kwargs)
        value, aux = made if has_aux else (made, None)
        if not isinstance(value, Tensor):
            raise RuntimeError(
                "grad_and_value(f)(*args): Expected f(*args) to return a single tensor, got output of type "
                f"{type(value).__name__}"
            )
        if value.dim() != 0:
            raise RuntimeError(
                "grad_and_value(f)(*args): Expected f(*args) to return a scalar tensor, got tensor with "
                f"{value.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
            )
        found = gradients([value], inputs.tensors, [None])
        gradient = inputs.build([inputs.released(each) for each in found])
        value = inputs.released(value)
        if not has_aux:
            return gradient, value
        leaves, build = flatten(aux)
        return gradient, (value, build([inputs.released(each) for each in leaves]))

    return differentiated


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of `func`, which returns a tensor with one element.

    With `has_aux` it returns the gradient and what `func` returned beside its value. The arguments are those
    of `grad_and_value`.

        >>> grad(lambda x: (x**3).sum())(gradloom.tensor([2.0]))
        tensor([12.])
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return differentiated


def gradients(outs: Sequence[Tensor], inputs: Sequence[Tensor], seeds: Sequence[Any]) -> list[Tensor]:
    """The recorded gradients of the outs that need one; zeros for inputs that were not used."""
    live = [(out, seed) for out, seed in zip(outs, seeds, strict=True) if out.requires_grad]
    if not live:
        return [each.detach() * 0 for each in inputs]
    with enable_grad():
        return list(
            sweep.grad(
                [out for out, _ in live], list(inputs), [seed for _, seed in live],
                create_graph=True, materialize_grads=True,
            )
        )  # fmt: skip


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """What `func` returns at `primals`, and a function from gradients of that to gradients of the primals.

    With `has_aux`, what `func` returned besides comes third.
    """
    inputs = Inputs(primals)
    with enable_grad():
        made = func(*inputs.nested())
    made, aux = made if has_aux else (made, None)
    outs, build = flatten(made)

    def pull_back(cotangents: Any, *more: Any) -> Any:
        seeds, _ = flatten((cotangents, *more) if more else cotangents)
        if len(seeds) != len(outs):
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to "
                f"the function: {len(seeds)} tensors were given, not {len(outs)}."
            )
        return inputs.build([inputs.released(each) for each in gradients(outs, inputs.tensors, seeds)])

    result = build([inputs.released(each) for each in outs])
    return (result, pull_back, aux) if has_aux else (result, pull_back)


def jvp(
    func: Callable[..., Any],
    primals: tuple[Any, ...],
    tangents: tuple[Any, ...],
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> Any:
    """What `func` returns at `primals`, and how that changes along `tangents`.

    It is the derivative, by the cotangent, of the product that `vjp` gives, which is linear in it: two sweeps
    (J. Townsend, "A new trick for calculating Jacobian vector products", 2017).
    """
    inputs = Inputs(primals)
    with enable_grad():
        made = func(*inputs.nested())
        made, aux = made if has_aux else (made, None)
        outs, build = flatten(made)
        directions, _ = flatten(tangents)
        if len(directions) != len(inputs.tensors):
            raise RuntimeError(
                "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure."
            )
        seeds = [wrap(each.array * 0).requires_grad_() for each in outs]
        backs = gradients(outs, inputs.tensors, seeds)
        pairs = [(back, along) for back, along in zip(backs, directions, strict=True) if back.requires_grad]
        if pairs:
            changes = sweep.grad(
                [back for back, _ in pairs], seeds, [along for _, along in pairs],
                create_graph=True, materialize_grads=True,
            )  # fmt: skip
        else:
            changes = tuple(each.detach() * 0 for each in outs)
    released = [_without(inputs, seeds, each) for each in changes]
    result = build([inputs.released(each) for each in outs])
    return (result, build(released), aux) if has_aux else (result, build(released))


def _without(inputs: Inputs, seeds: list[Tensor], change: Tensor) -> Any:
    if not change.requires_grad:
        return change
    own = inputs.own | {id(each) for each in seeds}
    return change if _leads_elsewhere(change, own) else change.detach()
