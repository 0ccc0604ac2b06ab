"""Small programs around the graph that give in Gradloom what they give in PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom

PROGRAMS: list[Callable[[Any], Any]] = []


def program(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Run the function with either engine; what it returns has to agree."""
    PROGRAMS.append(function)
    return function


def vector(torch: Any, *values: float) -> Any:
    return torch.tensor(list(values), dtype=torch.float64)


@program
def gradients_of_functions_nest(torch: Any) -> Any:
    x = vector(torch, 0.3, 1.2)
    cube = lambda x: (x**3).sum()  # noqa: E731
    first, second = torch.func.grad(cube), torch.func.grad(lambda x: torch.func.grad(cube)(x).sum())
    third = torch.func.grad(lambda x: torch.func.grad(lambda x: torch.func.grad(cube)(x).sum())(x).sum())
    return first(x), second(x), third(x), first(x).requires_grad


@program
def gradients_of_functions_can_be_differentiated_by_ordinary_means(torch: Any) -> Any:
    x = vector(torch, 0.3, 1.2).requires_grad_()
    w = vector(torch, 2.0, -1.0).requires_grad_()
    slope = torch.func.grad(lambda x: (w * x**3).sum())(x)
    slope.sum().backward()
    return slope, slope.requires_grad, x.grad, w.grad


@program
def gradients_by_several_arguments_and_nests(torch: Any) -> Any:
    tree = {"a": vector(torch, 1.0, 2.0), "b": [vector(torch, 3.0)]}
    loss = lambda tree, y: (tree["a"] * y).sum() * tree["b"][0].sum()  # noqa: E731
    gradient, value = torch.func.grad_and_value(loss)(tree, vector(torch, 5.0, 6.0))
    both = torch.func.grad(loss, argnums=(0, 1))(tree, vector(torch, 5.0, 6.0))
    return gradient["a"], gradient["b"][0], value, both[1]


@program
def something_besides_the_value(torch: Any) -> Any:
    with_aux = lambda x: ((x**2).sum(), {"double": 2 * x})  # noqa: E731
    gradient, aux = torch.func.grad(with_aux, has_aux=True)(vector(torch, 1.0, 2.0))
    (_, (value, _)) = torch.func.grad_and_value(with_aux, has_aux=True)(vector(torch, 1.0, 2.0))
    return gradient, aux["double"], aux["double"].requires_grad, value


@program
def products_with_jacobians(torch: Any) -> Any:
    x, y = vector(torch, 0.5, 1.5), vector(torch, 2.0, 3.0)
    f = lambda x, y: (torch.sin(x) * y, (x * y).sum())  # noqa: E731
    out, pull_back = torch.func.vjp(f, x, y)
    pulled = pull_back((vector(torch, 1.0, 2.0), torch.tensor(0.5, dtype=torch.float64)))
    pushed = torch.func.jvp(f, (x, y), (vector(torch, 1.0, 0.0), vector(torch, 0.5, 0.5)))
    return out, pulled, pushed


@program
def jacobians_and_hessians(torch: Any) -> Any:
    x = vector(torch, 0.5, 1.5, -0.7)
    f = lambda x: torch.stack([x.prod(), (x**2).sum()])  # noqa: E731
    func = torch.func
    return func.jacrev(f)(x), func.jacfwd(f)(x), func.hessian(lambda x: x.prod() * x[0])(x)


@program
def jacobians_by_several_arguments(torch: Any) -> Any:
    x, y = vector(torch, 0.5, 1.5), vector(torch, 2.0, 3.0, 4.0)
    f = lambda x, y: x[:, None] * y  # noqa: E731
    return torch.func.jacrev(f, argnums=(0, 1))(x, y), torch.func.jacfwd(f, argnums=(0, 1))(x, y)


@program
def functions_mapped_over_batches(torch: Any) -> Any:
    a = torch.arange(6, dtype=torch.float64).reshape(2, 3)
    b = torch.arange(6, dtype=torch.float64).reshape(3, 2)
    dot = lambda x, y: (x * y).sum()  # noqa: E731
    vmap = torch.func.vmap
    outer = vmap(vmap(torch.mul, in_dims=(None, 0)), in_dims=(0, None))
    return (
        vmap(dot, in_dims=(0, 1))(a, b),
        vmap(lambda x: {"twice": 2 * x}, out_dims=1)(a)["twice"],
        outer(a[0], b[:, 0]),
        vmap(torch.func.grad(dot), in_dims=(0, None))(a, a[0]),
    )


@program
def gradients_of_each_sample(torch: Any) -> Any:
    w = vector(torch, 1.0, 2.0)
    x = torch.arange(8, dtype=torch.float64).reshape(4, 2)
    loss = lambda w, x: torch.tanh(x @ w) ** 2  # noqa: E731
    return torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(w, x)


