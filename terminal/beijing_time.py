"""Beijing time: the counter's day is Beijing's, wherever the machine thinks it stands."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Beijing")
"""Asia/Shanghai without summer time since 1991, so no table of zones is needed."""


def in_beijing(at: datetime) -> datetime:
    """Give a moment in Beijing time; raises ValueError where it has no time zone."""
    if at.utcoffset() is None:
        raise ValueError("a moment without a time zone")
    return at.astimezone(BEIJING)


def beijing_day(at: datetime) -> date:
    """Give the Beijing day of a moment; raises ValueError where it has no time zone."""
    return in_beijing(at).date()


def start_of(day: date) -> datetime:
    """Give the first moment of a Beijing day."""
    return datetime.combine(day, time(), BEIJING)
