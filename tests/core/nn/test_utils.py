"""What stands in nn.utils beside PyTorch's: clipping, norms of weights, parametrizations, fusion."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")
from oracle.modules import compare_looks, compare_run  # noqa: E402 - it needs PyTorch
from oracle.scripts import outcome  # noqa: E402
from oracle.twins import compare  # noqa: E402

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:.*is deprecated in favor of:FutureWarning"),
]

Change = Callable[[Any, Any], Any]
Make = Callable[[Any], Any]


def linear(lib: Any) -> Any:
    return lib.nn.Linear(5, 3)


def square(lib: Any) -> Any:
    return lib.nn.Linear(4, 4)


def wide(lib: Any) -> Any:
    return lib.nn.Linear(3, 5)


def conv(lib: Any) -> Any:
    return lib.nn.Conv2d(2, 3, 2)


def transposed(lib: Any) -> Any:
    return lib.nn.ConvTranspose2d(2, 3, 2)


INPUTS = {linear: (2, 5), square: (2, 4), wide: (2, 3), conv: (2, 2, 4, 3), transposed: (2, 2, 3, 3)}


def ready(kind: str, **settings: Any) -> Change:
    return lambda lib, module: getattr(lib.nn.utils.parametrizations, kind)(module, **settings)


def hooked(kind: str, **settings: Any) -> Change:
    return lambda lib, module: getattr(lib.nn.utils, kind)(module, **settings)


CHANGES: list[tuple[str, Make, Change]] = [
    ("weight norm", linear, ready("weight_norm")),
    ("weight norm of all", conv, ready("weight_norm", dim=None)),
    ("weight norm of inputs", conv, ready("weight_norm", dim=1)),
    ("weight norm by hook", linear, hooked("weight_norm")),
    ("weight norm of all by hook", conv, hooked("weight_norm", dim=None)),
    ("spectral norm", linear, ready("spectral_norm")),
    ("spectral norm of a bias", linear, ready("spectral_norm", name="bias")),
    ("spectral norm, patient", conv, ready("spectral_norm", n_power_iterations=3)),
    ("spectral norm, transposed", transposed, ready("spectral_norm")),
    ("spectral norm by hook", conv, hooked("spectral_norm", n_power_iterations=2)),
    ("spectral norm by hook, transposed", transposed, hooked("spectral_norm")),
    ("orthogonal square", square, ready("orthogonal")),
    ("orthogonal tall", wide, ready("orthogonal")),
    ("orthogonal wide", linear, ready("orthogonal")),
    ("orthogonal by cayley", square, ready("orthogonal", orthogonal_map="cayley")),
    ("orthogonal by exponential", linear, ready("orthogonal", orthogonal_map="matrix_exp")),
    ("orthogonal without a base", wide, ready("orthogonal", use_trivialization=False)),
]
each_change = pytest.mark.parametrize(
    ("make", "change"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES]
)


def changed(lib: Any, make: Make, change: Change) -> Any:
    lib.manual_seed(6)
    return change(lib, make(lib))


@each_change
def test_changed_layer_is_pytorchs(make: Make, change: Change) -> None:
    ours, theirs = changed(gradloom, make, change), changed(torch, make, change)
    compare_looks(ours, theirs)
    for key, value in theirs.state_dict().items():
        compare(ours.state_dict()[key], value, key)
    for training in (True, True, False):
        ours.train(training)
        theirs.train(training)
        compare_run(ours, theirs, (torch.randn(*INPUTS[make], requires_grad=True),), {})


@each_change
def test_state_goes_from_one_to_another(make: Make, change: Change) -> None:
    one, other = changed(gradloom, make, change), change(gradloom, make(gradloom))
    other.load_state_dict(one.state_dict())
    data = gradloom.randn(*INPUTS[make])
    np.testing.assert_array_equal(one.eval()(data).detach().numpy(), other.eval()(data).detach().numpy())


@pytest.mark.parametrize("kind", ["weight_norm", "spectral_norm"])
def test_hooks_come_off_again(kind: str) -> None:
    def script(lib: Any) -> Any:
        module = changed(lib, linear, hooked(kind))
        again = getattr(lib.nn.utils, f"remove_{kind}")(module)
        again(lib.ones(1, 5))
        return list(again.state_dict()), len(again._forward_pre_hooks), again.weight.requires_grad

    assert outcome(script, gradloom) == outcome(script, torch)


class Doubled:
    """Parametrizations for tests, made of either engine's Module."""

    def __init__(self, lib: Any) -> None:
        class Symmetric(lib.nn.Module):
            def forward(self, X: Any) -> Any:
                return X.triu() + X.triu(1).transpose(-1, -2)

        class Exponential(lib.nn.Module):
            def forward(self, X: Any) -> Any:
                return X.exp()

            def right_inverse(self, A: Any) -> Any:
                return A.log()

        class Sum(lib.nn.Module):
            def forward(self, first: Any, second: Any) -> Any:
                return first + second

            def right_inverse(self, A: Any) -> Any:
                return A / 2, A / 2

        class Longer(lib.nn.Module):
            def forward(self, X: Any) -> Any:
                return lib.cat([X, X])

        self.symmetric, self.exponential, self.sum, self.longer = Symmetric(), Exponential(), Sum(), Longer()


