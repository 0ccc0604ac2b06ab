"""Scripts about modules, run on both engines: they must return the same, or raise the same words."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest

import gradloom

torch = pytest.importorskip("torch")
from oracle.scripts import outcome, plain  # noqa: E402 - it needs PyTorch

pytestmark = pytest.mark.oracle

Script = Callable[[Any], Any]
SCRIPTS: list[Script] = []


def script(function: Script) -> Script:
    SCRIPTS.append(function)
    return function


def net(lib: Any) -> Any:
    nn = lib.nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(2, 3)
            self.scale = nn.Parameter(lib.ones(3))
            self.register_buffer("seen", lib.zeros(2))
            self.register_buffer("passing", lib.zeros(1), persistent=False)
            self.rest = nn.Sequential(nn.ReLU(), nn.Linear(3, 1))
            self.same = self.first

        def forward(self, input: Any, times: float = 1.0) -> Any:
            return self.rest(self.first(input) * self.scale) * times

    made = Net()
    with lib.no_grad():
        for number, parameter in enumerate(made.parameters()):
            parameter.fill_(0.25 * (number + 1))
    return made


# Holding


def refusal(act: Callable[[Any, Any], Any]) -> None:
    SCRIPTS.append(lambda lib: act(lib, net(lib)))


for _act in (
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
    lambda lib, m: m.load_state_dict({**m.state_dict(), "scale.a": lib.zeros(1)}, strict=False),
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
):  # fmt: skip
    refusal(_act)


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


@script
def registration_hooks(lib: Any) -> Any:
    from importlib import import_module

    rooms = import_module(f"{lib.__name__}.nn.modules.module" if lib is torch else "gradloom.nn.module")
    seen: list[Any] = []
    handles = [
        rooms.register_module_parameter_registration_hook(lambda m, name, p: seen.append(("p", name))),
        rooms.register_module_buffer_registration_hook(lambda m, name, b: seen.append(("b", name))),
        rooms.register_module_module_registration_hook(lambda m, name, c: seen.append(("m", name))),
    ]
    net(lib)
    for handle in handles:
        handle.remove()
    net(lib)
    return seen


@script
def hooks_everywhere(lib: Any) -> Any:
    from importlib import import_module

    rooms = import_module(f"{lib.__name__}.nn.modules.module" if lib is torch else "gradloom.nn.module")
    seen: list[Any] = []
    handles = [
        rooms.register_module_forward_pre_hook(lambda m, args: seen.append(("pre", type(m).__name__))),
        rooms.register_module_forward_hook(
            lambda m, args, kwargs, out: seen.append(("forward", type(m).__name__, list(kwargs))),
            with_kwargs=True,
        ),
        rooms.register_module_full_backward_pre_hook(
            lambda m, grads: seen.append(("backward pre", type(m).__name__, grads))
        ),
        rooms.register_module_full_backward_hook(
            lambda m, inputs, outputs: seen.append(("backward", type(m).__name__, inputs, outputs))
        ),
    ]
    m = net(lib)
    m(lib.ones(1, 2, requires_grad=True), times=2.0).sum().backward()
    for handle in handles:
        handle.remove()
    m(lib.ones(1, 2)).sum().backward()
    return seen


# Running


@script
def forward_hooks(lib: Any) -> Any:
    m, seen = net(lib), []
    m.register_forward_pre_hook(lambda mod, args: (args[0] * 2,))
    m.register_forward_pre_hook(lambda mod, args: args[0] + 1, prepend=True)
    m.register_forward_pre_hook(lambda mod, args, kwargs: (args, {"times": 3.0}), with_kwargs=True)
    m.register_forward_hook(lambda mod, args, out: seen.append((args, out)))
    gone = m.register_forward_hook(
        lambda mod, args, kwargs, out: (out, kwargs), with_kwargs=True, prepend=True
    )
    first = m(lib.ones(1, 2))
    gone.remove()
    return first, m(lib.ones(1, 2)), seen


@script
def a_pre_hook_that_returns_too_little(lib: Any) -> Any:
    m = net(lib)
    m.register_forward_pre_hook(lambda mod, args, kwargs: 3, with_kwargs=True)
    return m(lib.ones(1, 2))


@script
def hooks_that_are_always_called(lib: Any) -> Any:
    m, seen = lib.nn.Linear(2, 1), []
    m.register_forward_hook(lambda *given: seen.append("never"))
    m.register_forward_hook(lambda mod, args, out: seen.append(out), always_call=True)
    m.register_forward_hook(lambda mod, args, kwargs, out: 1 / 0, always_call=True, with_kwargs=True)
    try:
        m("no tensor")
    except (TypeError, RuntimeError, AttributeError):
        return seen


@script
def backward_hooks(lib: Any) -> Any:
    m, seen, x = net(lib), [], lib.ones(2, 2, requires_grad=True)
    m.register_full_backward_hook(lambda mod, inputs, outputs: seen.append((inputs, outputs)))
    m.rest.register_full_backward_hook(lambda mod, inputs, outputs: (inputs[0] * 10,))
    m.rest.register_full_backward_pre_hook(lambda mod, outputs: (outputs[0] * 2,))
    m(x).sum().backward()
    return seen, x.grad, [each.grad for each in m.parameters()]


@script
def backward_hooks_without_gradients_of_inputs(lib: Any) -> Any:
    m, seen = net(lib), []
    m.register_full_backward_hook(lambda mod, inputs, outputs: seen.append((inputs, outputs)))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        m(lib.ones(1, 2)).sum().backward()
    return seen, [str(each.message) for each in told]


@script
def a_backward_hook_without_gradients_of_inputs_returns_none(lib: Any) -> Any:
    m = net(lib)
    m.register_full_backward_hook(lambda mod, inputs, outputs: (outputs[0],))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        m(lib.ones(1, 2)).sum().backward()


@script
def a_backward_hook_that_returns_too_much(lib: Any) -> Any:
    m = lib.nn.Linear(2, 1)
    m.register_full_backward_hook(lambda mod, inputs, outputs: (inputs[0], inputs[0]))
    return m(lib.ones(1, 2, requires_grad=True)).sum().backward()


@script
def several_results_and_other_things(lib: Any) -> Any:
    class Two(lib.nn.Module):
        def forward(self, a: Any, number: int, b: Any) -> Any:
            return a * 2, number, b * 3, a * 5

    m, seen = Two(), []
    m.register_full_backward_hook(lambda mod, inputs, outputs: seen.append((inputs, outputs)))
    a, b = lib.ones(1, requires_grad=True), lib.ones(1)
    out = m(a, 4, b)
    out[0].sum().backward()
    return seen, out[1], out[2].requires_grad, a.grad


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
    return m.state_dict(), other[0].count, lib.nn.Sequential(lib.nn.ReLU()).load_state_dict(m.state_dict())


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


# Containers


@script
def sequences(lib: Any) -> Any:
    nn = lib.nn
    s = nn.Sequential(nn.ReLU(), nn.Tanh())
    s.append(nn.Sigmoid()).extend([nn.Identity()]).insert(1, nn.GELU())
    s.insert(-1, nn.SiLU())
    taken = s.pop(0)
    s += nn.Sequential(nn.ELU())
    both = s + nn.Sequential(taken)
    s *= 2
    del s[1]
    del s[2:4]
    s[0] = nn.Softmax(1)
    named = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh()))
    return (
        repr(s),
        repr(both * 2),
        repr(2 * named),
        repr(named[1:]),
        repr(named[-1]),
        len(s),
        repr(list(named)),
    )


@script
def lists(lib: Any) -> Any:
    nn = lib.nn
    m = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU()])
    m += [nn.Tanh()]
    m.insert(1, nn.GELU())
    taken = m.pop(-1)
    longer = m + (taken,)  # noqa: RUF005
    m[0] = nn.ELU()
    del m[1]
    return repr(m), repr(longer), repr(longer[1:3]), len(m), repr(nn.ModuleList()), list(m.state_dict())


@script
def dicts(lib: Any) -> Any:
    nn = lib.nn
    m = nn.ModuleDict({"b": nn.ReLU(), "a": nn.Tanh()})
    m.update([["c", nn.GELU()]])
    m.update(nn.ModuleDict({"d": nn.ELU()}))
    m["a"] = nn.SiLU()
    taken = m.pop("b")
    return repr(m), repr(taken), list(m), list(m.keys()), "c" in m, len(m), [repr(v) for v in m.values()]


@script
def parameter_lists(lib: Any) -> Any:
    m = lib.nn.ParameterList([lib.ones(2, 3), lib.nn.Parameter(lib.zeros(1), requires_grad=False)])
    m.append(5).extend([lib.ones(1)])
    m += [lib.zeros(2)]
    m[-1] = lib.ones(1, dtype=lib.float64)
    return repr(m), len(m), list(m.state_dict()), list(m[1:3]), repr(m[::2]), m[2], list(m.parameters())


@script
def parameter_dicts(lib: Any) -> Any:
    m = lib.nn.ParameterDict({"b": lib.ones(2, 3), "a": lib.zeros(1), "n": 4})
    other = lib.nn.ParameterDict(OrderedDict(z=lib.ones(1), y=lib.ones(1)))
    m.setdefault("s", lib.ones(1))
    joined = m | other
    m |= other
    last = joined.popitem()[0]
    return [
        repr(m), list(m), list(joined), last, list(reversed(m)), m.get("no", 3), m.pop("n"), len(m),
        list(m.state_dict()), repr(m.fromkeys(["k"], 3)), "a" in m, list(m.copy()),
    ]  # fmt: skip


@script
def looks(lib: Any) -> Any:
    class Block(lib.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = lib.nn.ModuleList([lib.nn.Linear(2, 2) for _ in range(3)] + [lib.nn.ReLU()])
            self.nothing = None
            self.empty = lib.nn.Sequential()

        def extra_repr(self) -> str:
            return "size=2\nother=3"

    class Named(lib.nn.Module):
        def _get_name(self) -> str:
            return "Another"

        def extra_repr(self) -> str:
            return "a\nb"

    block = Block()
    block.add_module("hole", None)
    return repr(block), repr(Named()), repr(lib.nn.Module())


@script
def lazy_layers(lib: Any) -> Any:
    m = lib.nn.Sequential(lib.nn.LazyLinear(3), lib.nn.LazyLinear(2, bias=False))
    before = repr(m), [type(each).__name__ for each in m.parameters()], m[0].has_uninitialized_params()
    for each in m:
        each.reset_parameters()
    m.double()
    out = m(lib.ones(4, 5, dtype=lib.float64))
    fresh = lib.nn.Sequential(lib.nn.LazyLinear(3), lib.nn.LazyLinear(2, bias=False))
    fresh.load_state_dict(m.state_dict())
    return (
        before,
        repr(m),
        list(out.shape),
        [str(p.dtype)[-7:] for p in m.parameters()],
        repr(fresh),
        [list(p.shape) for p in fresh.parameters()],
    )


@pytest.mark.parametrize("each", SCRIPTS, ids=[f"{at}-{each.__name__}" for at, each in enumerate(SCRIPTS)])
def test_script(each: Script) -> None:
    assert outcome(each, gradloom) == outcome(each, torch)
