"""Modules register what they hold, save and load it, and show themselves as PyTorch's do."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom import nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 3)
        self.scale = nn.Parameter(gradloom.ones(3))
        self.register_buffer("seen", gradloom.zeros(2))
        self.register_buffer("passing", gradloom.zeros(1), persistent=False)
        self.rest = nn.Sequential(nn.ReLU(), nn.Linear(3, 2))

    def forward(self, input: Any) -> Any:
        return self.rest(self.first(input) * self.scale)


@pytest.fixture
def net() -> Net:
    return Net()


def names(pairs: Any) -> list[str]:
    return [name for name, _ in pairs]


def test_what_is_assigned_is_registered(net: Net) -> None:
    parameters = ["scale", "first.weight", "first.bias", "rest.1.weight", "rest.1.bias"]
    assert names(net.named_parameters()) == parameters
    assert names(net.named_buffers()) == ["seen", "passing"]
    assert names(net.named_children()) == ["first", "rest"]
    assert names(net.named_modules()) == ["", "first", "rest", "rest.0", "rest.1"]
    assert names(net.named_parameters(recurse=False)) == ["scale"]
    assert net.get_submodule("rest.1") is net.rest[1]
    assert net.get_parameter("rest.1.bias") is net.rest[1].bias
    assert "scale" in dir(net)


def test_what_is_deleted_or_replaced_is_forgotten(net: Net) -> None:
    del net.scale
    assert not hasattr(net, "scale")
    net.first = nn.Parameter(gradloom.ones(1))
    assert names(net.named_children()) == ["rest"]
    assert "first" in names(net.named_parameters())
    net.seen = None
    assert names(net.named_buffers()) == ["passing"]
    net.seen = gradloom.ones(2)
    assert names(net.named_buffers()) == ["seen", "passing"]


def test_shared_parameters_count_once() -> None:
    layer = nn.Linear(2, 2)
    both = nn.Sequential(layer, layer)
    assert names(both.named_parameters()) == ["0.weight", "0.bias"]
    assert list(both.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda net: net.register_parameter("a.b", None), KeyError, 'can\'t contain "."'),
        (lambda net: net.register_buffer("", None), KeyError, "can't be empty"),
        (lambda net: net.register_parameter("forward", None), KeyError, "attribute 'forward' already exists"),
        (
            lambda net: net.register_parameter("new", gradloom.ones(1)),
            TypeError,
            "nn.Parameter or None required",
        ),
        (lambda net: net.add_module("new", 3), TypeError, "int is not a Module subclass"),
        (lambda net: setattr(net, "scale", 3), TypeError, "cannot assign 'int' as parameter 'scale'"),
        (lambda net: setattr(net, "rest", 3), TypeError, "cannot assign 'int' as child module 'rest'"),
        (lambda net: setattr(net, "seen", 3), TypeError, "cannot assign 'int' as buffer 'seen'"),
        (lambda net: net.absent, AttributeError, "'Net' object has no attribute 'absent'"),
        (lambda net: net.get_submodule("rest.9"), AttributeError, "Sequential has no attribute `9`"),
        (lambda net: net.train("yes"), ValueError, "training mode is expected to be boolean"),
        (lambda net: nn.Module()(1), NotImplementedError, 'missing the required "forward"'),
        (lambda net: net.load_state_dict([1]), TypeError, "Expected state_dict to be dict-like"),
    ],
)
def test_refusals(act: Any, error: type[Exception], words: str, net: Net) -> None:
    with pytest.raises(error) as caught:
        act(net)
    assert words in str(caught.value.args[0])


def test_forgotten_super_init_is_named() -> None:
    class Hasty(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(1, 1)

    with pytest.raises(AttributeError, match=r"cannot assign module before Module.__init__\(\) call"):
        Hasty()


def test_state_goes_from_one_to_another(net: Net) -> None:
    other = Net()
    with gradloom.no_grad():
        net.seen.fill_(5)
    report = other.load_state_dict(net.state_dict())
    assert repr(report) == "<All keys matched successfully>"
    for name, tensor in net.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[name].array, tensor.array)
    assert "passing" not in net.state_dict()
    assert not net.state_dict()["scale"].requires_grad
    assert net.state_dict(keep_vars=True)["scale"] is net.scale


def test_loading_names_everything_that_does_not_fit(net: Net) -> None:
    state = net.state_dict()
    state["rest.1.weight"] = gradloom.zeros(9, 9)
    state["extra"] = state.pop("scale")
    before = net.first.weight.array.copy()
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict(state)
    lines = str(caught.value).split("\n\t")
    assert lines[0] == "Error(s) in loading state_dict for Net:"
    assert lines[1] == 'Missing key(s) in state_dict: "scale". '
    assert lines[2] == 'Unexpected key(s) in state_dict: "extra". '
    assert lines[3].startswith("size mismatch for rest.1.weight: copying a param with shape")
    np.testing.assert_array_equal(net.first.weight.array, before)
    state.pop("rest.1.weight")
    report = net.load_state_dict(state, strict=False)
    assert (report.missing_keys, report.unexpected_keys) == (["scale", "rest.1.weight"], ["extra"])


def test_modes_and_freezing_reach_all_below(net: Net) -> None:
    net.eval()
    assert not any(module.training for module in net.modules())
    net.train()
    assert all(module.training for module in net.modules())
    net.requires_grad_(False)
    assert not any(parameter.requires_grad for parameter in net.parameters())


def test_gradients_are_dropped_or_zeroed(net: Net) -> None:
    net(gradloom.ones(2, 4)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert all(parameter.grad.abs().sum().item() == 0 for parameter in net.parameters())
    net.zero_grad()
    assert all(parameter.grad is None for parameter in net.parameters())


def test_dtype_changes_in_place(net: Net) -> None:
    scale = net.scale
    assert net.double() is net
    assert net.scale is scale
    assert {parameter.dtype for parameter in net.parameters()} == {gradloom.float64}
    assert net.seen.dtype == gradloom.float64
    assert net(gradloom.ones(2, 4, dtype=gradloom.float64)).dtype == gradloom.float64
    with pytest.raises(RuntimeError, match="there is no device 'cuda'"):
        net.to("cuda")
    with pytest.raises(TypeError, match="only accepts floating point"):
        net.to(gradloom.int64)


def test_apply_goes_children_first(net: Net) -> None:
    visited: list[str] = []
    net.apply(lambda module: visited.append(type(module).__name__))
    assert visited == ["Linear", "ReLU", "Linear", "Sequential", "Net"]


def test_hooks_see_and_replace() -> None:
    layer = nn.Identity()
    calls: list[str] = []
    layer.register_forward_pre_hook(lambda module, args: calls.append("second"))
    layer.register_forward_pre_hook(lambda module, args: calls.append("first"), prepend=True)
    doubled = layer.register_forward_hook(lambda module, args, out: out * 2)
    added = layer.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    assert layer(3) == 8
    assert calls == ["first", "second"]
    doubled.remove()
    added.remove()
    added.remove()
    assert layer(3) == 3


def test_hooks_may_take_keywords() -> None:
    class Power(nn.Module):
        def forward(self, base: int, exponent: int = 1) -> int:
            return base**exponent

    module = Power()
    module.register_forward_pre_hook(lambda m, args, kwargs: (args, {"exponent": 3}), with_kwargs=True)
    seen: list[Any] = []
    module.register_forward_hook(
        lambda m, args, kwargs, out: seen.append((args, kwargs, out)), with_kwargs=True
    )
    assert module(2) == 8
    assert seen == [((2,), {"exponent": 3}, 8)]


def test_copies_are_apart(net: Net) -> None:
    twins = (copy.deepcopy(net), pickle.loads(pickle.dumps(net)))
    for twin in twins:
        assert names(twin.named_parameters()) == names(net.named_parameters())
        with gradloom.no_grad():
            twin.scale.fill_(7)
        assert isinstance(twin.scale, nn.Parameter)
        assert twin.scale.requires_grad
        assert net.scale.tolist() == [1.0, 1.0, 1.0]


def test_lists_and_dicts_of_modules() -> None:
    layers = nn.ModuleList([nn.ReLU(), nn.Linear(1, 1)])
    layers += [nn.Tanh()]
    layers.insert(1, nn.Sigmoid())
    assert [type(layer).__name__ for layer in layers] == ["ReLU", "Sigmoid", "Linear", "Tanh"]
    assert isinstance(layers[-1], nn.Tanh)
    assert len(layers[1:3]) == 2
    del layers[0]
    assert names(layers.named_children()) == ["0", "1", "2"]
    with pytest.raises(IndexError, match="index 3 is out of range"):
        layers[3]
    named = nn.ModuleDict({"a": nn.ReLU()})
    named["b"] = nn.Linear(1, 1)
    assert list(named) == ["a", "b"]
    assert "a" in named
    named.pop("a")
    assert names(named.named_parameters()) == ["b.weight", "b.bias"]


def test_sequences_cut_and_grow() -> None:
    chain = nn.Sequential({"flat": nn.Flatten(), "out": nn.Linear(4, 2)})
    assert names(chain.named_children()) == ["flat", "out"]
    assert names(chain[1:].named_children()) == ["out"]
    chain.append(nn.ReLU()).extend([nn.Tanh()])
    assert [type(layer).__name__ for layer in chain] == ["Flatten", "Linear", "ReLU", "Tanh"]
    chain[1] = nn.Identity()
    assert isinstance(chain.out, nn.Identity)


@pytest.mark.oracle
def test_looks_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")

    def build(nn: Any) -> Any:
        class Block(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)] + [nn.ReLU()])
                self.heads = nn.ModuleDict(
                    {"a": nn.Sequential(nn.Linear(2, 1), nn.Tanh()), "b": nn.Identity()}
                )
                self.empty = nn.Sequential()

            def extra_repr(self) -> str:
                return "size=2"

        return Block()

    assert repr(build(nn)) == repr(build(torch.nn))
