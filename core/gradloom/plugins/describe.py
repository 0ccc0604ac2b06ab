"""From a class or function to its catalogue entry, by its signature, type hints and docstring."""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, get_type_hints

from gradloom import nn, optim
from gradloom.plugins.catalogue import REQUIRED, Entry, Kind, Parameter, ParameterType, Port
from gradloom.plugins.docstring import Docstring, parse_docstring
from gradloom.plugins.hints import NUMBERS, form_of
from gradloom.plugins.ranges import Range, split_range

INFERRED = ("in_features", "in_channels", "num_features", "normalized_shape")
"""Parameters that follow from the wire (see `Parameter.inferred`)."""

_BASES: dict[Kind, tuple[type, str]] = {
    Kind.LAYER: (nn.Module, "nn.Module"),
    Kind.LOSS: (nn.Module, "nn.Module"),
    Kind.OPTIMIZER: (optim.Optimizer, "optim.Optimizer"),
    Kind.SCHEDULE: (optim.lr_scheduler.LRScheduler, "optim.lr_scheduler.LRScheduler"),
}

_GIVEN_FIRST = {Kind.OPTIMIZER: "params", Kind.SCHEDULE: "optimizer"}
"""The first parameter that a trainer gives, by kind; a form never shows it."""

_NOT_CHOSEN = (
    "capturable", "device", "differentiable", "dtype", "foreach", "fused", "inplace", "last_epoch",
    "reduce", "return_indices", "size_average", "sparse",
)  # fmt: skip
"""Parameters that only code has a use for."""

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_STARRED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class DescriptionError(ValueError):
    """A class or function that cannot be offered; the message says why in one sentence."""


def describe(
    factory: Callable[..., Any], kind: Kind, key: str, plugin: str = "gradloom", family: str = ""
) -> Entry:
    """The catalogue entry of a class or function.

    Without `family`, the factory's own attribute `family` counts, or else the kind's name.

    Raises:
        DescriptionError: no readable signature, a required parameter that no form can edit, a default
            outside the declared range, or a layer without a usable forward().
    """
    if not callable(factory):
        raise DescriptionError(f"{factory!r:.80} is neither a class nor a function.")
    _check_base(factory, kind)
    doc = parse_docstring(factory.__doc__)
    if isinstance(factory, type) and not doc.arguments:
        doc = Docstring(doc.summary, doc.text, parse_docstring(_init(factory).__doc__).arguments)
    return Entry(
        key=key,
        kind=kind,
        factory=factory,
        summary=doc.summary,
        parameters=_parameters(factory, kind, doc),
        inputs=_ports(factory, kind) if kind in (Kind.LAYER, Kind.LOSS) else (),
        family=family or _own_family(factory) or kind.value,
        plugin=plugin,
        help=doc.text,
    )


def _check_base(factory: Callable[..., Any], kind: Kind) -> None:
    base, name = _BASES.get(kind, (object, ""))
    if name and not (isinstance(factory, type) and issubclass(factory, base)):
        raise DescriptionError(
            f"{_name(factory)} is no {kind.value}: it must be a subclass of gradloom.{name}."
        )


def _init(factory: type) -> Any:
    return inspect.getattr_static(factory, "__init__")


def _own_family(factory: Callable[..., Any]) -> str:
    family = getattr(factory, "family", "")
    if not isinstance(family, str):
        raise DescriptionError(f"{_name(factory)}.family is {family!r}, but it must be a text.")
    return family


def _name(factory: Callable[..., Any]) -> str:
    return getattr(factory, "__name__", repr(factory))


# Parameters


def _parameters(factory: Callable[..., Any], kind: Kind, doc: Docstring) -> tuple[Parameter, ...]:
    signature = _signature(factory)
    if kind in _GIVEN_FIRST:
        signature = _without_first(signature, factory, kind)
    function = _init(factory) if isinstance(factory, type) else factory
    scope = getattr(inspect.unwrap(function), "__globals__", {})
    described = (
        _parameter(item, _hint(item, scope), doc.arguments.get(item.name, ""), factory)
        for item in signature
        if item.kind not in _STARRED and item.name not in _NOT_CHOSEN and item.name[0] != "_"
    )
    return tuple(parameter for parameter in described if parameter is not None)


def _signature(factory: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(factory).parameters.values())
    except (TypeError, ValueError) as error:
        raise DescriptionError(f"{_name(factory)} has no signature that can be read.") from error


