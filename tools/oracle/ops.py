"""Every op record of PyTorch's own test suite, run in both engines."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo.core import OpInfo

import gradloom
from oracle.steady import steady
from oracle.twins import CHANGES, Differs, Twins, by_name, changed, compare, every_nth, flat, name_of, rebound
from oracle.verdict import Verdict

OUTSIDE = ("sparse.", "masked.", "jiterator_", "signal.windows.", "torch.", "_")
"""How the names of records begin that no user's script calls, or whose room is set aside."""

VALUES_ARE_CHANCE = {
    "empty",
    "empty_like",
    "empty_permuted",
    "empty_strided",
    "new_empty",
    "new_empty_strided",
}
ENDS_PYTORCH = {"nn.functional.grid_sample", "grid_sampler_2d", "grid_sampler_3d"}
"""Records whose gradients read outside their memory in PyTorch where a value is no number."""

FACTORIZATIONS = (
    "linalg.cholesky", "linalg.eig", "linalg.householder_product", "linalg.inv_ex", "linalg.lstsq",
    "linalg.lu", "linalg.matrix_power", "linalg.pinv", "linalg.qr", "linalg.slogdet",
    "linalg.solve_ex", "linalg.svd", "cholesky", "geqrf", "lu", "ormqr", "pinverse", "qr", "svd",
)  # fmt: skip
"""How the names of records begin for which a singular matrix gives what the LAPACK at hand leaves."""
MEMORY_ITSELF = (
    "as_strided", "resize_", "new_empty_strided", "view_as_complex", "rand_like", "randn_like",
)  # fmt: skip
"""How the names of records begin whose results depend on the gaps in memory."""
TIES_ARE_CHANCE = ("sort", "argsort", "topk", "kthvalue", "mode", "msort")
"""Of equal elements these name any one, and PyTorch's choice depends on the length."""
_POLES = "PyTorch's second derivative of the gamma function is finite at its poles"
_DIGITS = "PyTorch is wrong from the seventh digit on"
_DEGREES = "PyTorch computes in single precision, which overflows, and gives 0 where the degree is unknown"
_ALONE = "PyTorch's gradient is noise where a single value is normalized by itself"
_COARSE = "PyTorch rounds coordinates to half precision before it looks up what stands there"
_INFINITE = "the mean of infinities of both signs, which PyTorch adds up in another order"
_UNORDERED = "where values are nan, which equal nothing, not even themselves"
EXPECTED: dict[str, str] = {
    "nn.functional.layer_norm": _ALONE,
    "native_layer_norm": _ALONE,
    "nn.functional.ctc_loss": "PyTorch sums over alignments in single precision",
    "max_pool2d_with_indices_backward": "a step of PyTorch's own, under a name that no script calls",
    "nn.functional.grid_sample": _COARSE,
    "grid_sampler_2d": _COARSE,
    "digamma": _POLES,
    "special.polygamma.special_polygamma_n_0": _POLES,
    **{f"polygamma.polygamma_n_{n}": _POLES for n in range(5)},
    **{f"special.bessel_{name}": _DIGITS for name in ("j0", "j1", "y1")},
    **{f"special.chebyshev_polynomial_{kind}": _DEGREES for kind in "tuvw"},
    **{f"special.shifted_chebyshev_polynomial_{kind}": _DEGREES for kind in "tuvw"},
    "special.hermite_polynomial_h": _DEGREES,
    "special.hermite_polynomial_he": _DEGREES,
    "special.laguerre_polynomial_l": _DEGREES,
    "special.legendre_polynomial_p": _DEGREES,
    "special.zeta": "PyTorch gives nan where an infinite argument leaves nothing of the sum",
    "special.log_ndtr": "PyTorch's gradient is off by a percent in single precision, and nan at -inf",
    "special.i1": "PyTorch's gradient at nan is a number",
    "special.i1e": "PyTorch's gradient at nan is a number",
    "ldexp": "the sum of a gradient's infinities overflows in another order",
    "renorm": "a gradient of infinities, which cancel in another order",
    "cumprod": "the gradient of a product of infinities, which cancel in another order",
    "__rdiv__": "the gradient of a quotient by zero, whose infinities cancel in another order",
    "linalg.vander": "the gradient of powers of infinity, which cancel in another order",
    "linalg.norm.subgradients_at_zero": "the second derivative at zero, where there is no first one",
    "linalg.matrix_rank": "a singular matrix, whose rank hangs on the last bits of its singular values",
    "matrix_exp": "a result beyond the largest number is infinite, and nan in PyTorch",
    "as_strided_scatter": "PyTorch's gradient of what is written over is not zero",
    "cdist": "of order 0, a difference that is nan counts as one, and as nan in PyTorch",
    "var_mean": _INFINITE,
    "std_mean": _INFINITE,
    "mode": _UNORDERED,
    "unique": _UNORDERED,
    "histc": "PyTorch finds the bin in bfloat16, and so at times the next one",
    "to_sparse": "there are no sparse tensors",
    "hash_tensor": "there is no hash of a tensor",
    **{f"linalg.ldl_{name}": "there is no LDL factorization" for name in ("factor", "factor_ex", "solve")},
    "stft": "an infinite element of a frame spreads by the way that its transform is computed",
}
"""Records that are not as PyTorch has them, each with the reason."""
IN_ORDER = ("searchsorted", "bucketize")
"""Of values that are not in order these give anything."""
DTYPES = (
    torch.float64,
    torch.float32,
    torch.int32,
    torch.int64,
    torch.bool,
    torch.complex128,
    torch.bfloat16,
)


