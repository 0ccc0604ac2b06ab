"""How long a cold process takes to a window that can be used: the median of five.

From the start of the interpreter to the first picture of the window with its example in it, offscreen.
The processor time says the same on a machine that is busy with something else.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROUNDS = 5
TARGET_S = 1.5

CHILD = """
import time
from gradloom_studio import app as studio
with studio.collector_paused():
    app = studio.application()
    window = studio.open_window(app, None, None, "light")
    window.show()
    app.processEvents()
    window.grab()
print(time.monotonic(), time.process_time(), flush=True)
import os
os._exit(0)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {
            "QT_QPA_PLATFORM": "offscreen",
            "GRADLOOM_SETTINGS": str(Path(folder) / "settings.ini"),
            "GRADLOOM_PLUGINS": "0",
        }
        rounds = [_round(env) for _ in range(ROUNDS)]
    wall, processor = (median(column) for column in zip(*rounds, strict=True))
    print(f"start to usable window  {wall:6.2f} s   (target {TARGET_S} s)")
    print(f"  of which processor    {processor:6.2f} s")


def _round(env: dict[str, str]) -> tuple[float, float]:
    begun = time.monotonic()
    child = subprocess.run([sys.executable, "-c", CHILD], env=env, check=True, capture_output=True, text=True)
    ready, processor = map(float, child.stdout.split())
    return ready - begun, processor


if __name__ == "__main__":
    main()
