"""Figures as people read them: three significant digits, thousands grouped, units said."""

from __future__ import annotations

import math

SHARES = frozenset({"accuracy"})


def significant(value: float, digits: int = 3) -> str:
    """The value with so many significant digits: 0.0312, 1.24, 128, 1.3e-07."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if exponent < -4 or exponent >= 6:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(0, digits - 1 - exponent)}f}"


def metric(name: str, value: float) -> str:
    """A metric's value as it is usually said: accuracy in percent, the rest in three digits."""
    if name in SHARES and math.isfinite(value):
        return f"{100 * value:.1f}%"
    return significant(value)


def rate(per_second: float) -> str:
    """Samples a second, short: 950/s, 41k/s, 1.2M/s."""
    if not math.isfinite(per_second) or per_second <= 0:
        return ""
    if per_second >= 999_500:
        return f"{per_second / 1e6:.1f}M/s"
    if per_second >= 9_950:
        return f"{per_second / 1e3:.0f}k/s"
    if per_second >= 995:
        return f"{per_second / 1e3:.1f}k/s"
    return f"{per_second:.0f}/s"