def records() -> dict[str, OpInfo]:
    """The records by name, without those that are set aside."""
    found: dict[str, OpInfo] = {}
    for record in op_db:
        name = record.name + (f".{record.variant_test_name}" if record.variant_test_name else "")
        private = record.name.startswith(OUTSIDE) and not record.name.startswith("__")
        private = private or isinstance(record.op, torch._ops.OpOverload)
        if not private:
            found.setdefault(name, record)
    return found


def ours(record: OpInfo) -> Any:
    """Gradloom's callable for a record; AttributeError if there is none."""
    if getattr(record.op, "__module__", "").startswith("torch.testing"):
        return rebound(record.op)
    if "." not in record.name and not hasattr(gradloom, record.name):
        return (
            getattr(gradloom.Tensor, record.name)
            if hasattr(torch.Tensor, record.name)
            else by_name(record.op)
        )
    place: Any = gradloom
    for part in record.name.split("."):
        place = getattr(place, part)
    # torch.cfloat is a dtype, the record is about the method.
    return getattr(gradloom.Tensor, record.name) if isinstance(place, gradloom.dtype) else place


def judge(record: OpInfo, name: str, *, most: int = 8, deep: bool = True) -> Verdict:
    """Compare a record on at most `most` samples a dtype.

    Args:
        record: one of `records()`.
        name: its name in the verdict.
        most: how many samples of each dtype.
        deep: also second derivatives, errors, memory with gaps, and changed values.
    """
    verdict = Verdict(name)
    try:
        function = ours(record)
    except AttributeError as error:
        verdict.state, verdict.reasons["missing"] = "missing", str(error)
        return verdict
    supported = record.supported_dtypes("cpu")
    for dtype in DTYPES:
        if dtype in supported:
            _judge_dtype(record, function, dtype, most, deep, verdict)
    if deep:
        _judge_errors(record, function, verdict)
    if verdict.reasons.keys() - {"error"}:
        verdict.state = "expected" if name in EXPECTED else "differs"
    elif not verdict.checks:
        verdict.state = "untried"
    return verdict


