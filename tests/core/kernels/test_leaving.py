"""A process may end while a thread of it compiles."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("numba")

SCRIPT = """
import threading
import numba
from numba.core.compiler_lock import global_compiler_lock
import gradloom.kernels.compiled.jit

amid = threading.Event()

def compile_something():
    with global_compiler_lock:
        amid.set()
        numba.njit(lambda number: number + 1)(1)
        print("compiled")

threading.Thread(target=compile_something, daemon=True).start()
amid.wait()
"""


def test_leaving_waits_until_a_thread_has_compiled_what_it_was_at() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout == "compiled\n"
