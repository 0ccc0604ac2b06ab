"""What a signature and a docstring say is what the form, the card and the ports show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from gradloom import nn, optim
from gradloom.optim import lr_scheduler
from gradloom.plugins import REQUIRED, DescriptionError, Kind, Parameter, Port, describe

if TYPE_CHECKING:
    from decimal import Decimal


class Gate(nn.Module):
    """Lets part of its input through.

    The part is `sigmoid(slope * x)`.

    Args:
        width: values per sample,
            at least 1.
        slope: steepness, > 0.
        mode: how the gate opens.
        kernel: size, in [1, 99].
        spread: one or several widths.
        weights: initial values.
        cache (Path): where files go.
        note: anything.
        limit: cut-off, >= 0.
        in_features: values that come in.

    Raises:
        ValueError: never.
    """

    def __init__(
        self,
        width: int,
        slope: float = 1,
        mode: Literal["soft", "hard"] = "soft",
        kernel: int | tuple[int, int] = 3,
        spread: float | tuple[float, ...] = (0.5, 1.0),
        weights: Path | None = None,
        cache_folder: str | Path = Path("here"),
        note: str = "",
        limit: float | None = None,
        in_features: int = 0,
        exact: bool = True,
        precision: Decimal | None = None,
        callback: Any = None,
        untyped=4,
        sizes: Sequence[int] = (1, 2),
        padding: int | tuple[int, int] | Literal["same", "valid"] = "same",
        device: str | None = None,
        *rest: int,
        **more: int,
    ) -> None:
        super().__init__()

    def forward(self, input, context=None):
        return input


def parameters_of(factory: Any, kind: Kind = Kind.LAYER) -> dict[str, Parameter]:
    return {parameter.name: parameter for parameter in describe(factory, kind, "it").parameters}


def test_card() -> None:
    entry = describe(Gate, Kind.LAYER, "acme.Gate", "acme")
    assert entry.summary == "Lets part of its input through."
    assert entry.help == "The part is `sigmoid(slope * x)`."
    assert (entry.name, entry.plugin, entry.family, entry.factory) == ("Gate", "acme", "layer", Gate)


def test_types() -> None:
    types = {name: parameter.type for name, parameter in parameters_of(Gate).items()}
    assert types == {
        "width": "int",
        "slope": "float",
        "mode": "choice",
        "kernel": "ints",
        "spread": "floats",
        "weights": "file",
        "cache_folder": "folder",
        "note": "str",
        "limit": "float",
        "in_features": "int",
        "exact": "bool",
        "untyped": "int",
        "sizes": "ints",
        "padding": "ints",
    }


def test_defaults() -> None:
    found = parameters_of(Gate)
    assert found["width"].default is REQUIRED
    assert found["width"].required
    assert repr(found["slope"].default) == "1.0"
    assert found["cache_folder"].default == "here"
    assert found["spread"].default == (0.5, 1.0)


def test_what_the_form_needs_besides() -> None:
    found = parameters_of(Gate)
    assert (found["width"].minimum, found["width"].help) == (1, "values per sample")
    assert (found["slope"].minimum, found["slope"].exclusive_minimum) == (0, True)
    assert (found["kernel"].minimum, found["kernel"].maximum) == (1, 99)
    assert found["mode"].choices == ("soft", "hard")
    assert found["padding"].choices == ("same", "valid")
    assert [name for name, parameter in found.items() if parameter.optional] == ["weights", "limit"]
    assert [name for name, parameter in found.items() if parameter.inferred] == ["in_features"]


def test_ports_are_the_positional_parameters_of_forward() -> None:
    assert describe(Gate, Kind.LAYER, "it").inputs == (Port("input"), Port("context", optional=True))


def test_starred_inputs_are_one_variadic_port() -> None:
    class Sum(nn.Module):
        def forward(self, *terms): ...

    assert describe(Sum, Kind.LAYER, "it").inputs == (Port("terms", variadic=True),)


def test_the_target_of_a_loss_may_stay_unwired() -> None:
    class Distance(nn.Module):
        def forward(self, input, target): ...

    assert describe(Distance, Kind.LOSS, "it").inputs == (Port("input"), Port("target", optional=True))


def test_what_the_trainer_gives_is_not_asked_for() -> None:
    class Descent(optim.Optimizer):
        def __init__(self, params: Any, lr: float = 0.1) -> None: ...

    class Decay(lr_scheduler.LRScheduler):
        def __init__(self, optimizer: optim.Optimizer, gamma: float, last_epoch: int = -1) -> None: ...

    assert list(parameters_of(Descent, Kind.OPTIMIZER)) == ["lr"]
    assert list(parameters_of(Decay, Kind.SCHEDULE)) == ["gamma"]


def test_a_function_is_described_as_a_class_is() -> None:
    def rings(samples: int = 100, noise: float = 0.1) -> None:
        """Rings.

        Args:
            samples: how many, 2 to 1000.
            noise: spread, >= 0.
        """

    found = parameters_of(rings, Kind.DATASET)
    assert (found["samples"].minimum, found["samples"].maximum) == (2, 1000)
    assert found["noise"].minimum == 0


def test_arguments_may_be_documented_at_init() -> None:
    class Scale(nn.Module):
        """Scale."""

        def __init__(self, by: float = 1.0) -> None:
            """Set the scale.

            Args:
                by: the factor.
            """
            super().__init__()

        def forward(self, x): ...

    entry = describe(Scale, Kind.LAYER, "it")
    assert (entry.summary, entry.parameters[0].help) == ("Scale.", "the factor")


def test_a_base_class_lends_no_text() -> None:
    class Quiet(Gate):
        pass

    assert describe(Quiet, Kind.LAYER, "it").summary == ""


def test_a_family_of_ones_own() -> None:
    class Bent(Gate):
        family = "activation"

    assert describe(Bent, Kind.LAYER, "it").family == "activation"
    assert describe(Bent, Kind.LAYER, "it", family="shape").family == "shape"


class Undescribable(nn.Module):
    def __init__(self, callback: object) -> None:
        super().__init__()

    def forward(self, x): ...


class NamedKind(nn.Module):
    def __init__(self, kind: str = "") -> None:
        super().__init__()

    def forward(self, x): ...


class BadDefault(nn.Module):
    """Bad.

    Args:
        rate: share, in [0, 1].
    """

    def __init__(self, rate: float = 2.0) -> None:
        super().__init__()

    def forward(self, x): ...


class ByKeyword(nn.Module):
    def forward(self, x, *, mask): ...


class NotAModule:
    def forward(self, x): ...


class BadFamily(Gate):
    family = 3  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("factory", "kind", "reason"),
    [
        (
            Undescribable,
            Kind.LAYER,
            r"Parameter 'callback' of Undescribable has no type that a form can edit",
        ),
        (NamedKind, Kind.LAYER, r"Parameter 'kind' of NamedKind needs another name"),
        (BadDefault, Kind.LAYER, r"Parameter 'rate' of BadDefault has the default 2.0"),
        (ByKeyword, Kind.LAYER, r"ByKeyword.forward\(\) asks for 'mask' by keyword"),
        (NotAModule, Kind.LAYER, r"NotAModule is no layer: it must be a subclass of gradloom.nn.Module"),
        (len, Kind.LAYER, r"len is no layer"),
        (BadFamily, Kind.LAYER, r"BadFamily.family is 3"),
        (dict, Kind.OPTIMIZER, r"dict is no optimizer"),
        (3, Kind.DATASET, r"3 is neither a class nor a function"),
        (type, Kind.DATASET, r"type has no signature that can be read"),
    ],
)
def test_what_cannot_be_offered_is_refused_with_a_sentence(factory: Any, kind: Kind, reason: str) -> None:
    with pytest.raises(DescriptionError, match=reason):
        describe(factory, kind, "it")
