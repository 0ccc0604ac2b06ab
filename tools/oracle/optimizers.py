"""Every optimizer record of PyTorch's own test suite, stepped in both engines along the same gradients."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_optimizers import (
    ErrorOptimizerInput,
    OptimizerErrorEnum,
    OptimizerInfo,
    OptimizerInput,
    optim_db,
)

import gradloom
from oracle.twins import Differs, Twins, array_of, compare
from oracle.verdict import Verdict

STEPS = 4
SHAPES = ((4, 3), (3, 5))
"""Matrices, which every optimizer takes."""

MORE_SHAPES = ((), (4,), (2, 1, 3))
MATRICES_ONLY = {"Muon"}
ROWS_ONLY = {"SparseAdam"}
"""PyTorch takes sparse gradients for it; we take dense ones whose other rows are zero."""

DTYPES = {torch.float64: (), torch.float32: ("foreach", "fused"), torch.complex128: ()}
"""By dtype: the flags to ask for, which choose between PyTorch's ways of computing the same."""

ROUGH = {"Muon": 2000.0, "LBFGS": 50.0, "ASGD": 20.0}
"""How much coarser to compare: Muon multiplies in bfloat16, a quasi-Newton method carries every last bit on,
and ASGD with foreach computes its rate in float32."""

ROUGHER_IN_SINGLE = {"LBFGS": 40.0}


def records() -> dict[str, OptimizerInfo]:
    """The records by name."""
    return {record.name: record for record in optim_db}


def verdicts(only: str = "") -> Iterator[Verdict]:
    """What came of each record whose name contains one of the words in `only`."""
    words = [word for word in only.split(",") if word]
    for name in sorted(records()):
        if not words or any(word in name for word in words):
            yield verdict(name)


def verdict(name: str) -> Verdict:
    """What came of one record: its inputs, its flags, its state moved from engine to engine, its errors."""
    record = records()[name]
    found = Verdict(name)
    if not hasattr(gradloom.optim, name):
        found.state = "missing"
        return found
    for kind, check in _checks(record):
        found.checks += 1
        try:
            check()
        except Exception as error:  # noqa: BLE001 - told in the table
            found.state = "differs"
            found.reasons.setdefault(kind, f"{type(error).__name__}: {error}")
    return found


def _checks(record: OptimizerInfo) -> Iterator[tuple[str, Callable[[], None]]]:
    for dtype in DTYPES:
        if dtype.is_complex and (not record.supports_complex or record.name in ROWS_ONLY):
            continue
        for given in record.optim_inputs_func(device="cpu", dtype=dtype):
            flags = [name for name in DTYPES[dtype] if name in record.supported_impls]
            for flag in ({}, *({name: True} for name in flags)):
                kind = f"{given.desc} {''.join(flag)} {dtype}"
                yield kind, lambda given=given, flag=flag, dtype=dtype: _walk(record, given, flag, dtype)
    for wrong in record.optim_error_inputs_func(device="cpu", dtype=torch.float32):
        yield (
            f"error: {wrong.optimizer_error_input.desc}",
            lambda wrong=wrong: _fail_alike(record, wrong),
        )
    if record.has_capturable_arg:
        given = OptimizerInput(params=None, kwargs={"capturable": True}, desc="capturable needs a GPU")
        wrong = ErrorOptimizerInput(given, error_on=OptimizerErrorEnum.STEP_ERROR)
        yield f"error: {given.desc}", lambda: _fail_alike(record, wrong)


def _parameters(record: OptimizerInfo, dtype: torch.dtype) -> list[torch.nn.Parameter]:
    generator = torch.Generator().manual_seed(3)
    shapes = SHAPES if record.name in MATRICES_ONLY | ROWS_ONLY else SHAPES + MORE_SHAPES
    return [torch.nn.Parameter(torch.randn(shape, dtype=dtype, generator=generator)) for shape in shapes]


class _Pair:
    """One optimizer in both engines, on the same parameters."""

    def __init__(self, record: OptimizerInfo, settings: dict[str, Any], params: list[torch.nn.Parameter]):
        self.name = record.name
        self.twins = Twins()
        self.theirs = params
        self.ours = [self.twins(param) for param in params]
        self.their_optimizer = record.optim_cls(self.theirs, **settings)
        self.our_optimizer = getattr(gradloom.optim, self.name)(self.ours, **self.twins(settings))
        self.needs_closure = record.step_requires_closure
        self.slack = ROUGH.get(record.name, 1.0)
        if params[0].dtype is torch.float32:
            self.slack *= ROUGHER_IN_SINGLE.get(record.name, 1.0)

    def step(self, number: int) -> None:
        """The same step in both; every third step the last parameter has no gradient."""
        if self.needs_closure:
            self.their_optimizer.step(_valley(torch, self.their_optimizer, self.theirs, self.name))
            self.our_optimizer.step(_valley(gradloom, self.our_optimizer, self.ours, self.name))
            return
        rng = np.random.default_rng(number)
        for theirs, ours in zip(self.theirs, self.ours, strict=True):
            values = rng.standard_normal((*theirs.shape, 2))
            gradient = values[..., 0] + (1j * values[..., 1] if theirs.dtype.is_complex else 0)
            if self.name in ROWS_ONLY:
                gradient[number % len(gradient)] = 0
            tensor = torch.tensor(gradient, dtype=theirs.dtype)
            ours.grad = gradloom.from_numpy(array_of(tensor))
            theirs.grad = tensor.to_sparse(1) if self.name in ROWS_ONLY else tensor
        if number % 3 == 2:
            self.theirs[-1].grad = self.ours[-1].grad = None
        self.their_optimizer.step()
        self.our_optimizer.step()

    def compare(self) -> None:
        for at, (ours, theirs) in enumerate(zip(self.ours, self.theirs, strict=True)):
            compare(ours, theirs, f"parameter {at}", slack=self.slack)
        same_state(self.our_optimizer.state_dict(), self.their_optimizer.state_dict(), "state", self.slack)

    def exchange(self, record: OptimizerInfo, settings: dict[str, Any]) -> None:
        """Give both optimizers, made anew, the state that PyTorch's has."""
        state = self.their_optimizer.state_dict()
        self.our_optimizer = getattr(gradloom.optim, self.name)(self.ours, **self.twins(settings))
        self.our_optimizer.load_state_dict(Twins()(state))
        self.their_optimizer = record.optim_cls(self.theirs, **settings)
        self.their_optimizer.load_state_dict(state)


