"""What views see, as copies: each function as the view without `_copy` in its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradloom.ops.copying import clone
from gradloom.ops.elementwise.complex import view_as_complex, view_as_real
from gradloom.ops.movement import slicing, strides, views
from gradloom.ops.movement.diagonals import diagonal
from gradloom.ops.op import Value, composite
from gradloom.ops.sample import Sample, complexes, floats, sample
from gradloom.ops.shapes import one_dim


def slice_of(
    input: Value, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Value:
    """The slices `start`, `start + step`, ... below `end` of `dim`."""
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    part = slice(start, end, step)
    return slicing.basic_index(input, slicing.along(one_dim(dim, input.ndim), part))


def alias(input: Value) -> Value:
    """The same memory."""
    return views.view(input, tuple(input.shape))


def _copying(
    name: str, view: Callable[..., Any], *samples: Sample, method: bool = False
) -> Callable[..., Any]:
    """The composite called `name` that copies what `view` gives."""

    def copying(input: Value, *args: Any, **kwargs: Any) -> Value:
        seen = view(input, *args, **kwargs)
        return tuple([clone(each) for each in seen]) if isinstance(seen, tuple) else clone(seen)

    copying.__name__ = name
    copying.__doc__ = f"`{name.removesuffix('_copy')}`, as a copy."
    return composite(samples=samples, method=method)(copying)


def _viewed(input: Value, size: Any) -> Value:
    return input.view(size)


alias_copy = _copying("alias_copy", alias, sample(floats(2, 3)))
as_strided_copy = _copying("as_strided_copy", strides.as_strided, sample(floats(3, 4), (2, 2), (1, 4), 1))
diagonal_copy = _copying("diagonal_copy", diagonal, sample(floats(3, 4)))
expand_copy = _copying("expand_copy", views.expand, sample(floats(3, 1), (3, 4)))
narrow_copy = _copying("narrow_copy", slicing.narrow, sample(floats(3, 6), 1, 2, 3), method=True)
permute_copy = _copying("permute_copy", views.permute, sample(floats(2, 3), (1, 0)))
select_copy = _copying("select_copy", slicing.select, sample(floats(3, 4), 1, 2))
slice_copy = _copying("slice_copy", slice_of, sample(floats(5, 2), 0, 1, 4, 2))
split_copy = _copying("split_copy", slicing.split, sample(floats(5, 2), 2))
split_with_sizes_copy = _copying(
    "split_with_sizes_copy", slicing.split_with_sizes, sample(floats(2, 5), [1, 4], 1)
)
squeeze_copy = _copying("squeeze_copy", views.squeeze, sample(floats(2, 1, 3)))
t_copy = _copying("t_copy", views.t, sample(floats(2, 3)))
transpose_copy = _copying("transpose_copy", views.transpose, sample(floats(2, 3), 0, 1))
unbind_copy = _copying("unbind_copy", slicing.unbind, sample(floats(3, 2)))
unfold_copy = _copying("unfold_copy", strides.windows, sample(floats(7), 0, 3, 2))
unsqueeze_copy = _copying("unsqueeze_copy", views.unsqueeze, sample(floats(2, 3), 1))
view_copy = _copying("view_copy", _viewed, sample(floats(2, 6), (3, 4)))
view_as_real_copy = _copying("view_as_real_copy", view_as_real, sample(complexes(2, 3)))
view_as_complex_copy = _copying("view_as_complex_copy", view_as_complex, sample(floats(3, 2)))
