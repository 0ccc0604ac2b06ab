"""Operations of one's own."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import gradloom
from gradloom.autograd import Function, grad, gradcheck, gradgradcheck
from gradloom.autograd.function import once_differentiable


class Cube(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        (x,) = ctx.saved_tensors
        return grad * 3 * x**2


class Exp(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        result = x.exp()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        (result,) = ctx.saved_tensors
        return grad * result


class SumAndDifference(Function):
    @staticmethod
    def forward(x: Any, y: Any, scale: float) -> Any:
        return (x + y) * scale, (x - y) * scale

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.scale = inputs[2]

    @staticmethod
    def backward(ctx: Any, by_sum: Any, by_difference: Any) -> Any:
        return (by_sum + by_difference) * ctx.scale, (by_sum - by_difference) * ctx.scale, None


def leaf(*values: float) -> Any:
    return gradloom.tensor(list(values), dtype=gradloom.float64, requires_grad=True)


@pytest.mark.parametrize("function", [Cube, Exp])
def test_first_and_second_derivatives(function: type[Function]) -> None:
    x = leaf(0.5, -1.5, 2.0)
    assert gradcheck(function.apply, x)
    assert gradgradcheck(function.apply, x)


def test_several_results_and_settings() -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    assert gradcheck(lambda a, b: SumAndDifference.apply(a, b, 2.0), [x, y])
    total, _ = SumAndDifference.apply(x, y, 2.0)
    total.sum().backward()
    assert y.grad.tolist() == [2.0, 2.0]


def test_needs_input_grad_says_what_is_wanted() -> None:
    seen = []

    class Watch(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x * y

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            seen.append(ctx.needs_input_grad)
            return grad, None

    Watch.apply(leaf(1.0), gradloom.ones(1, dtype=gradloom.float64)).backward()
    assert seen == [(True, False)]


def test_the_wrong_number_of_gradients_is_refused() -> None:
    class Short(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x + y

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad

    with pytest.raises(
        RuntimeError, match=r"ShortBackward returned an incorrect number of gradients \(expected 2, got 1\)"
    ):
        Short.apply(leaf(1.0), leaf(1.0)).backward()


def test_once_differentiable_refuses_the_second_time() -> None:
    class Opaque(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 2 * ctx.saved_tensors[0]

    x = leaf(3.0)
    (slope,) = grad(Opaque.apply(x).sum(), x, create_graph=True)
    assert slope.item() == 6.0
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()


def test_saved_tensors_are_freed_and_watched() -> None:
    x = leaf(1.0)
    y = Cube.apply(x * 1)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()
    inner = x * 1
    z = Cube.apply(inner)
    inner.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_a_result_that_is_saved_makes_no_cycle() -> None:
    gc.collect()
    gc.disable()
    try:
        y = Exp.apply(leaf(1.0))
        gone = weakref.ref(y.grad_fn), weakref.ref(y)
        del y
        assert [each() for each in gone] == [None, None]
    finally:
        gc.enable()


def test_a_result_may_be_marked_as_constant() -> None:
    class Position(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            where = (x > 0).to(x.dtype)
            ctx.mark_non_differentiable(where)
            return x * 2, where

        @staticmethod
        def backward(ctx: Any, grad: Any, _: Any) -> Any:
            return grad * 2

    doubled, where = Position.apply(leaf(1.0, -1.0))
    assert (doubled.requires_grad, where.requires_grad) == (True, False)


def test_gradcheck_finds_a_wrong_gradient() -> None:
    class Wrong(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 3

    with pytest.raises(RuntimeError, match="Jacobian mismatch for output 0 with respect to input 0"):
        gradcheck(Wrong.apply, leaf(1.0, 2.0))
    assert not gradcheck(Wrong.apply, leaf(1.0), raise_exception=False)
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(Wrong.apply, gradloom.ones(1, dtype=gradloom.float64))
