"""Single operations, forward and backward, at three sizes."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from benchmarks.side_by_side.workload import Cost, Step, Workload

_FLOAT = 4
Shapes = tuple[tuple[int, ...], ...]


class Operation(NamedTuple):
    """A call of the library on tensors of the first shapes that follow.

    Attributes:
        call: takes the library and the tensors.
        sizes: for each size the tensors' shapes.
        products: multiply-adds of the forward, given the shapes; the backward needs twice as many.
    """

    call: Callable[..., Any]
    sizes: list[Shapes]
    products: Callable[[Shapes], float] = lambda shapes: 0


_PAIRS: list[Shapes] = [((32, 32),) * 2, ((256, 256),) * 2, ((2048, 1024),) * 2]
_MATRICES: list[Shapes] = [((32, 64),), ((256, 512),), ((2048, 1024),)]
_NORMED: list[Shapes] = [(first, (first[-1],), (first[-1],)) for (first,) in _MATRICES]
_IMAGES: list[Shapes] = [((8, 16, 8, 8),), ((32, 32, 16, 16),), ((64, 64, 32, 32),)]


def _conv2d_products(shapes: Shapes) -> float:
    (n, _, h, w), weight, _ = shapes
    return n * h * w * math.prod(weight)


def _attention_products(shapes: Shapes) -> float:
    return 2 * math.prod(shapes[0]) * shapes[0][-2]


def _attention(torch: Any, q: Any, k: Any, v: Any) -> Any:
    return torch.nn.functional.scaled_dot_product_attention(q, k, v)


OPERATIONS = {
    "add": Operation(lambda torch, a, b: a + b, _PAIRS),
    "mul": Operation(lambda torch, a, b: a * b, _PAIRS),
    "matmul": Operation(
        lambda torch, a, b: a @ b, [((n, n), (n, n)) for n in (32, 256, 1024)], lambda s: s[0][0] ** 3
    ),
    "linear": Operation(
        lambda torch, x, w, b: torch.nn.functional.linear(x, w, b),
        [((32, 32), (32, 32), (32,)), ((64, 784), (128, 784), (128,)), ((1024, 1024), (1024, 1024), (1024,))],
        lambda s: math.prod(s[0]) * s[1][0],
    ),
    "conv2d": Operation(
        lambda torch, x, w, b: torch.nn.functional.conv2d(x, w, b, padding=1),
        [
            ((8, 3, 16, 16), (16, 3, 3, 3), (16,)),
            ((32, 16, 16, 16), (32, 16, 3, 3), (32,)),
            ((64, 32, 32, 32), (64, 32, 3, 3), (64,)),
        ],
        _conv2d_products,
    ),
    "max_pool2d": Operation(lambda torch, x: torch.nn.functional.max_pool2d(x, 2), _IMAGES),
    "batch_norm": Operation(
        lambda torch, x, w, b: torch.nn.functional.batch_norm(x, None, None, w, b, training=True),
        [(x, (x[1],), (x[1],)) for (x,) in _IMAGES],
    ),
    "layer_norm": Operation(lambda torch, x, w, b: torch.nn.functional.layer_norm(x, w.shape, w, b), _NORMED),
    "softmax": Operation(lambda torch, x: torch.softmax(x, -1), _MATRICES),
    "cross_entropy": Operation(
        lambda torch, x, y: torch.nn.functional.cross_entropy(x, y),
        [((n, c), ("classes", n, c)) for n, c in ((32, 10), (256, 100), (2048, 1000))],  # type: ignore[misc]
    ),
    "gelu": Operation(lambda torch, x: torch.nn.functional.gelu(x), _MATRICES),
    "embedding": Operation(
        lambda torch, w, i: torch.nn.functional.embedding(i, w),
        [((rows, 128), ("classes", n, rows)) for n, rows in ((64, 65), (1024, 1000), (8192, 10000))],  # type: ignore[misc]
    ),
    "attention": Operation(
        _attention,
        [((b, h, t, 32),) * 3 for b, h, t in ((2, 2, 16), (16, 4, 64), (8, 8, 256))],
        _attention_products,
    ),
    "dropout": Operation(lambda torch, x: torch.nn.functional.dropout(x, 0.5), _MATRICES),
    "sum": Operation(lambda torch, x: x.sum(), _MATRICES),
    "transpose + copy": Operation(lambda torch, x: x.t().contiguous(), _MATRICES),
    "indexing": Operation(lambda torch, x: x[1:-1, ::2], _MATRICES),
}


def _inputs(torch: Any, shapes: Any) -> list[Any]:
    torch.manual_seed(0)
    made = []
    for shape in shapes:
        if shape[0] == "classes":
            made.append(torch.randint(0, shape[2], shape[1:2]))
        else:
            made.append(torch.randn(*shape).requires_grad_())
    return made


def _step(operation: Operation, shapes: Any, torch: Any) -> Step:
    inputs = _inputs(torch, shapes)
    leaves = [each for each in inputs if each.requires_grad]
    grad = torch.ones_like(operation.call(torch, *inputs))

    def step() -> None:
        operation.call(torch, *inputs).backward(grad)
        for leaf in leaves:
            leaf.grad = None

    return step


def _cost(operation: Operation, shapes: Any, torch: Any) -> Cost:
    """Products both ways; inputs read, their gradients written, the result written, its gradient read."""
    inputs = _inputs(torch, shapes)
    moved = 2 * sum(each.numel() for each in inputs) + 2 * operation.call(torch, *inputs).numel()
    products = 0 if any(shape[0] == "classes" for shape in shapes) else operation.products(shapes)
    return Cost(6 * products, _FLOAT * moved)


def operation_workloads() -> list[Workload]:
    """Every operation at every size."""
    return [
        Workload(
            f"{name}, {size}", partial(_step, operation, shapes), None, partial(_cost, operation, shapes)
        )
        for name, operation in OPERATIONS.items()
        for size, shapes in zip(("small", "medium", "large"), operation.sizes, strict=True)
    ]
