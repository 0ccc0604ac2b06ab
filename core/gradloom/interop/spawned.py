"""The main module of a process that a script spawned: the script again, with `torch` answered as before.

A spawned process begins by running its parent's main module under another name. `run_script` gives that
module the name of this one, so that Gradloom answers before the script's first import.
"""

from __future__ import annotations

import atexit
import io
import os
import sys
from contextlib import ExitStack

from gradloom.interop.alias import aliased
from gradloom.interop.script import SCRIPT

if __name__ == "__mp_main__":
    _as_long_as_the_process = ExitStack()
    _as_long_as_the_process.enter_context(aliased())
    atexit.register(_as_long_as_the_process.close)
    __file__ = sys.argv[0] = os.environ[SCRIPT]
    with io.open_code(__file__) as _script:
        exec(compile(_script.read(), __file__, "exec", dont_inherit=True), globals())
