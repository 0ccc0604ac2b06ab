"""Every module record of PyTorch's own test suite, built and run in both engines."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch.testing._internal.common_modules import ModuleInfo, ModuleInput, module_db

import gradloom
from oracle.twins import Differs, Twins, compare, every_nth, flat, name_of
from oracle.verdict import Verdict

DTYPES = (torch.float32, torch.float64)


def records() -> dict[str, ModuleInfo]:
    """The records by the names of their classes."""
    return {record.name.removeprefix("nn."): record for record in module_db}


def verdicts(only: str = "") -> Iterator[Verdict]:
    """The verdict on every record whose name contains one of the words in `only`."""
    words = only.split(",") if only else [""]
    for name, record in records().items():
        if any(word in name for word in words):
            yield judge(record, name)


def judge(record: ModuleInfo, name: str, most: int = 1000) -> Verdict:
    """Compare module inputs of a record, at most `most` in each mode and precision."""
    verdict = Verdict(name)
    if not hasattr(gradloom.nn, name):
        verdict.state, verdict.reasons["missing"] = "missing", f"there is no nn.{name}"
        return verdict
    for dtype in DTYPES:
        if dtype in record.dtypes:
            for training in (True, False):
                _judge_mode(record, dtype, training, most, verdict)
    return verdict


def _judge_mode(record: ModuleInfo, dtype: torch.dtype, training: bool, most: int, verdict: Verdict) -> None:
    what = f"{name_of(dtype)} {'train' if training else 'eval'}"
    torch.manual_seed(1)
    inputs = record.module_inputs_func(
        record, device="cpu", dtype=dtype, requires_grad=True, training=training
    )
    for given in every_nth(iter(inputs), most):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                _check(record, verdict.name, given, dtype, training)
            except Exception as error:  # noqa: BLE001 - whatever it is, it differs
                kind = "" if isinstance(error, Differs) else f"{type(error).__name__}: "
                verdict.state = "differs"
                verdict.reasons.setdefault(what, f"{kind}{error} | {_described(given)}"[:400])
        verdict.checks += 1


def _described(given: ModuleInput) -> str:
    call = given.constructor_input
    parts = [*map(repr, call.args), *(f"{key}={value!r}" for key, value in call.kwargs.items())]
    return f"{given.desc}({', '.join(parts)})".replace("\n", " ")


def _check(record: ModuleInfo, name: str, given: ModuleInput, dtype: torch.dtype, training: bool) -> None:
    """Differs unless one module input comes to the same in both engines."""
    making, running = given.constructor_input, given.forward_input
    torch.manual_seed(0)
    theirs = record.module_cls(*making.args, **making.kwargs).to(dtype).train(training)
    gradloom.manual_seed(0)
    translate = Twins()
    kind = translate(dtype)
    mine = getattr(gradloom.nn, name)(*translate(making.args), **translate(making.kwargs))
    mine = mine.to(kind).train(training)
    if isinstance(theirs, torch.nn.modules.lazy.LazyModuleMixin):
        theirs(*running.args, **running.kwargs)
    else:
        compare_first_weights(mine, theirs)
    compare_looks(mine, theirs)
    mine.load_state_dict(Twins()(dict(theirs.state_dict())))
    compare_run(mine, theirs, running.args, running.kwargs)
    compare_looks(mine, theirs)


def compare_first_weights(mine: Any, theirs: Any) -> None:
    """Differs unless one seed gave both modules the same values, up to the last digits of a logarithm."""
    for key, wanted in theirs.state_dict().items():
        compare(mine.state_dict()[key], wanted, f"first {key}", slack=0.02)


def compare_looks(mine: Any, theirs: Any) -> None:
    """Differs unless both modules show themselves alike and hold state under the same names."""
    own, other = repr(mine).replace("gradloom.", "torch."), re.sub(r"0x[0-9a-f]+", "", repr(theirs))
    if re.sub(r"0x[0-9a-f]+", "", own) != other and not own.startswith("Lazy"):
        raise Differs(f"repr: {own}, not {other}")
    if list(mine.state_dict()) != list(theirs.state_dict()):
        raise Differs(f"state: {list(mine.state_dict())}, not {list(theirs.state_dict())}")


def compare_run(mine: Any, theirs: Any, args: Any, kwargs: Any) -> None:
    """Differs unless results, gradients and the state after are the same."""
    twins = Twins()
    own_args, own_kwargs = twins(args), twins(kwargs)
    torch.manual_seed(0)
    expected = theirs(*args, **kwargs)
    gradloom.manual_seed(0)
    found = mine(*own_args, **own_kwargs)
    compare(found, expected, "value")
    pairs = [
        (one, other)
        for one, other in zip(flat(found), flat(expected), strict=True)
        if isinstance(other, torch.Tensor) and other.requires_grad
    ]
    if pairs:
        names = [f"input {at}" for at in range(len(twins.leaves))]
        names += [name for name, parameter in theirs.named_parameters() if parameter.requires_grad]
        leaves = [leaf for leaf, _ in twins.leaves] + [p for p in theirs.parameters() if p.requires_grad]
        own_leaves = [twin for _, twin in twins.leaves] + [p for p in mine.parameters() if p.requires_grad]
        outputs = [other for _, other in pairs]
        seeds = [
            torch.linspace(0.5, 1.5, each.numel(), dtype=each.dtype).reshape(each.shape) for each in outputs
        ]
        wanted = torch.autograd.grad(outputs, leaves, seeds, allow_unused=True)
        given = gradloom.autograd.grad(
            [one for one, _ in pairs], own_leaves, [Twins()(seed) for seed in seeds], allow_unused=True
        )
        for name, own, other in zip(names, given, wanted, strict=True):
            _compare_gradient(own, other, f"gradient of {name}")
    for key, state in theirs.state_dict().items():
        compare(mine.state_dict()[key], state, f"{key} after")


def _compare_gradient(mine: Any, theirs: Any, what: str) -> None:
    if theirs is None:
        if mine is not None and abs(mine.array).max(initial=0) > 0:
            raise Differs(f"{what}: there is one, where PyTorch has none")
        return
    if mine is None:
        if abs(theirs).max() > 0:
            raise Differs(f"{what}: there is none")
        return
    compare(mine, theirs, what, slack=10.0)
