"""Every module of PyTorch's own records: built, loaded, run in both modes and differentiated beside it."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")
from oracle.modules import judge, records  # noqa: E402 - it needs PyTorch

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize(("name", "record"), records().items(), ids=records())
def test_module_is_pytorchs(name: str, record: Any) -> None:
    verdict = judge(record, name, most=12)
    assert (verdict.state, verdict.reasons) == ("works", {})
