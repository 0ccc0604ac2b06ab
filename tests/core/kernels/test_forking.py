"""A process may be forked while another thread is about to use compiled kernels for the first time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("numba")

SCRIPT = """
import os, signal, sys, threading, warnings
import gradloom

warnings.simplefilter("ignore", DeprecationWarning)  # that forking beside threads may end in a deadlock
use = lambda: gradloom.ones(64, 64).softmax(1).sum().item()
user = threading.Thread(target=use)
user.start()
while user.is_alive() and "numba" not in sys.modules:
    pass
assert "numba" in sys.modules
child = os.fork()
if not child:
    signal.alarm(30)
    use()
    os._exit(0)
sys.exit(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_a_process_may_be_forked_while_the_compiler_is_imported() -> None:
    environment = {**os.environ, "GRADLOOM_COMPILED": "1"}
    subprocess.run([sys.executable, "-c", SCRIPT], env=environment, check=True)
