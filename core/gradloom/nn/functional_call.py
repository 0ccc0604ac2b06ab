"""Modules called with other tensors in the place of their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from gradloom.nn.module import Module
from gradloom.tensor import Tensor

Tensors = Mapping[str, Tensor]


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Tensors | Sequence[Tensors],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call `module` with other tensors in the place of its parameters and buffers, which stay as they are.

    Args:
        module: what to call.
        parameter_and_buffer_dicts: the tensors by name, in one dict or several that share no name.
        args: the positional arguments; one that is no tuple is the only one.
        kwargs: the keyword arguments.
        tie_weights: give a tensor also to parameters that are the same as the named one.
        strict: every parameter and buffer has to be named, and nothing else.

    RuntimeError if `strict` is not met, ValueError if two dicts share a name.
    """
    given = _joined(parameter_and_buffer_dicts)
    own = dict(module.named_parameters(remove_duplicate=False)) | dict(
        module.named_buffers(remove_duplicate=False)
    )
    if strict:
        _refuse_mismatch(module, own, given)
    if tie_weights:
        given = _tied(own, given)
    positional = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, {name: each for name, each in given.items() if name in own}):
        return module(*positional, **(kwargs or {}))


def _joined(dicts: Tensors | Sequence[Tensors]) -> dict[str, Tensor]:
    if isinstance(dicts, Mapping):
        return dict(dicts)
    joined: dict[str, Tensor] = {}
    for each in dicts:
        if repeated := joined.keys() & each.keys():
            raise ValueError(
                f"{min(repeated)} appears in multiple dictionaries; behavior of functional call is ambiguous"
            )
        joined.update(each)
    return joined


def _refuse_mismatch(module: Module, own: Tensors, given: Tensors) -> None:
    wrong = [
        f"\n\t{what} key(s): {', '.join(map(repr, sorted(names)))}."
        for what, names in (("Unexpected", given.keys() - own.keys()), ("Missing", own.keys() - given.keys()))
        if names
    ]
    if wrong:
        raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:{''.join(wrong)}")


def _tied(own: Tensors, given: dict[str, Tensor]) -> dict[str, Tensor]:
    """What is given, also under the other names of the same tensors."""
    replaced = {id(own[name]): each for name, each in given.items() if name in own}
    return {name: replaced[id(each)] for name, each in own.items() if id(each) in replaced} | given


@contextmanager
def _replaced(module: Module, tensors: Tensors) -> Iterator[None]:
    """While the block runs, the module's parameters and buffers of these names are these tensors."""
    before: list[tuple[dict[str, Any], str, Any]] = []
    try:
        for name, tensor in tensors.items():
            path, _, attribute = name.rpartition(".")
            owner = module.get_submodule(path)
            table = owner._parameters if attribute in owner._parameters else owner._buffers
            before.append((table, attribute, table[attribute]))
            table[attribute] = tensor  # type: ignore[assignment]
        yield
    finally:
        for table, attribute, tensor in reversed(before):
            table[attribute] = tensor