def _without_first(
    signature: list[inspect.Parameter], factory: Callable[..., Any], kind: Kind
) -> list[inspect.Parameter]:
    if not signature or signature[0].kind not in _POSITIONAL:
        raise DescriptionError(
            f"The first parameter of {kind.value} {_name(factory)} must be {_GIVEN_FIRST[kind]}."
        )
    return signature[1:]


def _hint(item: inspect.Parameter, scope: dict[str, Any]) -> Any:
    """The type that a parameter is annotated with, or its default's type; None where neither can be told.

    Hints are resolved one by one, so that a name imported for type checkers only spoils nothing else.
    """
    if item.annotation is inspect.Parameter.empty:
        return type(item.default) if isinstance(item.default, bool | int | float | str) else None
    holder = types.SimpleNamespace(__annotations__={item.name: item.annotation})
    try:
        return get_type_hints(holder, globalns=scope)[item.name]
    except (NameError, TypeError, SyntaxError, AttributeError):
        return None


def _parameter(
    item: inspect.Parameter, hint: Any, text: str, factory: Callable[..., Any]
) -> Parameter | None:
    """The form's field for one parameter, or None for one that has a default and that no form can edit."""
    where = f"Parameter '{item.name}' of {_name(factory)}"
    if item.name == "kind":
        raise DescriptionError(f"{where} needs another name: in a file, 'kind' names the entry itself.")
    required = item.default is inspect.Parameter.empty
    form = form_of(hint, item.name)
    if form is None:
        if required:
            raise DescriptionError(
                f"{where} has no type that a form can edit; give it a default, or the type int, float, bool, "
                "str, Path, Literal[...] or a tuple of numbers."
            )
        return None
    help_, range_ = split_range(text) if form.type in NUMBERS else (text, Range())
    default = _plain(item.default, form.type) if not required else REQUIRED
    _check_default(default, range_, where)
    return Parameter(
        name=item.name,
        type=form.type,
        default=default,
        minimum=range_.minimum,
        maximum=range_.maximum,
        exclusive_minimum=range_.exclusive_minimum,
        exclusive_maximum=range_.exclusive_maximum,
        choices=form.choices,
        optional=form.optional or default is None,
        inferred=item.name in INFERRED,
        help=help_.removesuffix("."),
    )


def _plain(default: object, type_: ParameterType) -> object:
    """A default as a document could hold it."""
    if isinstance(default, PurePath):
        return str(default)
    if type_ == "float" and type(default) is int:
        return float(default)
    return tuple(default) if isinstance(default, list) else default


def _check_default(default: object, range_: Range, where: str) -> None:
    numbers = default if isinstance(default, tuple) else (default,)
    for number in numbers:
        if isinstance(number, int | float) and not math.isnan(number) and not range_.contains(number):
            raise DescriptionError(f"{where} has the default {number}, which is outside its range.")


# Ports


def _is_setting(item: inspect.Parameter) -> bool:
    """Whether a parameter of forward() is no tensor, and may be left out."""
    has_default, hint = (given is not inspect.Parameter.empty for given in (item.default, item.annotation))
    return has_default and hint and "Tensor" not in str(item.annotation)


def _ports(factory: Callable[..., Any], kind: Kind) -> tuple[Port, ...]:
    """The positional parameters of forward(); `*inputs` is one port for any number of wires."""
    forward = getattr(factory, "forward", None)
    if forward is None or forward is nn.Module.forward:
        raise DescriptionError(f"{_name(factory)} has no forward(), so it does nothing.")
    ports: list[Port] = []
    for item in _signature(forward)[1:]:
        if item.kind is inspect.Parameter.VAR_POSITIONAL:
            ports.append(Port(item.name, variadic=True))
        elif item.kind in _POSITIONAL and not _is_setting(item):
            # An unwired target is the data set's own.
            own_target = kind is Kind.LOSS and len(ports) == 1
            ports.append(Port(item.name, optional=own_target or item.default is not inspect.Parameter.empty))
        elif item.kind is inspect.Parameter.KEYWORD_ONLY and item.default is inspect.Parameter.empty:
            raise DescriptionError(
                f"{_name(factory)}.forward() asks for '{item.name}' by keyword, but wires are positional."
            )
    if kind is Kind.LOSS and not ports:
        raise DescriptionError(f"{_name(factory)}.forward() of a loss takes input and target.")
    return tuple(ports)
