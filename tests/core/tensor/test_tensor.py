"""What a tensor is and says."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import gradloom

ROWS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def test_what_it_is() -> None:
    x = gradloom.tensor(ROWS)
    assert (x.shape, x.size(), x.size(1), x.dim(), x.ndim, x.numel(), len(x)) == (
        (2, 3),
        (2, 3),
        3,
        2,
        2,
        6,
        2,
    )
    assert repr(x.shape) == "gradloom.Size([2, 3])"
    assert (x.shape.numel(), x.stride(), x.element_size(), x.nbytes, x.device.type) == (
        6,
        (3, 1),
        4,
        24,
        "cpu",
    )
    assert (x.is_leaf, x.requires_grad, x.grad, x.grad_fn, x.is_cuda) == (True, False, None, None, False)
    assert x.T.shape == x.mT.shape == x.t().shape == (3, 2)
    with pytest.raises(IndexError, match=r"expected to be in range of \[-2, 1\], but got 2"):
        x.size(2)


def test_out_to_python() -> None:
    x = gradloom.tensor(ROWS)
    assert x.tolist() == ROWS
    assert [row.tolist() for row in x] == ROWS
    assert (x[0, 1].item(), float(x[0, 1]), int(x[0, 1]), bool(x[0, 1])) == (2.0, 2.0, 2, True)
    assert [10, 20, 30][gradloom.tensor(1)] == 20
    assert f"{x.mean():.3f} {gradloom.tensor(7):>3d}" == "3.500   7"
    assert 5.0 in x
    assert np.asarray(x).shape == (2, 3)
    with pytest.raises(RuntimeError, match="a Tensor with 6 elements cannot be converted to Scalar"):
        x.item()
    with pytest.raises(RuntimeError, match="Boolean value of Tensor with more than one value is ambiguous"):
        bool(x)
    with pytest.raises(TypeError, match="len\\(\\) of a 0-d tensor"):
        len(gradloom.tensor(1.0))
    with pytest.raises(RuntimeError, match=r"Use tensor.detach\(\).numpy\(\) instead"):
        gradloom.ones(1, requires_grad=True).numpy()


def test_numbers_and_arrays_on_either_side() -> None:
    x = gradloom.tensor([1.0, 2.0])
    assert (2 - x).tolist() == [1.0, 0.0]
    assert (2 / x).tolist() == [2.0, 1.0]
    assert (2**x).tolist() == [2.0, 4.0]
    assert (np.ones(2) + x).tolist() == (x + np.ones(2)).tolist() == [2.0, 3.0]
    assert isinstance(np.ones(2) * x, gradloom.Tensor)
    assert (-x).abs().tolist() == [1.0, 2.0]
    assert ((x > 1) & ~(x == 3)).tolist() == [False, True]
    with pytest.raises(TypeError):
        x + "a"


def test_only_floating_point_can_require_gradients() -> None:
    with pytest.raises(
        RuntimeError, match=r"[Oo]nly Tensors of floating point and complex dtype can require gradients"
    ):
        gradloom.ones(2, dtype=gradloom.int64, requires_grad=True)
    x = gradloom.ones(2, requires_grad=True) * 2
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf variables"):
        x.requires_grad = False


def test_it_takes_attributes_along() -> None:
    x = gradloom.ones(2, requires_grad=True)
    x.label = ["weights"]
    copied = copy.deepcopy(x)
    assert copied.label == ["weights"]
    assert copied.label is not x.label


def test_copies() -> None:
    x = gradloom.ones(2, requires_grad=True)
    x.grad = gradloom.ones(2)
    for other in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        other.data.fill_(5.0)
        assert (x.tolist(), other.requires_grad) == ([1.0, 1.0], True)
    with pytest.raises(RuntimeError, match="graph leaves"):
        copy.deepcopy(x * 2)
    assert x.detach().requires_grad is False
    assert x.data.data_ptr() == x.detach().data_ptr() == x.data_ptr() != x.clone().data_ptr()


ERRORS: list[tuple[Any, type[Exception], str]] = [
    (
        lambda t: t.ones(64, 784) @ t.ones(128, 10),
        RuntimeError,
        r"mat1 and mat2 shapes cannot be multiplied \(64x784 and 128x10\)",
    ),
    (
        lambda t: t.ones(2, 3) + t.ones(2, 4),
        RuntimeError,
        r"The size of tensor a \(3\) must match the size of tensor b \(4\) at non-singleton dimension 1",
    ),
    (lambda t: t.ones(2, 3).view(4), RuntimeError, r"shape '\[4\]' is invalid for input of size 6"),
    (
        lambda t: t.ones(2, 3).t().view(6),
        RuntimeError,
        "view size is not compatible with input tensor's size and stride",
    ),
    (
        lambda t: t.ones(2, 3).sum(2),
        IndexError,
        r"Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)",
    ),
    (
        lambda t: t.cat([t.ones(2, 3), t.ones(2, 4)]),
        RuntimeError,
        "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 4 for tensor "
        "number 1 in the list.",
    ),
    (
        lambda t: t.stack([t.ones(2), t.ones(3)]),
        RuntimeError,
        r"stack expects each tensor to be equal size, but got \[2\] at entry 0 and \[3\] at entry 1",
    ),
    (
        lambda t: t.ones(2, 3).expand(2, 4),
        RuntimeError,
        r"The expanded size of the tensor \(4\) must match the existing size \(3\)",
    ),
    (lambda t: t.ones(3).index_select(0, t.tensor([5])), IndexError, "index out of range in self"),
    (lambda t: t.ones(2, dtype=t.int64).mean(), RuntimeError, r"mean\(\): could not infer output dtype"),
    (lambda t: t.zeros(2, -1), RuntimeError, "Dimension size must be non-negative"),
    (lambda t: t.ones(2, 3).topk(7), RuntimeError, "selected index k out of range"),
    (
        lambda t: t.ones(5).split([2, 2]),
        RuntimeError,
        "split_with_sizes expects split_sizes to sum exactly to 5",
    ),
    (
        lambda t: t.nn.Linear(2, 2)(None),
        TypeError,
        r"linear\(\): argument 'input' \(position 1\) must be Tensor, not NoneType",
    ),
    *(
        (act, RuntimeError, sentence)
        for act, sentence in [
            (lambda t: t.ones(2, 2).double() @ t.ones(2, 2), "same dtype, but got: double != float"),
            (lambda t: t.ones(2).long() @ t.ones(2), "same dtype, but found Long and Float"),
            (lambda t: t.ones(2, 2) @ t.ones(2).half(), "same dtype, but got Half, Float, and Half"),
            (lambda t: t.ones(1, 2, 2) @ t.ones(1, 2, 2).int(), "expected scalar type Float but found Int"),
            (lambda t: t.nn.Linear(2, 2)(t.ones(1, 2).double()), "dtype, but got Double and Float"),
            (lambda t: t.nn.Linear(2, 2, bias=False)(t.ones(1, 2).long()), "but got: long int != float"),
            (
                lambda t: t.einsum("ij,jk", t.ones(2, 3), t.ones(4, 5)),
                "subscript j has size 4 for operand 1 which does not broadcast with previously seen size 3",
            ),
            (
                lambda t: t.einsum("ij->ik", t.ones(2, 3)),
                r"einsum\(\): output subscript k does not appear in the equation for any input operand",
            ),
            (
                lambda t: t.autograd.grad(t.ones(1), t.ones(1)),
                "element 0 of tensors does not require grad and does not have a grad_fn",
            ),
            (lambda t: t.ones(2, 3) @ t.ones(2), r"size mismatch, got input \(2\), mat \(2x3\), vec \(2\)"),
        ]
    ),
    (lambda t: t.tensor([[1, 2], [3]]), ValueError, r"expected sequence of length 2 at dim 1 \(got 1\)"),
    (lambda t: t.tensor([[[1], [2, 3]]]), ValueError, r"expected sequence of length 1 at dim 2 \(got 2\)"),
    (lambda t: t.tensor(["a"]), ValueError, "too many dimensions 'str'"),
    (lambda t: t.tensor([1, None]), RuntimeError, "Could not infer dtype of NoneType"),
    (
        lambda t: t.tensor([1], requires_grad=True),
        RuntimeError,
        "Only Tensors of floating point and complex dtype can require gradients",
    ),
]


@pytest.mark.parametrize(("act", "error", "sentence"), ERRORS, ids=[case[2][:24] for case in ERRORS])
def test_errors_name_the_shapes(act: Any, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        act(gradloom)


@pytest.mark.oracle
@pytest.mark.parametrize(("act", "error", "sentence"), ERRORS, ids=[case[2][:24] for case in ERRORS])
def test_errors_are_in_pytorchs_words(act: Any, error: type[Exception], sentence: str) -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(error, match=sentence):
        act(torch)


CREATIONS: list[Any] = [
    lambda t: t.arange(5),
    lambda t: t.arange(1, 2, 0.25),
    lambda t: t.arange(5, 0, -2),
    lambda t: t.arange(1.0, 4.0),
    lambda t: t.linspace(0, 1, 7),
    lambda t: t.eye(3),
    lambda t: t.eye(2, 3),
    lambda t: t.full((2, 2), 7),
    lambda t: t.full((2,), 1.5),
    lambda t: t.full((2,), True),
    lambda t: t.zeros(2, 3),
    lambda t: t.ones((2, 3)),
    lambda t: t.tensor([[1, 2], [3, 4]]),
    lambda t: t.tensor([1, 2.5]),
    lambda t: t.tensor(True),
    lambda t: t.tensor([]),
    lambda t: t.tensor(np.float64(1.5)),
    lambda t: t.tensor(np.arange(3, dtype=np.int16)),
    lambda t: t.tensor([t.tensor(1.0), t.tensor(2.0)]),
    lambda t: t.as_tensor([1.0]),
    lambda t: t.FloatTensor([1, 2]),
    lambda t: t.LongTensor([1, 2]),
    lambda t: t.zeros_like(t.ones(2, dtype=t.int32)),
    lambda t: t.ones_like(t.zeros(2, 2)),
    lambda t: t.zeros(size=(2, 3)),
    lambda t: t.ones(1, dtype=t.float64).new_zeros(2, 3),
    lambda t: t.ones(1).new_full((2,), 7),
    lambda t: t.ones(1, dtype=t.int64).new_tensor([1.0]),
    lambda t: t.ones(1).new_ones((2, 2)),
    lambda t: t.full_like(t.ones(2), 3),
    lambda t: t.Tensor([1, 2]),
    lambda t: t.tensor((1, 2), dtype=t.float64),
    lambda t: t.tensor([np.float64(3), 1.0]),
    lambda t: t.tensor([np.int32(3)]),
    lambda t: t.tensor([True, 1, 2.5]),
    lambda t: t.tensor([1, 1j]),
    lambda t: t.tensor([[], []]),
    lambda t: t.tensor([t.tensor(1), t.tensor(2.5, dtype=t.float64)]),
    lambda t: t.tensor(-1, dtype=t.uint8),
    lambda t: t.asarray([1, 2.0]),
    lambda t: t.asarray(np.zeros(2), dtype=t.float32),
    lambda t: t.frombuffer(bytearray(b"abcdef"), dtype=t.int16, offset=2),
    lambda t: t.logspace(0, 2, 5),
    lambda t: t.logspace(0, 5, 4, base=2, dtype=t.int64),
    lambda t: t.linspace(4.3, -3, 50, dtype=t.int32),
    lambda t: t.linspace(0, 1j, 3),
    lambda t: t.arange(1, 4, 0.5, dtype=t.int32),
    lambda t: t.arange(end=4),
    lambda t: t.scalar_tensor(3),
    lambda t: t.tril_indices(3, 4, -1),
    lambda t: t.triu_indices(3, 4, 1, dtype=t.int32),
    lambda t: t.vander(t.tensor([1.0, 2.0, 3.0]), 4),
    lambda t: t.zeros(2, layout=t.strided, pin_memory=False, device="cpu"),
    lambda t: t.ones(2, out=t.empty(2)),
    lambda t: t.full_like(t.zeros(2, dtype=t.int32), 1.7),
    lambda t: t.ones(2).new([1, 2]),
    lambda t: t.tensor([np.float64(1.5), 2]),
    lambda t: t.tensor([np.float16(1.5), 2.5]),
    lambda t: t.tensor([[1, 2], [np.float32(1.5), 1]]),
    lambda t: t.tensor([t.tensor(1.0, dtype=t.float64), 2.0]),
    lambda t: t.tensor([range(2), range(2)]),
    lambda t: t.tensor([[], []]),
    lambda t: t.tensor([1e300]),
    lambda t: t.tensor([1], dtype=t.uint8) + 300,
]


@pytest.mark.oracle
@pytest.mark.parametrize("make", CREATIONS)
def test_new_tensors_are_pytorchs(make: Any) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = make(gradloom), make(torch)
    assert repr(ours.dtype).split(".")[-1] == repr(theirs.dtype).split(".")[-1]
    assert tuple(ours.shape) == tuple(theirs.shape)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)


@pytest.mark.parametrize(
    ("data", "dtype", "error", "sentence"),
    [
        ([[1], [1, 2]], None, ValueError, r"expected sequence of length 1 at dim 1 \(got 2\)"),
        ([[1, 2], 3], None, TypeError, "not a sequence"),
        ("a", None, TypeError, r"new\(\): invalid data type 'str'"),
        (["a"], None, ValueError, "too many dimensions 'str'"),
        ([None], None, RuntimeError, "Could not infer dtype of NoneType"),
        ([2**64], None, ValueError, "Overflow when unpacking long long"),
        (300, "uint8", RuntimeError, "value cannot be converted to type uint8 without overflow"),
        (float("nan"), "int32", RuntimeError, "value cannot be converted to type int32 without overflow"),
        (1j, "float32", TypeError, "must be real number, not complex"),
    ],
)
def test_data_that_is_none(data: Any, dtype: str | None, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        gradloom.tensor(data, dtype=getattr(gradloom, dtype) if dtype else None)


@pytest.mark.parametrize(
    ("value", "dtype", "error", "kind"),
    [
        (2**63, None, RuntimeError, "int64_t"),
        (2**64, None, OverflowError, None),
        (float("nan"), "int64", RuntimeError, "int64_t"),
        (-1.5, "uint8", RuntimeError, "uint8_t"),
        (1 + 2j, "int32", RuntimeError, "int"),
        (1e40, "float32", RuntimeError, "float"),
    ],
)
def test_a_number_that_fits_nowhere(
    value: Any, dtype: str | None, error: type[Exception], kind: str | None
) -> None:
    sentence = (
        f"value cannot be converted to type {kind} without overflow" if kind else "int too big to convert"
    )
    with pytest.raises(error, match=sentence):
        gradloom.full((2,), value, dtype=getattr(gradloom, dtype) if dtype else None)


def test_numbers_that_just_fit() -> None:
    assert gradloom.full((2,), 2**63 - 1).tolist() == [2**63 - 1] * 2
    assert gradloom.full((2,), -1, dtype=gradloom.uint8).tolist() == [255] * 2
    assert gradloom.full((2,), float("inf")).tolist() == [float("inf")] * 2


def test_memory_is_exchanged_with_numpy() -> None:
    array = np.arange(3.0)
    shared = gradloom.from_dlpack(array)
    array[0] = 5.0
    assert shared[0] == 5.0
    np.from_dlpack(shared)[1] = 7.0
    assert array[1] == 7.0
    assert gradloom.asarray(array).data_ptr() == shared.data_ptr()
    assert gradloom.asarray(array, copy=True).data_ptr() != shared.data_ptr()
    with pytest.raises(BufferError, match=r"use tensor.detach"):
        gradloom.ones(2, requires_grad=True).__dlpack__()
    with pytest.raises(ValueError, match="negative"):
        gradloom.from_numpy(array[::-1])
    with pytest.raises(ValueError, match="byte order different from the native"):
        gradloom.from_numpy(np.ones(2, ">f4"))
    with pytest.raises(ValueError, match="strides not a multiple of the element byte size"):
        gradloom.from_numpy(np.zeros(2, [("number", np.float32), ("flag", np.bool_)])["number"])


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_arrays_with_ways_of_their_own_lose_them() -> None:
    array = np.arange(4.0).reshape(2, 2)
    for own in (np.asmatrix(array), np.ma.masked_greater(array, 2.0)):
        tensor = gradloom.from_numpy(own)
        assert (tensor * tensor).tolist() == [[0.0, 1.0], [4.0, 9.0]]
        assert np.shares_memory(tensor.numpy(), own)


def test_numpys_functions_give_tensors() -> None:
    one, array = gradloom.ones(3, dtype=gradloom.float64), np.arange(3.0)
    for made in (np.add(array, one), array * one, one * array, np.sqrt(one)):
        assert isinstance(made, gradloom.Tensor)
        assert made.dtype is gradloom.float64


@pytest.mark.oracle
def test_places_in_memory_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    told = []
    for engine in (gradloom, torch):
        x = engine.arange(24.0).reshape(2, 3, 4)
        part = x[1, :, 1:]
        laid = engine.zeros(2, 3, 4, 5).contiguous(memory_format=engine.channels_last)
        told.append(
            [
                part.storage_offset(),
                part.stride(),
                part.untyped_storage().nbytes(),
                part.untyped_storage().data_ptr() == x.data_ptr(),
                part._is_view(),
                part._base is x or part._base.shape,
                laid.stride(),
                laid.is_contiguous(),
                laid.is_contiguous(memory_format=engine.channels_last),
                x.mT.is_contiguous(),
                x.clone().transpose_(0, 2).stride(),
                x.clone().as_strided_((2, 2), (1, 5), 3).tolist(),
                engine.ones(3, 3).fill_diagonal_(7).tolist(),
                list(x.shape[1:] + x.shape[:1]),
                type(x.shape[1:]).__name__,
            ]
        )
    assert told[0] == told[1]
