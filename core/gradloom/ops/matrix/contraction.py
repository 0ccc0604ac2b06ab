"""einsum: products of several tensors, summed over the letters that the result does not name."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.movement.diagonals import diagonal
from gradloom.ops.movement.views import expand, reshape
from gradloom.ops.op import Value, Values, composite, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape


@op(
    samples=[
        sample([floats(2, 3), floats(3, 4)], ("ab", "bc"), "ac"),
        sample([floats(2, 3)], ("ab",), "b"),
        sample([floats(2, 3), floats(3), floats(2, 4)], ("ab", "b", "ac"), "c"),
    ],
    method=False,
)
def contract(tensors: Values, letters: tuple[str, ...], result: str) -> Value:
    """The sum of products that einsum means; each tensor's letters are distinct."""
    if tensors[0].dtype.kind in "iu" and _sums_alone(letters, result):
        tensors = [each.astype(np.int64) for each in tensors]  # as a sum of integers is
    order = _product_order(letters, result)
    made = np.einsum(f"{','.join(letters)}->{order}", *tensors, optimize=len(tensors) > 1)
    if not result:
        return made
    return np.ascontiguousarray(made).transpose([order.index(letter) for letter in result])


def _product_order(letters: tuple[str, ...], result: str) -> str:
    """The order in memory: that of PyTorch's batched product of the last tensor and all before it.

    What both have comes first, then what the left side has alone, then the right side.
    """
    if len(letters) == 1:
        return result
    left, right = "".join(letters[:-1]), letters[-1]
    both = [letter for letter in result if letter in left and letter in right]
    return "".join(
        [
            *both,
            *(each for each in result if each not in right),
            *(each for each in result if each not in left),
        ]
    )


def _sums_alone(letters: tuple[str, ...], result: str) -> bool:
    """Whether a letter is summed over in one tensor before it meets any other."""
    every = "".join(letters)
    return any(every.count(letter) == 1 and letter not in result for letter in every)


@contract.gradient("tensors")
def _(grad: Value, tensors: Values, letters: tuple[str, ...], result: str) -> list[Value]:
    gradients = []
    for place, own in enumerate(letters):
        others = [conjugate(each) for at, each in enumerate(tensors) if at != place]
        sources = (result, *(each for at, each in enumerate(letters) if at != place))
        known = "".join(letter for letter in own if any(letter in source for source in sources))
        part = contract([grad, *others], sources, known)
        gradients.append(_spread(part, known, own, tuple(tensors[place].shape)))
    return gradients


def _spread(part: Value, known: str, own: str, shape: Shape) -> Value:
    """`part` repeated along the letters that only this tensor had, or where it alone is larger than 1."""
    if known == own and tuple(part.shape) == shape:
        return part
    given = iter(part.shape)
    sizes = tuple(next(given) if letter in known else 1 for letter in own)
    wide = tuple(whole if size == 1 else size for size, whole in zip(sizes, shape, strict=True))
    return expand(reshape(part, sizes), wide)


@composite(
    samples=[
        sample("ij,jk->ik", floats(2, 3), floats(3, 4)),
        sample("bij,bjk->bik", floats(2, 2, 3), floats(2, 3, 2)),
        sample("ii->i", floats(3, 3)),
        sample("...i,i->...", floats(2, 2, 3), floats(3)),
        sample("ij,kj", floats(2, 3), floats(4, 3)),
    ],
    method=False,
)
def einsum(equation: str, *operands: Any) -> Value:
    """Einstein's sum: letters name dims, letters missing on the right are summed over.

    RuntimeError if the equation does not fit the operands.

        >>> gradloom.einsum("bij,bjk->bik", a, b)
    """
    given = tuple(operands[0]) if len(operands) == 1 and isinstance(operands[0], (tuple, list)) else operands
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(given):
        raise RuntimeError(f"einsum(): {len(terms)} subscripts but {len(given)} operands were given")
    spare = "".join(letter for letter in string.ascii_letters if letter not in equation)
    hidden = max(
        (each.ndim - len(term) + 3 for term, each in zip(terms, given, strict=True) if "..." in term),
        default=0,
    )
    batch = spare[:hidden]
    written = [_written(term, each.ndim, batch) for term, each in zip(terms, given, strict=True)]
    target = right.replace("...", batch) if arrow else batch + _once("".join(terms).replace(".", ""))
    _check_letters(written, given, target)
    pairs = [_without_repeats(each, term) for each, term in zip(given, written, strict=True)]
    return contract([each for each, _ in pairs], tuple(term for _, term in pairs), target)


def _written(term: str, ndim: int, batch: str) -> str:
    """`term` with a letter for each dim that `...` stands for, the last ones first."""
    hidden = ndim - len(term.replace("...", ""))
    if hidden < 0 or (hidden and "..." not in term):
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({len(term)}) does not match the number of "
            f"dimensions ({ndim})"
        )
    return term.replace("...", batch[len(batch) - hidden :])


def _check_letters(terms: list[str], operands: Values, target: str) -> None:
    """RuntimeError if a letter stands for several sizes, or the result names one that no operand has."""
    sizes: dict[str, int] = {}
    for place, (term, operand) in enumerate(zip(terms, operands, strict=True)):
        for letter, size in zip(term, operand.shape, strict=True):
            seen = sizes.get(letter, 1)
            if size != seen and 1 not in (size, seen):
                raise RuntimeError(
                    f"einsum(): subscript {letter} has size {size} for operand {place} which does not "
                    f"broadcast with previously seen size {seen}"
                )
            sizes[letter] = size if seen == 1 else seen
    for letter in target:
        if letter not in sizes:
            raise RuntimeError(
                f"einsum(): output subscript {letter} does not appear in the equation for any input operand"
            )


def _once(letters: str) -> str:
    """The letters that occur once, in alphabetical order."""
    return "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))


def _without_repeats(tensor: Value, term: str) -> tuple[Value, str]:
    """The diagonal wherever a letter occurs twice."""
    for letter in term:
        while term.count(letter) > 1:
            first = term.index(letter)
            second = term.index(letter, first + 1)
            tensor = diagonal(tensor, 0, first, second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
    return tensor, term


@composite(
    samples=[sample(floats(2, 3), floats(3, 2), 1), sample(floats(2, 3, 4), floats(3, 4, 2), 2)], method=False
)
def tensordot(a: Value, b: Value, dims: Any = 2) -> Value:
    """The sum over the last `dims` dims of `a` and the first of `b`, or over two lists of dims."""
    if isinstance(dims, int):
        lists = [list(range(a.ndim - dims, a.ndim)), list(range(dims))]
    else:
        lists = [list(each) for each in dims]
    first = string.ascii_lowercase[: a.ndim]
    second = list(string.ascii_uppercase[: b.ndim])
    for here, there in zip(*lists, strict=True):
        second[there] = first[here]
    shared = {first[here] for here in lists[0]}
    result = "".join(letter for letter in (*first, *second) if letter not in shared)
    return contract([a, b], (first, "".join(second)), result)
