"""Orders, batches, random streams and refusals of the data room are PyTorch's."""

from __future__ import annotations

import collections
import random
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom import data as our_data

torch = pytest.importorskip("torch")

from torch.utils import data as their_data  # noqa: E402 - after the check that torch is there

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

ENGINES = ((gradloom, our_data), (torch, their_data))
Point = collections.namedtuple("Point", "x y")  # noqa: PYI024 - as scripts make them


def plain(value: Any) -> Any:
    """Kinds, dtypes and values, without the engine."""
    if isinstance(value, gradloom.Tensor | torch.Tensor):
        return "tensor", str(value.dtype).rpartition(".")[2], value.tolist()
    if isinstance(value, collections.abc.Mapping):
        return type(value).__name__, {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | collections.deque):
        return type(value).__name__, [plain(each) for each in value]
    return type(value).__name__, repr(value)


def outcome(function: Callable[[], Any]) -> Any:
    """What comes of a call, or how it fails."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return plain(function())
    except Exception as error:  # noqa: BLE001 - compared with the other engine's
        words = str(error).replace("torch.utils.data.", "").replace("torch.", "").replace("gradloom.", "")
        return type(error).__name__, words


BATCHES: dict[str, Callable[[Any], Any]] = {
    "ints": lambda t: [1, 2, 3],
    "bools": lambda t: [True, False],
    "floats": lambda t: [1.0, 2],
    "numbers of NumPy": lambda t: [np.float32(1), np.float32(2)],
    "doubles of NumPy": lambda t: [np.float64(1), np.float64(2)],
    "ints of NumPy": lambda t: [np.int32(1), np.int32(2)],
    "bools of NumPy": lambda t: [np.bool_(True), np.bool_(False)],
    "arrays": lambda t: [np.zeros(2, np.float32), np.ones(2, np.float32)],
    "arrays without dims": lambda t: [np.array(1.5), np.array(2.5)],
    "arrays of words": lambda t: [np.array(["a"]), np.array(["b"])],
    "arrays of objects": lambda t: [np.array([None]), np.array([None])],
    "unequal arrays": lambda t: [np.zeros(2), np.zeros(3)],
    "words": lambda t: ["a", "b"],
    "bytes": lambda t: [b"a", b"b"],
    "words of NumPy": lambda t: [np.str_("a"), np.str_("b")],
    "dicts": lambda t: [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
    "ordered dicts": lambda t: [collections.OrderedDict(a=1), collections.OrderedDict(a=2)],
    "default dicts": lambda t: [collections.defaultdict(int, a=1), collections.defaultdict(int, a=2)],
    "frozen dicts": lambda t: [types.MappingProxyType({"a": 1}), types.MappingProxyType({"a": 2})],
    "dicts of other keys": lambda t: [{"a": 1}, {"b": 1}],
    "named tuples": lambda t: [Point(1, 2.0), Point(3, 4.0)],
    "tuples": lambda t: [(1, "a"), (2, "b")],
    "unequal tuples": lambda t: [(1, 2), (1,)],
    "lists": lambda t: [[1, "a"], [2, "b"]],
    "deques": lambda t: [collections.deque([1, 2]), collections.deque([3, 4])],
    "ranges": lambda t: [range(2), range(2)],
    "nested": lambda t: [(1, {"a": [1.0, t([1.0, 2.0])]}), (2, {"a": [2.0, t([3.0, 4.0])]})],
    "tensors": lambda t: [t([1, 2]), t([3, 4])],
    "tensors without dims": lambda t: [t(1.0), t(2.0)],
    "tensors of two dtypes": lambda t: [t([1]), t([1.5])],
    "tensors of two dtypes, the wider first": lambda t: [t([1.5]), t([1])],
    "tensors of two dtypes without dims": lambda t: [t(1), t(2.5)],
    "tensors in half precision": lambda t: [t([1.0]).bfloat16(), t([2.0]).bfloat16()],
    "half precision first": lambda t: [t([1.0]).bfloat16(), t([2.0])],
    "half precision last": lambda t: [t([1.0]), t([2.0]).bfloat16()],
    "tensors as many rows as they are": lambda t: [t([[1], [2]]), t([[1]]), t([[1], [2], [3]])],
    "empty tensors": lambda t: [t([]), t([])],
    "ints and bools": lambda t: [1, True],
    "floats and ints": lambda t: [1.5, 1],
    "ints and floats": lambda t: [1, 1.5],
    "ints beyond 64 bits": lambda t: [1, 2**63],
    "unequal tensors": lambda t: [t([1.0, 2.0]), t([1.0, 2.0]), t([[1.0, 2.0, 3.0]])],
    "nothing": lambda t: [None, None],
    "sets": lambda t: [{1}, {2}],
    "complex numbers": lambda t: [1j, 2j],
}


@pytest.mark.parametrize("name", BATCHES)
@pytest.mark.parametrize("function", ["default_collate", "default_convert"])
def test_collate(name: str, function: str) -> None:
    ours, theirs = (
        outcome(lambda e=engine, d=data: getattr(d, function)(BATCHES[name](e.tensor)))
        for engine, data in ENGINES
    )
    assert ours == theirs


SAMPLERS: list[Callable[[Any, Any], Any]] = [
    lambda d, g: d.RandomSampler(range(20), generator=g),
    lambda d, g: d.RandomSampler(range(20), replacement=True, num_samples=70, generator=g),
    lambda d, g: d.RandomSampler(range(20), num_samples=45, generator=g),
    lambda d, g: d.SubsetRandomSampler([3, 5, 8, 9], g),
    lambda d, g: d.WeightedRandomSampler([0.1, 0.9, 0.4, 0.7, 3.0, 0.6], 40, generator=g),
    lambda d, g: d.WeightedRandomSampler([0.1, 0.9, 0.4, 0.7, 3.0, 0.6], 5, replacement=False, generator=g),
    lambda d, g: d.BatchSampler(d.RandomSampler(range(20), generator=g), 6, True),
    lambda d, g: d.DistributedSampler(range(23), 4, 3, seed=9),
    lambda d, g: d.DistributedSampler(range(23), 4, 1, shuffle=False, drop_last=True),
    lambda d, g: d.DistributedSampler(range(2), 7, 6),
    lambda d, g: d.DistributedSampler(range(24), 4, 0, drop_last=True),
]


@pytest.mark.parametrize("number", range(len(SAMPLERS)))
@pytest.mark.parametrize("own_generator", [False, True])
def test_samplers(number: int, own_generator: bool) -> None:
    seen = []
    for engine, data in ENGINES:
        engine.manual_seed(11)
        generator = engine.Generator().manual_seed(5) if own_generator else None
        sampler = SAMPLERS[number](data, generator)
        passes = [list(sampler), list(sampler)]
        if hasattr(sampler, "set_epoch"):
            sampler.set_epoch(3)
        seen.append([*passes, list(sampler), len(sampler)])
    assert seen[0] == seen[1]


LOADERS: list[dict[str, Any]] = [
    {"shuffle": True},
    {"shuffle": True, "num_workers": 2},
    {"shuffle": True, "num_workers": 2, "persistent_workers": True, "drop_last": True},
    {"num_workers": 3, "prefetch_factor": 1},
]


@pytest.mark.parametrize("settings", LOADERS, ids=str)
@pytest.mark.parametrize("own_generator", [False, True])
def test_loaders(settings: dict[str, Any], own_generator: bool) -> None:
    seen = []
    for engine, data in ENGINES:
        engine.manual_seed(2)
        generator = engine.Generator().manual_seed(5) if own_generator else None
        dataset = data.TensorDataset(engine.arange(22), engine.rand(22, 2))
        parts = data.random_split(dataset, [0.8, 0.2])
        loader = data.DataLoader(parts[0], 4, generator=generator, **settings)
        epochs = [plain(list(loader)) for _ in range(3)]
        seen.append([epochs, len(loader), engine.rand(1).item()])
    assert seen[0] == seen[1]


class Draws:
    """Samples drawn from all random streams, in either engine."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> tuple[float, float, float]:
        return random.random(), np.random.rand(), self.engine.rand(1).item()  # noqa: NPY002 - what scripts do