@program
def modules_as_functions_of_their_parameters(torch: Any) -> Any:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.LayerNorm(3)).double()
    others = {name: torch.full_like(each, 0.5) for name, each in model.named_parameters()}
    others["0.weight"][0] = 2.0
    x = torch.arange(8, dtype=torch.float64).reshape(4, 2)
    before = [each.clone() for each in model.parameters()]
    model.eval()
    call = torch.func.functional_call
    slopes = torch.func.grad(lambda given: call(model, given, (x,)).pow(2).sum())(others)
    try:
        call(model, {"0.wait": x[0]}, x, strict=True)
    except RuntimeError as error:
        words = str(error)
    same = all((one == other).all() for one, other in zip(before, model.parameters(), strict=True))
    return call(model, others, x), [slopes[name] for name in sorted(slopes)], bool(same), words


@program
def an_ensemble_of_modules(torch: Any) -> Any:
    models = [torch.nn.Linear(2, 3).double() for _ in range(2)]
    for at, each in enumerate(models):
        torch.nn.init.constant_(each.weight, at + 1.0)
        torch.nn.init.constant_(each.bias, at - 1.0)
    parameters, buffers = torch.func.stack_module_state(models)
    x = torch.arange(8, dtype=torch.float64).reshape(4, 2)

    def run(parameters: Any, buffers: Any, x: Any) -> Any:
        return torch.func.functional_call(models[0], (parameters, buffers), (x,))

    return torch.func.vmap(run, in_dims=(0, 0, None))(parameters, buffers, x), parameters["weight"]


@program
def the_functional_page(torch: Any) -> Any:
    x, y = vector(torch, 0.5, 1.5), vector(torch, 2.0, 3.0)
    f, g = lambda x, y: torch.sin(x) * y, lambda x, y: (torch.sin(x) * y**2).sum()
    page = torch.autograd.functional
    v = (vector(torch, 1.0, 2.0), vector(torch, -1.0, 0.5))
    return (
        page.jacobian(f, (x, y)), page.hessian(g, (x, y)), page.hessian(lambda x: (x**3).sum(), x),
        page.vjp(f, (x, y), v[0]), page.jvp(f, (x, y), v), page.vhp(g, (x, y), v), page.hvp(g, (x, y), v),
    )  # fmt: skip


@program
def the_functional_page_with_a_graph(torch: Any) -> Any:
    x = vector(torch, 0.5, 1.5).requires_grad_()
    matrix = torch.autograd.functional.jacobian(lambda x: x**3, x, create_graph=True)
    matrix.sum().backward()
    return matrix, x.grad


@program
def hooks_of_nodes(torch: Any) -> Any:
    seen: list[Any] = []
    x = vector(torch, 1.0, 2.0).requires_grad_()
    y = (x * 3).exp()
    handle = y.grad_fn.register_prehook(lambda grads: (grads[0] * 2,))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append((inputs, outputs)))
    y.sum().backward(retain_graph=True)
    handle.remove()
    y.sum().backward()
    return x.grad, seen


@program
def hooks_of_leaves(torch: Any) -> Any:
    seen: list[Any] = []
    x = vector(torch, 1.0, 2.0).requires_grad_()
    x.register_hook(lambda grad: grad + 1)
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append(leaf.grad.clone()))
    for _ in range(2):
        (x * 3).sum().backward()
    return x.grad, seen


@program
def hooks_on_several_gradients(torch: Any) -> Any:
    seen: list[Any] = []
    x, y = vector(torch, 1.0).requires_grad_(), vector(torch, 2.0).requires_grad_()
    handle = torch.autograd.graph.register_multi_grad_hook((x, y), lambda grads: seen.append(list(grads)))
    (x * y).sum().backward()
    handle.remove()
    (x * y).sum().backward()
    return seen


@program
def what_nodes_keep_goes_through_hooks(torch: Any) -> Any:
    packed: list[int] = []

    def pack(tensor: Any) -> Any:
        packed.append(tensor.numel())
        return tensor.detach() * 2

    x = vector(torch, 1.0, 2.0, 3.0).requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda kept: kept / 2):
        y = x.sin()
    y.sum().backward()
    return x.grad, packed


@program
def a_function_s_saved_tensors_go_through_hooks(torch: Any) -> Any:
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    x = vector(torch, 1.0, 2.0, 3.0).requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach() + 1, lambda kept: kept - 1):
        y = Square.apply(x)
    y.sum().backward()
    return x.grad


@program
def gradients_of_a_batch_of_seeds(torch: Any) -> Any:
    x = vector(torch, 1.0, 2.0).requires_grad_()
    y = x**2
    seeds = torch.eye(2, dtype=torch.float64)
    return torch.autograd.grad(y, x, seeds, is_grads_batched=True)


