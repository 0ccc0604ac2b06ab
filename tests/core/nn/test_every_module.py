"""Every module of PyTorch's own records: built, loaded, run in both modes and differentiated beside it."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
from oracle.modules import EXPECTED, judge, records  # noqa: E402 - it needs PyTorch

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize(("name", "record"), records().items(), ids=records())
def test_module(name: str, record: object) -> None:
    verdict = judge(record, name, most=12)
    if verdict.state == "missing":
        pytest.skip(verdict.reasons["missing"])
    assert (verdict.state, verdict.reasons) == ("works", {}) or name in EXPECTED


def test_what_is_expected_to_differ_is_a_record() -> None:
    assert records().keys() >= EXPECTED.keys()
