"""Modules that hold others, and how they look: scripts that both engines run alike."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from tests.core.nn.module_scripts import Scripts  # noqa: E402

pytestmark = pytest.mark.oracle

script = Scripts()


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


@pytest.mark.parametrize("each", script.all, ids=script.names())
def test_script(each: Any) -> None:
    script.check(each)
