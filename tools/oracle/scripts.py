"""Short scripts run on both engines: they must return the same, or raise the same words."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import torch

import gradloom

Script = Callable[[Any], Any]
"""A function of the engine, which it takes for `torch`."""


def plain(value: Any) -> Any:
    """A result that compares across engines."""
    if isinstance(value, str):
        return re.sub(r"\bgradloom\b", "torch", value)
    if isinstance(value, (gradloom.Tensor, torch.Tensor)):
        return str(value.dtype).split(".")[-1], bool(value.requires_grad), value.detach().tolist()
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (int, float, type(None))):
        return value
    return f"{type(value).__module__}.{type(value).__name__}" if callable(value) else str(value)


def outcome(script: Script, lib: Any) -> Any:
    """What a script returns, with the warnings it gave; or its error's type and words."""
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            result = plain(script(lib))
        return result, [plain(str(each.message)).split(". ")[0] for each in warned]
    except Exception as error:  # noqa: BLE001 - whatever it is, the other engine must raise it too
        words = str(error.args[0] if error.args else error)
        words = re.sub(r"\bgradloom\b", "torch", words).replace("nn.modules.container.", "nn.containers.")
        return type(error).__name__, words