def test_workers_have_pytorchs_random_streams() -> None:
    seen = []
    for engine, data in ENGINES:
        engine.manual_seed(3)
        seen.append(plain(list(data.DataLoader(Draws(engine), 2, num_workers=2))))
    assert seen[0] == seen[1]


class Stream:
    """A stream that each worker reads a share of."""

    @staticmethod
    def of(data: Any, size: int) -> Any:
        def numbers(self: Any) -> Any:
            info = data.get_worker_info()
            return iter(range(info.id if info else 0, size, info.num_workers if info else 1))

        return type("Numbers", (data.IterableDataset,), {"__iter__": numbers, "__len__": lambda self: size})()


@pytest.mark.parametrize(
    "settings", [{}, {"drop_last": True}, {"num_workers": 2}, {"num_workers": 3}], ids=str
)
def test_streams(settings: dict[str, Any]) -> None:
    seen = [plain(list(data.DataLoader(Stream.of(data, 17), 3, **settings))) for _, data in ENGINES]
    assert seen[0] == seen[1]


REFUSALS: list[Callable[[Any, Any], Any]] = [
    lambda e, d: d.DataLoader(range(4), num_workers=-1),
    lambda e, d: d.DataLoader(range(4), timeout=-1),
    lambda e, d: d.DataLoader(range(4), prefetch_factor=2),
    lambda e, d: d.DataLoader(range(4), num_workers=1, prefetch_factor=-2),
    lambda e, d: d.DataLoader(range(4), persistent_workers=True),
    lambda e, d: d.DataLoader(range(4), shuffle=True, sampler=[0]),
    lambda e, d: d.DataLoader(range(4), batch_sampler=[[0]], batch_size=2),
    lambda e, d: d.DataLoader(range(4), batch_size=None, drop_last=True),
    lambda e, d: d.DataLoader(range(4), batch_size=0),
    lambda e, d: d.DataLoader(range(4), multiprocessing_context="spawn"),
    lambda e, d: d.DataLoader(range(4), num_workers=1, multiprocessing_context="beam"),
    lambda e, d: d.DataLoader(range(4), num_workers=1, multiprocessing_context=3),
    lambda e, d: d.DataLoader(range(4), num_workers=999),
    lambda e, d: d.DataLoader([], shuffle=True),
    lambda e, d: list(d.DataLoader([], 2)),
    lambda e, d: next(iter(d.DataLoader(range(4), pin_memory=True))),
    lambda e, d: setattr(d.DataLoader(range(4)), "sampler", [0]),
    lambda e, d: d.DataLoader(Stream.of(d, 3), shuffle=True),
    lambda e, d: d.DataLoader(Stream.of(d, 3), sampler=[0]),
    lambda e, d: d.DataLoader(Stream.of(d, 3), batch_sampler=[[0]]),
    lambda e, d: len(d.DataLoader(Stream.of(d, 7), 2)),
    lambda e, d: len(d.DataLoader(iter(range(3)), 2)),
    lambda e, d: d.BatchSampler(range(3), 2.5, False),
    lambda e, d: d.BatchSampler(range(3), True, False),
    lambda e, d: d.BatchSampler(range(3), 2, 0),
    lambda e, d: d.RandomSampler(range(3), replacement=1),
    lambda e, d: d.RandomSampler(range(3), num_samples=0),
    lambda e, d: d.RandomSampler([]),
    lambda e, d: list(d.WeightedRandomSampler([-1.0, 2.0], 3)),
    lambda e, d: list(d.WeightedRandomSampler([-1.0, 2.0], 1)),
    lambda e, d: list(d.WeightedRandomSampler([float("inf"), 2.0], 3)),
    lambda e, d: list(d.WeightedRandomSampler([float("nan"), 2.0], 3)),
    lambda e, d: list(d.WeightedRandomSampler([float("nan"), 2.0], 2, replacement=False)),
    lambda e, d: list(d.WeightedRandomSampler([0.0, 0.0], 3)),
    lambda e, d: d.WeightedRandomSampler([1.0], 0),
    lambda e, d: d.WeightedRandomSampler([1.0], 1, replacement=2),
    lambda e, d: d.WeightedRandomSampler([[1.0], [2.0]], 1),
    lambda e, d: d.DistributedSampler(range(3), 2, 2),
    lambda e, d: d.TensorDataset(e.zeros(2), e.zeros(3)),
    lambda e, d: d.TensorDataset(e.tensor(1.0)),
    lambda e, d: list(d.DataLoader([], shuffle=True)),
    lambda e, d: list(d.DataLoader(d.TensorDataset(e.zeros(0, 3)), 2)),
    lambda e, d: list(d.DataLoader(d.TensorDataset(e.arange(3)), 5, drop_last=True)),
    lambda e, d: list(d.DataLoader(d.TensorDataset(e.arange(3)), 5)),
    lambda e, d: list(d.DataLoader(d.TensorDataset(e.arange(3)), 2, sampler=[-1, -3, 0, 0])),
    lambda e, d: list(d.DataLoader(d.TensorDataset(e.arange(3)), 2, sampler=[0, 3])),
    lambda e, d: list(d.DataLoader(d.TensorDataset(e.arange(3)), 2, sampler=iter([2, 0, 1]))),
    lambda e, d: list(d.DataLoader(d.TensorDataset(e.arange(3)), 2, sampler=e.tensor([2, 0, 1]))),
    lambda e, d: list(d.DataLoader(d.TensorDataset(e.arange(3)), batch_sampler=[[0, 1], []])),
    lambda e, d: list(d.DataLoader(d.TensorDataset(e.arange(3)), batch_sampler=[np.array([0, 1]), (2,)])),
    lambda e, d: list(d.DataLoader(d.TensorDataset(e.arange(3)), timeout=1)),
    lambda e, d: list(d.DataLoader({"a": 1, "b": 2}, 2, sampler=["b", "a"])),
    lambda e, d: list(d.DataLoader([1, "a"], 2)),
    lambda e, d: list(d.DataLoader([e.tensor(1), 2], 2)),
    lambda e, d: list(d.DataLoader([1, None], 2)),
    lambda e, d: d.StackDataset(),
    lambda e, d: d.StackDataset(range(2), a=range(2)),
    lambda e, d: d.StackDataset(range(2), range(3)),
    lambda e, d: d.StackDataset(a=range(2), b=range(3)),
    lambda e, d: d.ConcatDataset([]),
    lambda e, d: d.ConcatDataset([Stream.of(d, 2)]),
    lambda e, d: d.ConcatDataset([range(2)])[-3],
    lambda e, d: d.ConcatDataset([range(2)])[2],
    lambda e, d: list(d.ChainDataset([range(2)])),
    lambda e, d: len(d.ChainDataset([Stream.of(d, 2), Stream.of(d, 3)])),
    lambda e, d: d.Dataset()[0],
    lambda e, d: d.random_split(range(5), [2, 2]),
    lambda e, d: d.random_split(range(5), [1.5, -0.5]),
    lambda e, d: d.random_split(range(5), [1.0, 0.0]),
    lambda e, d: type("Part", (d.Subset,), {"__getitem__": abs})(range(2), [0]),
]


@pytest.mark.parametrize("number", range(len(REFUSALS)))
def test_refusals_and_lengths(number: int) -> None:
    ours, theirs = (outcome(lambda e=engine, d=data: REFUSALS[number](e, d)) for engine, data in ENGINES)
    assert ours == theirs
