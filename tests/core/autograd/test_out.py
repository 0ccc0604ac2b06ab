"""`out=`: results written into tensors that the caller brings."""

from __future__ import annotations

import pytest

import gradloom as torch


def test_the_result_goes_into_the_given_tensor_and_its_dtype() -> None:
    out = torch.empty(3, dtype=torch.float64)
    version = out._version
    assert torch.add(torch.ones(3), 2.0, out=out) is out
    assert out.tolist() == [3.0, 3.0, 3.0]
    assert out.dtype is torch.float64
    assert out._version == version + 1


def test_compositions_and_views_of_larger_tensors_take_it_too() -> None:
    whole = torch.zeros(2, 2)
    torch.div(torch.tensor([5.0, 7.0]), 2.0, rounding_mode="floor", out=whole[1])
    assert whole.tolist() == [[0.0, 0.0], [2.0, 3.0]]


def test_several_results_go_into_as_many_tensors() -> None:
    values, indices = torch.empty(0), torch.empty(0, dtype=torch.int64)
    made = torch.max(torch.tensor([[1.0, 4.0], [3.0, 2.0]]), 0, out=(values, indices))
    assert made.values is values
    assert made.indices is indices
    assert (values.tolist(), indices.tolist()) == ([3.0, 4.0], [1, 0])


def test_an_empty_tensor_is_resized_silently_and_another_with_a_warning() -> None:
    assert torch.exp(torch.zeros(2), out=torch.empty(0)).tolist() == [1.0, 1.0]
    with pytest.warns(UserWarning, match=r"was resized since it had shape \[3\]"):
        assert torch.exp(torch.zeros(2), out=torch.empty(3)).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("out", [torch.empty(3), torch.empty(3, requires_grad=True)])
def test_gradients_do_not_flow_through_it(out: torch.Tensor) -> None:
    with pytest.raises(RuntimeError, match=r"mul\(\): functions with out=\.\.\. arguments don't support"):
        torch.mul(torch.ones(3, requires_grad=not out.requires_grad), 2.0, out=out)
    with torch.no_grad():
        torch.mul(torch.ones(3, requires_grad=True), 2.0, out=out)


def test_a_dtype_that_cannot_hold_the_result_is_refused() -> None:
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        torch.sqrt(torch.ones(2), out=torch.empty(2, dtype=torch.int64))
    with pytest.raises(TypeError, match="argument 'out' must be Tensor, not list"):
        torch.sqrt(torch.ones(2), out=[])
    with pytest.raises(TypeError, match="argument 'out' must be a tuple of 2 Tensors"):
        torch.max(torch.ones(2, 2), 0, out=torch.empty(2))
