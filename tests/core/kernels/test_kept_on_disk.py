"""What was compiled once is found on the disk by the next process, so nobody waits for it again."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("numba")

STEPS = """
import gradloom
from gradloom import nn, optim
from gradloom.kernels.counterpart import when_compiling

told = []
with when_compiling(lambda: told.append(1)):
    for make in (
        lambda weights: optim.SGD(weights, lr=0.1),
        lambda weights: optim.SGD(weights, lr=0.1, momentum=0.9),
        lambda weights: optim.AdamW(weights, amsgrad=True),
    ):
        convolution = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2))
        network = nn.Sequential(convolution, nn.Flatten(), nn.Linear(18, 3))
        step = gradloom.compile(
            lambda x, y, network=network: nn.functional.cross_entropy(network(x), y).backward()
        )
        moves = make(network.parameters())
        for _ in range(4):
            moves.zero_grad()
            step(gradloom.randn(5, 1, 8, 8), gradloom.tensor([0, 1, 2, 0, 1]))
            moves.step()
print("compiled" if told else "found")
"""


NESTED = """
from gradloom.kernels.compiled.jit import jit
from gradloom.kernels.counterpart import when_compiling

@jit
def inner(x): return x + 1

@jit
def outer(x): return inner(x) * 2

with when_compiling(lambda: print("from"), lambda: print("to")):
    outer(1.0)
    outer(1.0)
"""


NUMBERS = """
from gradloom.kernels.compiled.jit import jit

@jit
def inner(x): return x + 1

@jit
def outer(x): return inner(2) + inner(3) + inner(x)

print(outer(4), len(inner.overloads))
"""


COLLECTED = """
import gc
from threading import Thread
gathered = []

def note(phase, info):
    if phase == "start":
        gathered.append(gc.get_count()[0])

gc.callbacks.append(note)
from gradloom.kernels.compiled.jit import jit

@jit
def in_order(x): return sorted(x)

@jit
def backward(x): return sorted(x, reverse=True)

usual = gc.get_threshold()
threads = [Thread(target=each, args=([1.0, 2.0],)) for each in (in_order, backward)]
for each in threads:
    each.start()
for each in threads:
    each.join()
gc.callbacks.clear()
print(max(gathered) < 100_000, gc.get_threshold() == usual, gc.isenabled())
"""


def test_compiling_leaves_no_heap_of_garbage_that_holds_up_all_threads() -> None:
    done = subprocess.run([sys.executable, "-c", COLLECTED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True"]


def test_of_each_kernel_is_told_when_it_is_compiled() -> None:
    done = subprocess.run([sys.executable, "-c", NESTED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["from", "from", "to", "to"]


def test_numbers_that_callers_write_out_make_no_copies() -> None:
    done = subprocess.run([sys.executable, "-c", NUMBERS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["12", "1"]


def test_a_second_process_compiles_nothing() -> None:
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", STEPS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "found"


CALL = """
import numpy as np
from threading import enumerate
from numba.core import event
from numba.core.compiler_lock import global_compiler_lock
from gradloom.kernels.compiled import {module}, crew

class Compiled(event.Listener):
    def on_start(self, event): print("compiled")
    def on_end(self, event): pass

event.register("numba:compile", Compiled())
print({module}.{call})
# Whatever a thread still compiles would not be kept if the process ended first.
while any(each.name == "gradloom-helper" for each in enumerate()) and not crew._help.overloads:
    pass
with global_compiler_lock:
    pass
"""


def _call(folder: Path, module: str, call: str) -> list[str]:
    script = CALL.format(module=module, call=call)
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.split()


def test_a_file_holds_all_that_its_function_calls(tmp_path: Path) -> None:
    call = "relu(np.arange(-2, 3, dtype=np.float32))"
    first = _call(tmp_path, "activations", call)
    assert "compiled" in first
    for path in tmp_path.rglob("*.nbc"):
        if not path.name.startswith(("activations._relu.whole-", "crew._help-")):
            path.unlink()
    assert _call(tmp_path, "activations", call) == [each for each in first if each != "compiled"]


READS = """
from collections import Counter
import numpy as np
from gradloom.kernels.compiled import channels, keeping

reads, load = Counter(), keeping.Files.load

def counted(self, key):
    reads[self._name, key] += 1
    return load(self, key)

