"""The engine's products use one BLAS thread, whatever the process was started with."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import gradloom
from threadpoolctl import threadpool_info
gradloom.ones(2, 2) @ gradloom.ones(2, 2)
print({info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"})
"""


def test_blas_keeps_to_one_thread() -> None:
    environment = {"OPENBLAS_NUM_THREADS": "2", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "{1}"
