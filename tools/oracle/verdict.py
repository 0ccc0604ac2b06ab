"""What comes of a comparison."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Verdict:
    """What came of one record.

    Attributes:
        name: the record's name, with its variant.
        state: "works", "differs", "expected" (it differs for a reason), "missing", or "untried" where PyTorch
            left nothing to compare with.
        checks: how many calls were compared.
        reasons: what differed, the first of each kind. Of wrong calls only the words may differ ("error");
            the record then still works.
    """

    name: str
    state: str = "works"
    checks: int = 0
    reasons: dict[str, str] = field(default_factory=dict)
