"""Hooks of modules, and of all modules: scripts that both engines run alike."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from tests.core.nn.module_scripts import Scripts, net  # noqa: E402

pytestmark = pytest.mark.oracle

script = Scripts()


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


@pytest.mark.parametrize("each", script.all, ids=script.names())
def test_script(each: Any) -> None:
    script.check(each)
