"""Running a script as Python runs it, with `torch` answered by Gradloom."""

from __future__ import annotations

import io
import os
import runpy
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType

from gradloom.interop.alias import aliased

INTERRUPTED = 130
SCRIPT = "GRADLOOM_SCRIPT"
"""The variable of the environment in which processes that the script spawns find it."""

_OURS = str(Path(__file__).parents[1])
_MACHINERY = ("<frozen ", str(Path(runpy.__file__)))


def run_script(path: str, arguments: Sequence[str]) -> int:
    """Run the file as `__main__`, as `python path arguments` would; the exit code.

    Raises:
        OSError: the file cannot be read.
        SystemExit: the script's own.
    """
    with io.open_code(os.path.abspath(path)) as file:
        source = file.read()

    def run() -> None:
        main = ModuleType("__main__")
        main.__file__ = path
        main.__loader__ = SourceFileLoader("__main__", path)
        # What a spawned process runs as its main module, and where that finds the script.
        main.__spec__ = ModuleSpec("gradloom.interop.spawned", main.__loader__)
        os.environ[SCRIPT] = os.path.abspath(path)
        vars(main).update(__builtins__=__builtins__, __cached__=None)
        sys.modules["__main__"] = main
        exec(compile(source, path, "exec", dont_inherit=True), vars(main))

    with _command_line([path, *arguments], os.path.dirname(os.path.realpath(path))):
        return _watched(run)


def run_module(name: str, arguments: Sequence[str]) -> int:
    """Run a module as `__main__`, as `python -m name arguments` would; the exit code."""

    def run() -> None:
        runpy.run_module(name, run_name="__main__", alter_sys=True)

    with _command_line([name, *arguments], os.getcwd()):
        return _watched(run)


@contextmanager
def _command_line(words: list[str], folder: str) -> Iterator[None]:
    """Within the block the process looks as if Python had been started with these words."""
    before = sys.argv, list(sys.path), sys.modules["__main__"]
    sys.argv = words
    if not sys.flags.safe_path:
        sys.path[:1] = [folder]
    try:
        with aliased():
            yield
    finally:
        sys.argv, sys.path[:], sys.modules["__main__"] = before


def _watched(run: Callable[[], None]) -> int:
    """Show what the script did not catch as Python would, without our own frames."""
    try:
        run()
    except SystemExit:
        raise
    except KeyboardInterrupt as error:
        _show(error)
        return INTERRUPTED
    except BaseException as error:  # noqa: BLE001 - everything that Python itself would show
        _show(error)
        return 1
    finally:
        sys.stdout.flush()
    return 0


def _show(error: BaseException) -> None:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        each.__traceback__ = _of_the_script(each.__traceback__)
        each = each.__cause__ or each.__context__
    sys.excepthook(type(error), error, error.__traceback__)


def _of_the_script(trace: TracebackType | None) -> TracebackType | None:
    """The frames from the script on, without those that made `torch` answer."""
    frames: list[TracebackType] = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    kept = [frame for frame in frames if not _is_machinery(frame)]
    rebuilt: TracebackType | None = None
    for frame in reversed(kept):
        rebuilt = TracebackType(rebuilt, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return rebuilt


def _is_machinery(trace: TracebackType) -> bool:
    file = trace.tb_frame.f_code.co_filename
    inside = file.startswith(_OURS) and Path(file).parent.name in ("interop", "inert", "cli")
    return inside or file.startswith(_MACHINERY)