keeping.Files.load = counted
images, one = np.ones((2, 3, 40), np.float32), np.ones(3, np.float32)
channels.batch_norm(images, 1e-5, None, None)
for _ in range(3):
    channels.scale_and_shift(images, one, one)
print(max(reads.values()))
"""


def test_a_loop_that_compiled_code_and_python_call_is_read_once_for_each() -> None:
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", READS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_files_of_two_writers_at_once_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gradloom.kernels.compiled.keeping import Files

    one, other = Files(str(tmp_path), "double"), Files(str(tmp_path), "double")
    replace = os.replace

    def replace_late(source: str, target: str) -> None:
        monkeypatch.undo()
        other.save("of whole numbers", "its code")
        replace(source, target)

    monkeypatch.setattr(os, "replace", replace_late)
    one.save("of floats", "another code")
    assert (one.load("of whole numbers"), one.load("of floats")) == ("its code", "another code")


def test_a_process_that_has_outlived_its_sources_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gradloom.kernels.compiled import keeping

    newer = tmp_path / "numbers.double-3.py311.0123456789abcdef.0123456789abcdef.nbc"
    newer.touch()
    monkeypatch.setattr(keeping, "edition_on_disk", lambda: "0123456789abcdef")
    keeping.Files(str(tmp_path), "numbers.double-3.py311").save("of floats", "its code")
    assert newer.exists()


def test_what_other_sources_were_compiled_to_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gradloom.kernels.compiled import keeping

    keeping.Files(str(tmp_path), "numbers.double-3.py311").save("of floats", "its code")
    monkeypatch.setattr(keeping, "edition", lambda: "0123456789abcdef")
    assert keeping.Files(str(tmp_path), "numbers.double-3.py311").load("of floats") is None


def test_any_change_of_any_kernel_makes_another_edition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gradloom.kernels import edition

    monkeypatch.setattr(edition, "__file__", str(tmp_path / "edition.py"))
    (tmp_path / "compiled").mkdir()
    kernels = [tmp_path / "rows.py", tmp_path / "compiled" / "rows.py"]
    for path in kernels:
        path.write_text("one = 1")
    seen = [edition.edition_on_disk(), edition.edition_on_disk()]
    for path in kernels:
        path.write_text("one = 2")
        seen.append(edition.edition_on_disk())
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3


def test_files_of_other_sources_go(tmp_path: Path) -> None:
    from gradloom.kernels.compiled.keeping import Files

    files = Files(str(tmp_path), "numbers.double-3.py311")
    old = "0123456789abcdef.0123456789abcdef"
    for name in ("numbers.double-3.py311", "numbers.double-2.py311", "numbers.gone-7.py311"):
        (tmp_path / f"{name}.{old}.nbc").touch()
    others = [tmp_path / f"numbers.double-3.py312.{old}.nbc", tmp_path / "numbers.cached-1.py311.1.nbc"]
    for path in others:
        path.touch()
    files.save("of floats", "its code")
    (kept,) = {*tmp_path.iterdir()} - {*others}
    assert files.load("of floats") == "its code"
    kept.unlink()
    assert files.load("of floats") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-3],
        lambda content: bytes(len(content)),
        lambda content: content.replace(b"code", b"c0de"),
        lambda content: pickle.dumps("something else"),
        lambda content: b"I1x\n.",
    ],
    ids=["empty", "torn", "zeros", "a changed byte", "another pickle", "no pickle"],
)
def test_a_damaged_file_is_not_believed(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    from gradloom.kernels.compiled.keeping import Files

    files = Files(str(tmp_path), "double")
    files.save("of floats", "its code")
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(damage(kept.read_bytes()))
    assert files.load("of floats") is None


def test_what_cannot_be_kept_is_compiled_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "kernels"
    spoil = f"__import__('shutil').rmtree({str(folder)!r}), open({str(folder)!r}, 'w').close()"
    assert "1." in _call(folder, "activations", f"relu(({spoil}, np.arange(-2, 3, dtype=np.float32))[-1])")


def test_a_look_at_shapes_needs_no_compiler() -> None:
    script = """
import sys
from gradloom.experiment.analyse import analyse
from gradloom.experiment.examples import NAMES, read_example
from gradloom.plugins import load_plugins

catalogue = load_plugins(entry_points=False).catalogue
for name in NAMES:
    assert not analyse(read_example(name), catalogue).obstacles
print("numba" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
