"""The names that public PyTorch scripts use work, beside PyTorch's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

sys.path.insert(0, str(Path(__file__).parents[3] / "tools"))


def test_every_name_is_tried_and_nearly_all_work() -> None:
    from oracle.names import judged

    found = [each for each in judged() if each.state != "aside"]
    assert [each.name.name for each in found if each.state == "unprobed"] == []
    often = [each for each in found if each.name.scripts >= 3]
    failing = [f"{each.name.name}: {each.reason}" for each in often if each.state != "works"]
    assert len(failing) <= 0.01 * len(often), "\n".join(failing)