@program
def a_nan_is_named(torch: Any) -> Any:
    x = vector(torch, 0.0).requires_grad_()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            with torch.autograd.detect_anomaly():
                (torch.sqrt(x) * 0).sum().backward()
        except RuntimeError as error:
            words = str(error)
    place = str(told[-1].message)
    return words, "torch.sqrt(x)" in place, "Traceback of forward call that caused the error" in place


@program
def the_walk_through_the_graph(torch: Any) -> Any:
    x = vector(torch, 1.0).requires_grad_()
    y = (x * 2).exp().sum()
    names, node = [], y.grad_fn
    while node is not None and hasattr(node, "next_functions"):
        names.append(node.name())
        last, node = node, node.next_functions[0][0] if node.next_functions else None
    return names, last.variable is x


@program
def the_names_of_nodes(torch: Any) -> Any:
    x = vector(torch, 1.0, 2.0).requires_grad_()
    matrix, F = x.view(1, 2), torch.nn.functional
    results = [
        1 - x, x - 1, x**2, 2**x, x**x, x.sum(), x.sum(0), matrix.mean((0, 1)), F.logsigmoid(x),
        torch.einsum("ij,kj->ik", matrix, matrix), F.cross_entropy(matrix, matrix.detach()),
        F.linear(matrix, matrix), F.linear(matrix, matrix, x[:1]), F.linear(matrix[None], matrix),
        F.avg_pool2d(matrix[None, None], 1), F.prelu(x, x[:1]), F.unfold(matrix[None, None], 1),
    ]  # fmt: skip
    powers = x**3
    powers.sum().backward()
    return [each.grad_fn.name() for each in (*results, powers)]


@program
def the_order_in_which_parameters_get_gradients(torch: Any) -> Any:
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    seen: list[Any] = []
    for parameter in net.parameters():
        parameter.register_hook(lambda grad: seen.append(list(grad.shape)))
    net(torch.ones(1, 2)).sum().backward()
    return seen


@program
def the_gradient_of_a_median_is_shared(torch: Any) -> Any:
    x = vector(torch, 1.0, 1.0, 0.0, 1.0, 2.0).requires_grad_()
    (2 * x.median()).backward()
    (x.nanmedian() * 3).backward()
    return x.grad, x.median().grad_fn.name()


@program
def modes(torch: Any) -> Any:
    x = vector(torch, 1.0).requires_grad_()
    with torch.inference_mode():
        inside = (x * 2).requires_grad, torch.is_inference_mode_enabled()
    with torch.autograd.set_detect_anomaly(True):
        watching = torch.is_anomaly_enabled()
    return inside, watching, torch.is_anomaly_enabled()


@program
def a_retained_gradient_is_what_all_hooks_left(torch: Any) -> Any:
    x = vector(torch, 1.0, 2.0).requires_grad_()
    y = x * 2
    y.retain_grad()
    y.retain_grad()
    y.register_hook(lambda grad: grad * 10)
    (y**2).sum().backward()
    return y.grad, x.grad


def _given(torch: Any, *gradients: Any) -> Any:
    """What comes of a Function whose backward returns `gradients`."""

    class Given(torch.autograd.Function):  # type: ignore[name-defined, misc]
        @staticmethod
        def forward(ctx: Any, x: Any, power: int = 2) -> Any:
            return x**power

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return gradients

    x = vector(torch, 1.0, 2.0).requires_grad_()
    try:
        Given.apply(x).sum().backward()
    except RuntimeError as error:
        return str(error)
    return x.grad


@program
def a_function_may_return_none_for_what_was_left_out(torch: Any) -> Any:
    return _given(torch, vector(torch, 3.0, 4.0), None, None)


@program
def a_functions_gradient_must_fit_its_input(torch: Any) -> Any:
    return [_given(torch, torch.ones(*shape, dtype=torch.float64)) for shape in ((3, 2), (1,), (5,), (1, 3))]


@program
def words_about_what_was_not_used(torch: Any) -> Any:
    x, y = vector(torch, 1.0).requires_grad_(), vector(torch, 1.0).requires_grad_()
    try:
        torch.autograd.grad((x * 2).sum(), [x, y])
    except RuntimeError as error:
        return str(error)


def plain(value: Any) -> Any:
    """Results of either engine as nested lists of arrays and plain values."""
    if hasattr(value, "detach"):
        return np.asarray(value.detach().numpy())
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def check(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            check(one, other)
    elif isinstance(theirs, np.ndarray):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)
    else:
        assert ours == theirs


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
@pytest.mark.parametrize("run", PROGRAMS, ids=lambda run: run.__name__)
def test_program(run: Callable[[Any], Any]) -> None:
    torch = pytest.importorskip("torch")
    check(plain(run(gradloom)), plain(run(torch)))


@pytest.mark.parametrize("run", PROGRAMS, ids=lambda run: run.__name__)
def test_program_runs_without_pytorch(run: Callable[[Any], Any]) -> None:
    assert run(gradloom) is not None
