"""Modules without first values."""

from __future__ import annotations

import inspect
from typing import Any

from gradloom.nn.module import Module
from gradloom.random import Generator, use_generator


def skip_init(module_cls: type[Module], *args: Any, **kwargs: Any) -> Module:
    """A module whose values nobody counts on, and that takes no random numbers.

    RuntimeError if the class is not a module's, or takes no `device`.
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    with use_generator(Generator()):
        return module_cls(*args, **kwargs)
