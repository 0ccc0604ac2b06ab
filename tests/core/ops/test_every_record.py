"""Every op record of PyTorch's own test suite, in both engines."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("expecttest")
from oracle.ops import EXPECTED, judge, records

pytestmark = pytest.mark.oracle
RECORDS = records()


def test_the_exceptions_are_records() -> None:
    assert EXPECTED.keys() <= RECORDS.keys()


@pytest.mark.parametrize("name", RECORDS)
def test_record(name: str) -> None:
    verdict = judge(RECORDS[name], name, most=3)
    if verdict.state == "untried":
        pytest.skip("PyTorch leaves nothing to compare with")
    assert verdict.state == "works" or name in EXPECTED, verdict.reasons
