"""Every name that public scripts use (`ranking.tsv`), tried beside PyTorch (`probes.txt`)."""

from __future__ import annotations

import ast
import copy
import io
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch as real_torch

from gradloom.interop import aliased

HERE = Path(__file__).parent
ROOMS = {"nn": "torch.nn", "F": "torch.nn.functional", "optim": "torch.optim"}
ASIDE = ("torch.distributed.", "torch.multiprocessing.", "torch.nested.", "torch.sparse_",
         "torch.cuda.FloatTensor",
         "torch.cuda.LongTensor", "torch.cuda.set_device", "torch.cuda.synchronize",
         "torch.cuda.reset_peak_memory_stats", "torch.nn.parallel.DistributedDataParallel")  # fmt: skip
"""What a CPU engine in one process has no use for."""
ASIDE_METHODS = ("cuda", "index", "resize", "to_sparse")
"""The same among the methods; `index` and `resize` are those of lists and pictures."""


@dataclass(frozen=True)
class Name:
    """One line of the ranking."""

    kind: str
    name: str
    scripts: int
    origins: int

    @property
    def aside(self) -> bool:
        """Whether it has no meaning on a CPU."""
        if self.kind == "method":
            return self.name in ASIDE_METHODS
        return self.name.startswith(ASIDE)


def ranking() -> list[Name]:
    """All names, by use."""
    lines = (HERE / "ranking.tsv").read_text().splitlines()
    fields = [line.split("\t") for line in lines if not line.startswith("#")]
    return [Name(kind, name, int(scripts), int(origins)) for kind, name, scripts, origins in fields]


# What a snippet uses


class Uses(ast.NodeVisitor):
    """Collects the names of the ranking that a piece of code uses."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = _path(node)
        if path is None:
            self.found.add(node.attr)
        else:
            parts = path.split(".")
            self.found.update(".".join(parts[:end]) for end in range(2, len(parts) + 1))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        path = _path(node.func)
        if path is not None:
            self.found.update(f"{path}({keyword.arg}=)" for keyword in node.keywords)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.MatMult):
            self.found.add("a @ b")
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.found.update(path for base in node.bases if (path := _path(base)) is not None)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        ending = "=" if isinstance(node.ctx, ast.Store) else ""
        key = node.slice
        if isinstance(key, ast.Tuple):
            self.found.update(f"x[{form}]{ending} (tuple index)" for form in _forms(key))
        elif isinstance(key, ast.Constant) and key.value is None:
            self.found.add(f"x[None]{ending}")
        elif isinstance(key, ast.Compare) or (isinstance(key, ast.Name) and key.id == "mask"):
            self.found.add(f"x[mask]{ending}")
        self.generic_visit(node)


def _forms(key: ast.Tuple) -> Iterator[str]:
    """The kinds of tuple index that this one is."""
    plain = True
    for part in key.elts:
        form = None
        if isinstance(part, ast.Slice):
            form = "step, .." if part.step is not None else "slice, .."
        elif isinstance(part, ast.Constant) and part.value in (None, Ellipsis):
            form = "None, .." if part.value is None else "..., .."
        elif isinstance(part, ast.List):
            form = "list, .."
        if form is not None:
            plain = False
            yield form
    if plain:
        yield "i, j] (int/tensor tuple index)".partition("]")[0]


def _path(node: ast.AST) -> str | None:
    """The dotted name that `node` is, from `torch` on; None if it is not one."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or (node.id != "torch" and node.id not in ROOMS):
        return None
    return ".".join([ROOMS.get(node.id, "torch"), *reversed(parts)])


def used(code: ast.AST) -> set[str]:
    """The names, in the ranking's words."""
    uses = Uses()
    uses.visit(code)
    renamed = {"x[i, j] (tuple index)": "x[i, j] (int/tensor tuple index)",
               "x[i, j]= (tuple index)": "x[i, j]= (int/tensor tuple index)"}  # fmt: skip
    return {renamed.get(name, name) for name in uses.found}


# Running a snippet


def surroundings(torch: Any) -> dict[str, Any]:
    """What a snippet finds, fresh."""
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> Any:
        return torch.tensor(rng.standard_normal(shape), dtype=torch.float32)

    names = {
        "x": draw(3, 4), "y": draw(3, 4), "w": draw(4, 4), "v": draw(4), "b": draw(2, 3, 4),
        "img": draw(2, 3, 8, 8),
        "idx": torch.tensor([0, 2, 1]), "lab": torch.tensor([1, 3, 0]),
        "mask": torch.tensor(rng.random((3, 4)) < 0.5),
        "torch": torch, "nn": torch.nn, "F": torch.nn.functional, "optim": torch.optim, "np": np, "io": io,
        "math": math, "copy": copy, "warnings": warnings,
    }  # fmt: skip
    names["p"] = draw(3, 4).requires_grad_()
    return names


@dataclass(frozen=True)
class Probe:
    """A snippet, cut up: what is done first, and the expressions that are then compared one by one."""

    body: ast.Module
    values: tuple[ast.expr, ...]

    @classmethod
    def of(cls, snippet: str) -> Probe:
        *body, last = ast.parse(snippet).body
        assert isinstance(last, ast.Expr), snippet
        values = tuple(last.value.elts) if isinstance(last.value, ast.List) else (last.value,)
        return cls(ast.Module(body, []), values)

    def run(self, torch: Any) -> list[Any]:
        """The values in plain words; where one fails, the error."""
        names = surroundings(torch)
        torch.manual_seed(0)
        try:
            exec(compile(self.body, "<probe>", "exec"), names)
        except Exception as error:  # noqa: BLE001 - whatever a user's script would stumble over
            return [error] * len(self.values)
        found: list[Any] = []
        for value in self.values:
            try:
                found.append(plain(eval(compile(ast.Expression(value), "<probe>", "eval"), names)))
            except Exception as error:  # noqa: BLE001
                found.append(error)
        return found

    def uses(self, place: int) -> set[str]:
        """The names that one of the values needs."""
        return used(self.body) | used(self.values[place])