def ones(lib: Any) -> Any:
    module = lib.nn.Linear(2, 2)
    for parameter in module.parameters():
        parameter.data.fill_(0.5)
    return module


def symmetric(lib: Any) -> Any:
    parametrize, module = lib.nn.utils.parametrize, ones(lib)
    parametrize.register_parametrization(module, "weight", Doubled(lib).symmetric)
    return parametrize, module


SCRIPTS: list[Callable[[Any], Any]] = []


def script(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    SCRIPTS.append(function)
    return function


@script
def one_after_the_other(lib: Any) -> Any:
    parametrize, module = symmetric(lib)
    parametrize.register_parametrization(module, "weight", Doubled(lib).exponential)
    parametrize.register_parametrization(module, "bias", Doubled(lib).sum)
    shown = repr(module), type(module).__name__, parametrize.type_before_parametrizations(module).__name__
    module(lib.ones(1, 2)).sum().backward()
    grads = [(name, parameter.grad) for name, parameter in module.named_parameters()]
    return (
        shown,
        module.weight,
        module.bias,
        grads,
        module.parametrizations.weight.original,
        list(module.state_dict()),
    )


@script
def assigned(lib: Any) -> Any:
    parametrize, module = lib.nn.utils.parametrize, ones(lib)
    parametrize.register_parametrization(module, "weight", Doubled(lib).exponential)
    module.weight = lib.ones(2, 2)
    parametrize.register_parametrization(module, "bias", Doubled(lib).sum)
    module.bias = lib.ones(2) * 3
    return (
        module.weight,
        module.parametrizations.weight.original,
        list(module.parametrizations.bias.parameters()),
    )


@script
def removed(lib: Any) -> Any:
    parametrize, module = symmetric(lib)
    parametrize.register_parametrization(module, "bias", Doubled(lib).sum)
    parametrize.remove_parametrizations(module, "weight")
    between = parametrize.is_parametrized(module), parametrize.is_parametrized(module, "weight")
    parametrize.remove_parametrizations(module, "bias")
    return between, parametrize.is_parametrized(module), repr(module), dict(module.named_parameters())


@script
def removed_with_the_first_value(lib: Any) -> Any:
    parametrize, module = lib.nn.utils.parametrize, ones(lib)
    parametrize.register_parametrization(module, "weight", Doubled(lib).exponential)
    parametrize.remove_parametrizations(module, "weight", leave_parametrized=False)
    return module.weight


@script
def computed_once(lib: Any) -> Any:
    parametrize, module = symmetric(lib)
    with parametrize.cached():
        same = module.weight is module.weight
    return same, module.weight is module.weight


@script
def copied(lib: Any) -> Any:
    _, module = symmetric(lib)
    twin = copy.deepcopy(module)
    twin.parametrizations.weight.original.data.fill_(3)
    return module.weight, twin.weight, type(twin) is type(module)


@script
def handed_on(lib: Any) -> Any:
    parametrize, module = symmetric(lib)
    other = parametrize.transfer_parametrizations_and_params(module, lib.nn.Linear(2, 2))
    shared = other.parametrizations.weight.original is module.parametrizations.weight.original
    return shared, other.weight


@script
def a_state_of_the_old_weight_norm(lib: Any) -> Any:
    old, new = lib.nn.utils.weight_norm(ones(lib)), lib.nn.utils.parametrizations.weight_norm(ones(lib))
    return repr(new.load_state_dict(old.state_dict())), new.weight


@script
def norms(lib: Any) -> Any:
    parameters = [lib.nn.Parameter(lib.ones(3)) for _ in range(2)]
    parameters[0].grad = lib.tensor([3.0, 4.0, 0.0])
    utils = lib.nn.utils
    total = utils.get_total_norm([parameters[0].grad, lib.ones(2)], norm_type=1.0)
    first = utils.clip_grad_norm_(parameters, 2.0)
    clipped = parameters[0].grad.clone()
    utils.clip_grads_with_norm_(parameters[0], 1.0, lib.tensor(4.0))
    utils.clip_grad_value_(parameters, 0.25)
    largest = utils.clip_grad_norm(parameters, 0.1, float("inf"))
    return total, first, clipped, largest, parameters[0].grad, utils.clip_grad_norm_([], 1.0)


def register(lib: Any, *given: Any) -> Any:
    return lib.nn.utils.parametrize.register_parametrization(*given)


SCRIPTS += (
    lambda lib: lib.nn.utils.clip_grad_norm_((each for each in ()), 1.0),
    lambda lib: lib.nn.utils.get_total_norm([lib.tensor([float("nan")])], error_if_nonfinite=True),
    lambda lib: register(lib, ones(lib), "no", Doubled(lib).sum),
    lambda lib: register(lib, ones(lib), "weight", Doubled(lib).longer),
    lambda lib: register(lib, symmetric(lib)[1], "weight", Doubled(lib).longer),
    lambda lib: setattr(symmetric(lib)[1], "weight", lib.ones(2, 2)),
    lambda lib: lib.nn.utils.parametrize.remove_parametrizations(ones(lib), "weight"),
    lambda lib: copy.copy(symmetric(lib)[1]),
    lambda lib: lib.nn.utils.parametrizations.orthogonal(ones(lib), "bias"),
    lambda lib: lib.nn.utils.parametrizations.orthogonal(ones(lib), "no"),
    lambda lib: lib.nn.utils.parametrizations.orthogonal(ones(lib), orthogonal_map="turn"),
    lambda lib: lib.nn.utils.parametrizations.spectral_norm(ones(lib), n_power_iterations=0),
    lambda lib: lib.nn.utils.parametrizations.spectral_norm(ones(lib), dim=5),
    lambda lib: lib.nn.utils.weight_norm(lib.nn.utils.weight_norm(ones(lib))),
    lambda lib: lib.nn.utils.remove_weight_norm(ones(lib)),
    lambda lib: lib.nn.utils.spectral_norm(lib.nn.utils.spectral_norm(ones(lib))),
    lambda lib: lib.nn.utils.spectral_norm(ones(lib), n_power_iterations=0),
    lambda lib: lib.nn.utils.remove_spectral_norm(ones(lib)),
    lambda lib: lib.nn.utils.fuse_conv_bn_eval(lib.nn.Conv1d(1, 1, 1), lib.nn.BatchNorm1d(1)),
    lambda lib: lib.nn.utils.skip_init(lib.nn.ReLU),
    lambda lib: list(lib.nn.utils.skip_init(lib.nn.Linear, 2, 3).weight.shape),
    lambda lib: lib.nn.utils.parameters_to_vector(ones(lib).parameters()),
)  # fmt: skip


@pytest.mark.parametrize("each", SCRIPTS, ids=[f"{at}-{each.__name__}" for at, each in enumerate(SCRIPTS)])
def test_script(each: Callable[[Any], Any]) -> None:
    assert outcome(each, gradloom) == outcome(each, torch)


@pytest.mark.parametrize(
    ("first", "norm", "shape"),
    [
        (lambda nn: nn.Conv2d(2, 3, 2), lambda nn: nn.BatchNorm2d(3), (4, 2, 5, 4)),
        (lambda nn: nn.Conv1d(2, 3, 2, bias=False), lambda nn: nn.BatchNorm1d(3, affine=False), (4, 2, 5)),
        (lambda nn: nn.ConvTranspose2d(2, 3, 2), lambda nn: nn.BatchNorm2d(3), (4, 2, 3, 3)),
        (lambda nn: nn.Linear(2, 3), lambda nn: nn.BatchNorm1d(3), (4, 2)),
    ],
)
def test_fused_layers_do_what_both_did(first: Make, norm: Make, shape: tuple[int, ...]) -> None:
    both = gradloom.nn.Sequential(first(gradloom.nn), norm(gradloom.nn))
    both(gradloom.randn(*shape))
    both.eval()
    utils, layer = gradloom.nn.utils, both[0]
    if isinstance(layer, gradloom.nn.Linear):
        fused = utils.fuse_linear_bn_eval(*both)
    else:
        fused = utils.fuse_conv_bn_eval(*both, isinstance(layer, gradloom.nn.ConvTranspose2d))
    data = gradloom.randn(*shape)
    np.testing.assert_allclose(fused(data).detach().numpy(), both(data).detach().numpy(), atol=1e-5)
    assert type(fused) is type(layer)


def test_skipping_first_values_takes_no_random_numbers() -> None:
    gradloom.manual_seed(1)
    gradloom.nn.utils.skip_init(gradloom.nn.Linear, 2, 3)
    after = gradloom.rand(1).item()
    gradloom.manual_seed(1)
    assert after == gradloom.rand(1).item()


@pytest.mark.filterwarnings("ignore:This API is deprecated:FutureWarning")
def test_a_call_with_other_parameters() -> None:
    from gradloom.nn.utils.stateless import functional_call

    layer = gradloom.nn.Linear(2, 1)
    out = functional_call(
        layer, {"weight": gradloom.ones(1, 2), "bias": gradloom.ones(1)}, gradloom.ones(1, 2)
    )
    assert out.item() == 3.0
    assert isinstance(layer.weight, gradloom.nn.Parameter)
