"""What a module holds, its state, and what changes it: scripts that both engines run alike."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from oracle.scripts import outcome, plain  # noqa: E402 - it needs PyTorch
from tests.core.nn.module_scripts import Scripts, net  # noqa: E402

import gradloom  # noqa: E402

pytestmark = pytest.mark.oracle

script = Scripts()


# Holding


REFUSED: list[Callable[[Any, Any], Any]] = [
    lambda lib, m: m.register_parameter("a.b", None),
    lambda lib, m: m.register_parameter("", None),
    lambda lib, m: m.register_parameter(3, None),
    lambda lib, m: m.register_parameter("forward", None),
    lambda lib, m: m.register_parameter("new", lib.ones(1)),
    lambda lib, m: m.register_parameter("new", 3),
    lambda lib, m: m.register_buffer("a.b", None),
    lambda lib, m: m.register_buffer("", None),
    lambda lib, m: m.register_buffer(b"x", None),
    lambda lib, m: m.register_buffer("scale", None),
    lambda lib, m: m.register_buffer("new", [1]),
    lambda lib, m: m.add_module("a.b", lib.nn.ReLU()),
    lambda lib, m: m.add_module("", lib.nn.ReLU()),
    lambda lib, m: m.add_module("scale", lib.nn.ReLU()),
    lambda lib, m: m.add_module("new", 3),
    lambda lib, m: m.add_module(4, lib.nn.ReLU()),
    lambda lib, m: setattr(m, "scale", 3),
    lambda lib, m: setattr(m, "scale", lib.ones(2)),
    lambda lib, m: setattr(m, "rest", "layer"),
    lambda lib, m: setattr(m, "seen", 3),
    lambda lib, m: m.absent,
    lambda lib, m: delattr(m, "absent"),
    lambda lib, m: m.get_submodule("rest.9"),
    lambda lib, m: m.get_submodule("scale"),
    lambda lib, m: m.get_parameter("rest.weight"),
    lambda lib, m: m.get_parameter("seen"),
    lambda lib, m: m.get_buffer("scale"),
    lambda lib, m: m.get_buffer("rest.none"),
    lambda lib, m: m.set_submodule("", lib.nn.ReLU()),
    lambda lib, m: m.set_submodule("rest.0", 3),
    lambda lib, m: m.set_submodule("rest.7", lib.nn.ReLU(), strict=True),
    lambda lib, m: m.set_submodule("scale", lib.nn.ReLU()),
    lambda lib, m: m.train("yes"),
    lambda lib, m: m.to(lib.int64),
    lambda lib, m: lib.nn.Module()(1),
    lambda lib, m: lib.nn.Module(3),
    lambda lib, m: lib.nn.Module(a=3),
    lambda lib, m: m.load_state_dict([1]),
    lambda lib, m: m.load_state_dict({}),
    lambda lib, m: m.load_state_dict(m.state_dict() | {"rest.1.weight": lib.zeros(9, 9), "a": lib.ones(1)}),
    lambda lib, m: m.load_state_dict(m.state_dict() | {"rest.5.a": lib.zeros(1), "scale": lib.ones(1)}),
    lambda lib, m: m.load_state_dict(m.state_dict() | {"scale": [1.0]}),
    lambda lib, m: lib.nn.ParameterList([1])(2),
    lambda lib, m: lib.nn.ParameterList(lib.ones(2)),
    lambda lib, m: lib.nn.ParameterList([1])[3],
    lambda lib, m: lib.nn.ParameterDict({"a": 1})(2),
    lambda lib, m: lib.nn.ModuleList([m])[1],
    lambda lib, m: lib.nn.ModuleList(m),
    lambda lib, m: lib.nn.ModuleDict(3),
    lambda lib, m: lib.nn.ModuleDict([3]),
    lambda lib, m: lib.nn.ModuleDict([("a", m, m)]),
    lambda lib, m: lib.nn.Sequential(m)[1],
    lambda lib, m: lib.nn.Sequential(m).insert(5, m),
    lambda lib, m: lib.nn.Sequential(m) * 0,
    lambda lib, m: lib.nn.Sequential(m) + (m,),  # noqa: RUF005
    lambda lib, m: lib.nn.UninitializedParameter().shape,
]  # fmt: skip


@pytest.mark.parametrize("act", REFUSED)
def test_what_pytorch_refuses_is_refused_in_its_words(act: Callable[[Any, Any], Any]) -> None:
    ours, theirs = (outcome(lambda lib: act(lib, net(lib)), engine) for engine in (gradloom, torch))
    assert isinstance(theirs[0], str), "it is not refused"
    assert ours == theirs


@script
def forgotten_super_init(lib: Any) -> Any:
    class Hasty(lib.nn.Module):
        def __init__(self) -> None:
            self.layer = lib.nn.Linear(1, 1)

    return Hasty()


@script
def forgotten_super_init_of_a_parameter(lib: Any) -> Any:
    class Hasty(lib.nn.Module):
        def __init__(self) -> None:
            self.weight = lib.nn.Parameter(lib.ones(1))

    return Hasty()


@script
def everything_has_its_name(lib: Any) -> Any:
    m = net(lib)
    deep = lib.nn.Sequential(m, m.first)
    return [
        [[name for name, _ in walk] for walk in (
            each.named_parameters(), each.named_parameters("p", recurse=False),
            each.named_parameters(remove_duplicate=False), each.named_buffers("b"), each.named_modules(),
            each.named_modules(prefix="x", remove_duplicate=False), each.named_children(),
        )]
        for each in (m, deep)
    ]  # fmt: skip


@script
def names_that_change_hands(lib: Any) -> Any:
    m = net(lib)
    m.first = lib.nn.Parameter(lib.ones(1))
    m.scale = None
    m.rest = None
    m.passing = None
    m.seen = lib.nn.Buffer(lib.ones(3), persistent=False)
    m.fresh = lib.nn.Buffer(lib.ones(3))
    m.plain = lib.ones(2)
    del m.same
    names = [name for name in dir(m) if name in ("first", "scale", "rest", "seen", "fresh", "plain", "same")]
    return [
        list(m._parameters), list(m._buffers), list(m._modules), list(m.state_dict()), names,
        sorted(m._non_persistent_buffers_set),
    ]  # fmt: skip


# State


@script
def state_with_hooks(lib: Any) -> Any:
    m, seen = net(lib), []
    m.rest.register_state_dict_pre_hook(lambda mod, prefix, keep: seen.append((prefix, keep)))
    m.rest.register_state_dict_post_hook(
        lambda mod, state, prefix, meta: state.__setitem__(prefix + "more", lib.ones(1))
    )
    m.register_load_state_dict_pre_hook(
        lambda mod, state, prefix, meta, strict, *lists: state.pop("rest.more") and None
    )
    m.register_load_state_dict_post_hook(lambda mod, keys: seen.append(list(keys)))
    state = m.state_dict(prefix="p.")
    return list(state), dict(state._metadata), seen, repr(m.load_state_dict(m.state_dict())), seen


@script
def what_is_missing_and_what_is_too_much(lib: Any) -> Any:
    m = net(lib)
    state = m.state_dict()
    state["extra"] = state.pop("scale")
    return repr(m.load_state_dict(state, strict=False)), m.load_state_dict(state, strict=False)._asdict()


@script
def a_key_below_a_parameter(lib: Any) -> Any:
    m = net(lib)
    return m.load_state_dict({**m.state_dict(), "scale.a": lib.zeros(1)}, strict=False)._asdict()


@script
def state_that_is_assigned(lib: Any) -> Any:
    m = net(lib)
    m.scale.requires_grad_(False)
    state = OrderedDict((key, value.double() + 1) for key, value in m.state_dict().items())
    m.load_state_dict(state, assign=True)
    return (
        list(m.state_dict().items()),
        list(m.named_parameters()),
        m.seen.data_ptr() == state["seen"].data_ptr(),
    )


@script
def extra_state(lib: Any) -> Any:
    class Counter(lib.nn.Module):
        count = 0

        def get_extra_state(self) -> Any:
            return {"count": self.count}

        def set_extra_state(self, state: Any) -> None:
            self.count = state["count"]

    m, other = lib.nn.Sequential(Counter()), lib.nn.Sequential(Counter())
    m[0].count = 7
    other.load_state_dict(m.state_dict())
    left = lib.nn.Sequential(lib.nn.ReLU()).load_state_dict(m.state_dict(), strict=False)
    return m.state_dict(), other[0].count, left._asdict()


@script
def extra_state_that_nobody_takes(lib: Any) -> Any:
    return lib.nn.Linear(1, 1).load_state_dict({"_extra_state": 3}, strict=True)


@script
def state_in_a_dict_of_ones_own(lib: Any) -> Any:
    own: dict[str, Any] = {}
    assert net(lib).state_dict(destination=own, prefix="a.", keep_vars=True) is own
    return own


# Changing


@script
def dtypes_and_gradients(lib: Any) -> Any:
    m = net(lib)
    m.register_buffer("count", lib.tensor([3]))
    m(lib.ones(1, 2)).sum().backward()
    results = []
    for change in (
        lambda: m.double(), lambda: m.to(lib.float32), lambda: m.half(), lambda: m.to(lib.zeros(1)),
        lambda: m.to("cpu", lib.float64), lambda: m.bfloat16(), lambda: m.float(), lambda: m.cpu(),
        lambda: m.type(lib.float64),
        lambda: m._apply(lambda t: t * 2), lambda: m.to(dtype=lib.float32, device="cpu"),
    ):  # fmt: skip
        assert change() is m
        results.append(plain([m.state_dict(), [each.grad for each in m.parameters()]]))
    return results


@script
def gradients_are_dropped_or_zeroed(lib: Any) -> Any:
    m = net(lib)
    m(lib.ones(1, 2)).sum().backward()
    m.zero_grad(set_to_none=False)
    zeroed = [each.grad for each in m.parameters()]
    m.zero_grad()
    return zeroed, [each.grad for each in m.parameters()]


@script
def modes(lib: Any) -> Any:
    m, visited = net(lib), []
    m.eval().rest[0].train()
    m.requires_grad_(False)
    m.apply(lambda mod: visited.append(type(mod).__name__))
    return [mod.training for mod in m.modules()], [p.requires_grad for p in m.parameters()], visited


@script
def copies(lib: Any) -> Any:
    nn = lib.nn
    held = nn.ParameterList([lib.ones(1)]), nn.ParameterDict({"a": lib.ones(1)})
    m = nn.Sequential(nn.Linear(2, 2), *held)
    m[0](lib.ones(1, 2)).sum().backward()
    m[0].weight.data.fill_(1)
    m[0].bias.data.fill_(2)
    m[0].bias.requires_grad_(False)
    twins = copy.deepcopy(m), pickle.loads(pickle.dumps(m))
    m[0].weight.data.fill_(7)
    return [
        [repr(t), t.state_dict(), [p.requires_grad for p in t.parameters()], t[0].weight.grad] for t in twins
    ]


@script
def tied_weights_stay_tied(lib: Any) -> Any:
    m = lib.nn.Sequential(lib.nn.Linear(2, 2), lib.nn.Linear(2, 2))
    m[1].weight = m[0].weight
    twin = copy.deepcopy(m)
    return twin[1].weight is twin[0].weight, len(list(twin.parameters()))


@pytest.mark.parametrize("each", script.all, ids=script.names())
def test_script(each: Any) -> None:
    script.check(each)