def plain(value: Any) -> Any:
    """A value of either engine in words and numbers that compare."""
    if hasattr(value, "detach") and hasattr(value, "dtype"):
        array = value.detach()
        numbers = array.double().numpy() if array.is_floating_point() else np.asarray(array.tolist())
        return (str(value.dtype).rpartition(".")[2], tuple(value.shape), bool(value.requires_grad), numbers)
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (str, int, float, type(None), np.ndarray)):
        return value
    if type(value).__name__.endswith(("Backward0", "Backward1", "Node")):
        return value.name()
    return repr(value)


def difference(ours: Any, theirs: Any) -> str | None:
    """How two plain values differ, in words; None if they do not."""
    if isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray):
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=1e-4, atol=1e-5, equal_nan=True):
            return f"{np.ravel(ours)[:4]} where PyTorch has {np.ravel(theirs)[:4]}"
        return None
    if isinstance(ours, (list, tuple)) and isinstance(theirs, (list, tuple)) and len(ours) == len(theirs):
        return next((f"[{at}] {found}" for at, (a, b) in enumerate(zip(ours, theirs, strict=True))
                     if (found := difference(a, b))), None)  # fmt: skip
    if isinstance(ours, dict) and isinstance(theirs, dict) and list(ours) == list(theirs):
        return difference(list(ours.values()), list(theirs.values()))
    if isinstance(ours, float) and isinstance(theirs, float):
        return None if math.isclose(ours, theirs, rel_tol=1e-4, abs_tol=1e-5) else f"{ours} is not {theirs}"
    return None if ours == theirs else f"{ours!r} is not {theirs!r}"


def tried(snippet: str) -> list[tuple[set[str], str | None]]:
    """For each value of a snippet the names it uses, and what is wrong with it on Gradloom, if anything."""
    probe = Probe.of(snippet)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Once PyTorch's own test records are loaded it takes settings only within such a block.
        with real_torch.backends.__allow_nonbracketed_mutation():
            theirs = probe.run(real_torch)
        with aliased():
            ours = probe.run(import_module("torch"))
    broken = next((each for each in theirs if isinstance(each, Exception)), None)
    if broken is not None:
        raise ValueError(f"PyTorch itself cannot run this probe:\n{snippet}") from broken
    return [(probe.uses(at), _wrong(*pair)) for at, pair in enumerate(zip(ours, theirs, strict=True))]


def _wrong(ours: Any, theirs: Any) -> str | None:
    if isinstance(ours, Exception):
        return f"{type(ours).__name__}: {ours}"
    found = difference(ours, theirs)
    return None if found is None else f"differs: {found}"


def snippets() -> list[str]:
    """All probes."""
    return [part.strip() for part in (HERE / "probes.txt").read_text().split("%%\n")[1:]]


# The table


@dataclass(frozen=True)
class Judged:
    """A name and what came of it: "works", "differs", "missing", "aside" or "unprobed"."""

    name: Name
    state: str
    reason: str = ""


def judged(only: str = "") -> Iterator[Judged]:
    """The verdict on every name of the ranking that contains one of the words in `only`."""
    words = only.split(",") if only else [""]
    outcomes = [outcome for snippet in snippets() for outcome in tried(snippet)]
    sound: set[str] = set().union(*(names for names, reason in outcomes if reason is None))
    for name in ranking():
        if any(word in name.name for word in words):
            yield _judge(name, outcomes, sound)


def _judge(name: Name, outcomes: list[tuple[set[str], str | None]], sound: set[str]) -> Judged:
    if name.aside:
        return Judged(name, "aside")
    reasons = [(names, reason) for names, reason in outcomes if name.name in names]
    if not reasons:
        return Judged(name, "unprobed")
    # A snippet that fails is the fault of those of its names that no other snippet shows to work.
    wrong = [reason for names, reason in reasons if reason and (name.name not in sound or names <= sound)]
    if not wrong:
        return Judged(name, "works")
    return Judged(name, "differs" if wrong[0].startswith("differs") else "missing", wrong[0])


def table(only: str = "", failing: bool = False) -> int:
    """Print the verdicts and the shares."""
    found = list(judged(only))
    for each in found:
        if not failing or each.state not in ("works", "aside"):
            reason = f"  {each.reason[:150]}" if each.reason else ""
            print(f"{each.state:8} {each.name.scripts:4}/{each.name.origins:<2} {each.name.name}{reason}")
    for least in (3, 1):
        counted = [each for each in found if each.name.scripts >= least and each.state != "aside"]
        works = [each for each in counted if each.state == "works"]
        uses = sum(each.name.scripts for each in works) / max(sum(each.name.scripts for each in counted), 1)
        share = len(works) / max(len(counted), 1)
        print(
            f"{len(works)} of {len(counted)} names in {least} scripts or more work: "
            f"{share:.1%}, {uses:.1%} by use"
        )
    states = {
        state: sum(each.state == state for each in found) for state in sorted({each.state for each in found})
    }
    print(", ".join(f"{count} {state}" for state, count in states.items()))
    return 0
