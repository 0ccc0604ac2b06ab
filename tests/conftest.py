"""What holds for all tests."""

from __future__ import annotations

import sys

import pytest

import gradloom


@pytest.fixture(autouse=True)
def _same_random_numbers() -> None:
    """Let a test draw the same numbers whichever ran before it in its process."""
    gradloom.manual_seed(0)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)
