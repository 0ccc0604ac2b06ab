"""TorchScript: what it would compile runs as the Python that it is, which gives the same numbers."""

from __future__ import annotations

from typing import Any, Final

from gradloom.inert.refusal import Unavailable

__all__ = [
    "Final", "ScriptFunction", "ScriptModule", "annotate", "export", "freeze", "ignore", "is_scripting",
    "is_tracing", "isinstance", "load", "optimize_for_inference", "save", "script", "script_method", "trace",
    "unused",
]  # fmt: skip

_ALONE = "it runs Python code only; keep the code and use save and load on model.state_dict()"

save = Unavailable("jit.save", _ALONE)
load = Unavailable("jit.load", _ALONE)
isinstance = isinstance  # noqa: A001 - PyTorch's name


class ScriptModule:
    """What `script` would give; nothing is an instance of it."""


class ScriptFunction:
    """What `script` would give; nothing is an instance of it."""


def script(obj: Any, *args: Any, **settings: Any) -> Any:
    """`obj` itself."""
    return obj


def trace(func: Any, example_inputs: Any = None, *args: Any, **settings: Any) -> Any:
    """`func` itself, which the example is not run through."""
    return func


def ignore(fn: Any = None, drop: bool = False, **settings: Any) -> Any:
    """`fn` itself; also as a decorator."""
    return fn if callable(fn) else (lambda function: function)


def _itself(obj: Any, *args: Any, **settings: Any) -> Any:
    """`obj` itself."""
    return obj


export = unused = script_method = freeze = optimize_for_inference = _itself


def annotate(the_type: Any, the_value: Any) -> Any:
    """`the_value`."""
    return the_value


def is_scripting() -> bool:
    """Whether code is being compiled: never."""
    return False


def is_tracing() -> bool:
    """Whether a function is being traced: never."""
    return False
