"""Times as people say them: how long something took, and when it was."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication


def duration(seconds: float) -> str:
    """A span of time: 0.4 s, 12 s, 2 min 05 s, 1 h 20 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def moment(time: datetime, now: datetime) -> str:
    """A time seen from `now`, in the same zone: 20:41, yesterday 20:41, 26 Nov, 26 Nov 2025."""
    if time.date() == now.date():
        return f"{time:%H:%M}"
    if time.date() == (now - timedelta(days=1)).date():
        return _tr("yesterday {0}").format(f"{time:%H:%M}")
    day = f"{time.day} {time:%b}"
    return day if time.year == now.year else f"{day} {time.year}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Moments", text)
