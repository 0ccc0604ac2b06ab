"""The names that public PyTorch scripts use work, beside PyTorch's."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


def test_every_name_is_tried_and_works() -> None:
    from oracle.names import judged

    failing = [each for each in judged() if each.state not in ("aside", "works")]
    assert [f"{each.name.name} is {each.state}: {each.reason}" for each in failing] == []