def _judge_dtype(record: OpInfo, function: Any, dtype: Any, most: int, deep: bool, verdict: Verdict) -> None:
    grads = record.supports_autograd and dtype in record.supported_backward_dtypes("cpu")
    if dtype is torch.bfloat16:
        grads, most = False, min(most, 2)
    try:
        torch.manual_seed(1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            samples = every_nth(record.sample_inputs("cpu", dtype, requires_grad=grads), most)
    except Exception as error:  # noqa: BLE001 - a record that has no samples here says so in its own ways
        verdict.reasons.setdefault("samples", str(error))
        return
    for at, sample in enumerate(samples):
        _check(record, function, sample, f"{name_of(dtype)}", verdict, grads, second=deep and at < 2)
        if deep and at < 3 and dtype in (torch.float64, torch.float32):
            if not record.name.startswith(MEMORY_ITSELF):
                _check(record, function, sample, f"{name_of(dtype)} with gaps", verdict, grads, strided=True)
            for kind, change in ({} if record.name.startswith(FACTORIZATIONS) else CHANGES).items():
                if kind == "strange" and record.name in (*ENDS_PYTORCH, *IN_ORDER):
                    continue
                again = type(sample)(
                    changed(sample.input, change),
                    args=changed(sample.args, change),
                    kwargs=changed(sample.kwargs, change),
                    output_process_fn_grad=sample.output_process_fn_grad,
                )
                _check(record, function, again, f"{name_of(dtype)} {kind}", verdict, grads, slack=10.0)


def _check(
    record: OpInfo,
    function: Any,
    sample: Any,
    what: str,
    verdict: Verdict,
    grads: bool,
    *,
    second: bool = False,
    strided: bool = False,
    slack: float = 1.0,
) -> None:
    if what in verdict.reasons:
        return
    twins = Twins(strided)
    try:
        call = twins((sample.input, sample.args, sample.kwargs))
    except AttributeError as error:
        verdict.reasons.setdefault("missing", str(error))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.manual_seed(0)
            theirs = record.op(sample.input, *sample.args, **sample.kwargs)
            processed = sample.output_process_fn_grad(theirs)
        except Exception:  # noqa: BLE001 - what PyTorch refuses is no question to us
            return
        try:
            gradloom.manual_seed(0)
            mine = function(call[0], *call[1], **call[2])
            mine = _like(rebound(sample.output_process_fn_grad), mine, theirs, processed)
            chance = record.name in VALUES_ARE_CHANCE
            tied = record.name in TIES_ARE_CHANCE and _has_ties(sample)
            if tied:
                mine, processed, chance = _values_of(mine), _values_of(processed), record.name == "argsort"
            compare(mine, processed, "value", values=not chance, slack=slack)
            if grads and not tied:
                _compare_gradients(mine, processed, twins, second and record.supports_gradgrad, slack)
        except Exception as error:  # noqa: BLE001 - whatever it is, it differs
            if not steady(record.op, sample, grads, slack):
                return
            kind = "" if isinstance(error, Differs) else f"{type(error).__name__}: "
            verdict.reasons[what] = f"{kind}{error} | {_described(sample)}"[:400]
        verdict.checks += 1


def _has_ties(sample: Any) -> bool:
    return not sample.kwargs.get("stable") and len(torch.unique(sample.input)) < sample.input.numel()


def _values_of(result: Any) -> Any:
    return result[0] if isinstance(result, tuple) else result


def _like(process: Any, mine: Any, theirs: Any, processed: Any) -> Any:
    return mine if processed is theirs else process(mine)


def _described(sample: Any) -> str:
    def short(value: Any) -> str:
        if isinstance(value, torch.Tensor):
            return f"{name_of(value.dtype)}{list(value.shape)}"
        if isinstance(value, (list, tuple)):
            return f"({', '.join(map(short, value))})"
        return repr(value)

    named = [f"{name}={short(value)}" for name, value in sample.kwargs.items()]
    return ", ".join([short(sample.input), *map(short, sample.args), *named])


def _compare_gradients(mine: Any, theirs: Any, twins: Twins, second: bool, slack: float) -> None:
    """Differs unless the gradients of all leaves, and with `second` theirs, are the same."""
    pairs = [
        (one, other)
        for one, other in zip(flat(mine), flat(theirs), strict=True)
        if isinstance(other, torch.Tensor) and other.requires_grad and other.numel()
    ]
    leaves = twins.leaves
    if not pairs or not leaves:
        return
    seeds = [_seed(other) for _, other in pairs]
    expected = torch.autograd.grad(
        [other for _, other in pairs],
        [leaf for leaf, _ in leaves],
        seeds,
        create_graph=second,
        allow_unused=True,
    )
    try:
        found = gradloom.autograd.grad(
            [one for one, _ in pairs], [twin for _, twin in leaves], list(map(Twins(), seeds)),
            create_graph=second, allow_unused=True,
        )  # fmt: skip
    except Exception as error:
        raise Differs(f"gradient: {type(error).__name__}: {error}") from error
    known = [
        (one, other)
        for one, other in zip(found, expected, strict=True)
        if one is not None or other is not None
    ]
    for one, other in known:
        _compare_gradient(one, other, "gradient", slack)
    further = [
        (one, other) for one, other in known if other is not None and other.requires_grad and one is not None
    ]
    if second and further:
        _compare_second(further, leaves, slack)


def _compare_second(further: list[Any], leaves: list[Any], slack: float) -> None:
    seeds = [_seed(other) for _, other in further]
    try:
        expected = torch.autograd.grad(
            [other for _, other in further], [leaf for leaf, _ in leaves], seeds, allow_unused=True
        )
    except RuntimeError:  # it has no second derivative here
        return
    differentiable = [(one, seed) for (one, _), seed in zip(further, seeds, strict=True) if one.requires_grad]
    found: Any = [None] * len(leaves)
    try:
        if differentiable:
            found = gradloom.autograd.grad(
                [one for one, _ in differentiable], [twin for _, twin in leaves],
                [Twins()(seed) for _, seed in differentiable], allow_unused=True,
            )  # fmt: skip
    except Exception as error:
        raise Differs(f"second derivative: {type(error).__name__}: {error}") from error
    for one, other in zip(found, expected, strict=True):
        _compare_gradient(one, other, "second derivative", slack * 10)


def _compare_gradient(mine: Any, theirs: Any, what: str, slack: float) -> None:
    """No gradient and a gradient of zeros say the same."""
    if theirs is None:
        theirs = (
            torch.zeros(tuple(mine.shape), dtype=getattr(torch, name_of(mine.dtype)))
            if mine is not None
            else None
        )
    if mine is None and theirs is not None:
        mine = Twins()(torch.zeros_like(theirs))
    if theirs is not None:
        compare(mine, theirs, what, slack=slack)


def _seed(tensor: torch.Tensor) -> torch.Tensor:
    """A gradient to start with, the same for the same shape."""
    steps = torch.linspace(0.5, 1.5, max(tensor.numel(), 1), dtype=torch.float64)[: tensor.numel()]
    return steps.reshape(tensor.shape).to(tensor.dtype)


def _judge_errors(record: OpInfo, function: Any, verdict: Verdict) -> None:
    """Wrong calls must raise PyTorch's exception with PyTorch's words."""
    if record.error_inputs_func is None or record.name.startswith("__"):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _compare_errors(record, function, verdict)


def _compare_errors(record: OpInfo, function: Any, verdict: Verdict) -> None:
    for wrong in record.error_inputs("cpu"):
        sample = wrong.sample_input
        try:
            record.op(sample.input, *sample.args, **sample.kwargs)
            continue
        except Exception as error:  # noqa: BLE001 - that is what is compared
            expected = error
        try:
            call = Twins()((sample.input, sample.args, sample.kwargs))
            function(call[0], *call[1], **call[2])
        except Exception as error:  # noqa: BLE001 - that is what is compared
            if not isinstance(error, type(expected)) or _words(error) != _words(expected):
                told = f"{type(error).__name__}: {_words(error)}"
                verdict.reasons.setdefault(
                    "error", f"{told} | not {type(expected).__name__}: {_words(expected)}"[:400]
                )
        else:
            verdict.reasons.setdefault(
                "error", f"none | not {type(expected).__name__}: {_words(expected)}"[:400]
            )
        verdict.checks += 1


def _words(error: Exception) -> str:
    """The first sentence that a user sees."""
    return str(error).partition("\n")[0].replace("gradloom.", "torch.")


def verdicts(pattern: str = "", *, most: int = 8, deep: bool = True) -> Iterator[Verdict]:
    """The verdicts on all records whose names contain one of the words in `pattern`."""
    words = pattern.split(",")
    for name, record in records().items():
        if any(word in name for word in words):
            yield judge(record, name, most=most, deep=deep)