def _valley(engine: Any, optimizer: Any, params: list[Any], name: str) -> Callable[[], Any]:
    """A closure with a minimum that is not reached in one step."""

    def closure() -> Any:
        optimizer.zero_grad()
        loss = 0
        for scale, param in enumerate(params, 1):
            size = (param.abs() if param.dtype in (engine.complex128, engine.complex64) else param) ** 2
            loss = loss + (scale * size + size * size).sum()
        loss.backward()
        return loss

    return closure


def same_state(ours: Any, theirs: Any, what: str, slack: float = 1.0) -> None:
    """Differs unless both are the same nested dicts and lists of the same numbers and tensors."""
    if isinstance(theirs, dict):
        if ours.keys() != theirs.keys():
            raise Differs(f"{what}: {sorted(map(str, ours))}, not {sorted(map(str, theirs))}")
        for key, value in theirs.items():
            same_state(ours[key], value, f"{what}.{key}", slack)
    elif isinstance(theirs, list | tuple) and not isinstance(theirs, torch.Size):
        if len(ours) != len(theirs):
            raise Differs(f"{what}: {len(ours)} entries, not {len(theirs)}")
        for at, (mine, its) in enumerate(zip(ours, theirs, strict=True)):
            same_state(mine, its, f"{what}.{at}", slack)
    elif isinstance(theirs, torch.Tensor):
        compare(ours, theirs, what, slack=slack)
    elif isinstance(theirs, float) and isinstance(ours, float):
        if not np.isclose(ours, theirs, rtol=1e-6 * slack):
            raise Differs(f"{what}: {ours!r}, not {theirs!r}")
    elif type(ours) is not type(theirs) or ours != theirs:
        raise Differs(f"{what}: {ours!r}, not {theirs!r}")


def _walk(record: OptimizerInfo, given: OptimizerInput, flag: dict[str, bool], dtype: torch.dtype) -> None:
    settings = {**given.kwargs, **flag}
    if flag.get("foreach") and isinstance(settings.get("lr"), torch.Tensor):
        settings["lr"] = settings["lr"].item()
    pair = _Pair(record, settings, _parameters(record, dtype))
    if repr(pair.our_optimizer) != repr(pair.their_optimizer):
        raise Differs(f"repr: {pair.our_optimizer!r}, not {pair.their_optimizer!r}")
    steps = 1 if pair.needs_closure else STEPS
    for number in range(2 * steps):
        if number == steps:
            pair.exchange(record, settings)
        pair.step(number)
        pair.compare()


def _fail_alike(record: OptimizerInfo, wrong: ErrorOptimizerInput) -> None:
    given = wrong.optimizer_error_input
    params = given.params
    if params is None:
        params = _parameters(record, torch.float32)
        for param in params:
            param.grad = torch.ones_like(param)
    if _has_sparse(params):
        return
    twins = Twins()
    theirs = _failure(record.optim_cls, params, given.kwargs, wrong.error_on)
    ours = _failure(
        getattr(gradloom.optim, record.name), _translated(params, twins), twins(given.kwargs), wrong.error_on
    )
    if ours != theirs:
        raise Differs(f"{ours}, not {theirs}")


def _has_sparse(params: Any) -> bool:
    """Whether a parameter is sparse: such tensors do not exist here."""
    if isinstance(params, dict):
        return _has_sparse(params["params"])
    if isinstance(params, list | tuple):
        return any(map(_has_sparse, params))
    return isinstance(params, torch.Tensor) and params.is_sparse


def _translated(params: Any, twins: Twins) -> Any:
    if isinstance(params, torch.Tensor):
        twin = twins(params)
        if params.grad is not None:
            twin.grad = twins(params.grad)
        return twin
    if isinstance(params, dict):
        return {key: _translated(value, twins) for key, value in params.items()}
    if isinstance(params, list | tuple):
        return type(params)(_translated(each, twins) for each in params)
    return twins(params)


def _failure(make: Any, params: Any, settings: dict[str, Any], when: OptimizerErrorEnum) -> tuple[str, str]:
    """The kind of error or warning, and its words, without the engine's name."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            optimizer = make(params, **settings)
            if when is OptimizerErrorEnum.STEP_ERROR:
                optimizer.step()
    except Exception as error:  # noqa: BLE001 - compared with the other engine's
        return type(error).__name__, str(error).replace("torch.", "").replace("gradloom.", "")
    return "none", ""
