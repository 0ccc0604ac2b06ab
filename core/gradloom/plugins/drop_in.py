"""A plugin in a single file, run under a private name, with its folder kept off the import path."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from gradloom.plugins.registration import PluginError

_PREFIX = "_gradloom_plugin_"


def load_file(path: Path) -> ModuleType:
    """Run a plugin's file as a module that no `import` can reach by accident.

    A file called numpy.py shadows nothing, since neither its name nor its folder is made importable.

    Raises:
        PluginError: not a file.
        OSError: a file that is gone or cannot be read.
        SyntaxError: not Python.
        BaseException: whatever the file raises.
    """
    if path.exists() and not path.is_file():
        raise PluginError(f"{readable(path.name)} is not a file; a plugin is one Python file.")
    source = path.read_bytes()
    code = compile(source, str(path), "exec", dont_inherit=True)
    name = f"{_PREFIX}{path.stem.replace('.', '_')}_{zlib.crc32(source):08x}"
    module = ModuleType(name)
    module.__file__ = str(path)
    # Type hints and pickles look a class's module up by its name.
    sys.modules[name] = module
    exec(code, module.__dict__)
    return module


@contextmanager
def forgetting_failures() -> Iterator[None]:
    """Files that were run inside leave no module behind if the block raises."""
    before = set(sys.modules)
    try:
        yield
    except BaseException:
        for name in sys.modules.keys() - before:
            if name.startswith(_PREFIX):
                sys.modules.pop(name, None)
        raise


def readable(name: str | Path) -> str:
    """A file's name, or any text, that can be printed: bytes that are not UTF-8 become replacement marks."""
    return os.fspath(name).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
