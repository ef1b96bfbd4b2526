"""Whether the machine's clock can be believed, by the last moment that was noted.

Every term hangs on it: a clock set back keeps a loss running, one set forward ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from terminal.beijing_time import in_beijing
from terminal.texts import Text

TOLERANCE = timedelta(minutes=2)
"""How far back a clock goes when it is only set right."""
LONGEST_PAUSE = timedelta(days=45)
"""How long a counter stands still at most, longest holiday and a repair included."""


class Jump(StrEnum):
    """Which way a clock jumped."""

    NONE = "none"
    BACK = "back"
    FORWARD = "forward"


@dataclass(frozen=True, slots=True)
class ClockNotice:
    """Hold what was noticed: which way, by how much (0 or more), and the sentence for it."""

    jump: Jump
    by: timedelta
    text: Text


_NONE = ClockNotice(Jump.NONE, timedelta(), Text("本机时钟正常", "the clock looks right"))
_BACK = Text(
    "本机时钟比最近一笔记录的时间（{last}）早{by}，请先校准时钟",
    "the clock is {by} behind the last record ({last}): set it right first",
)
_FORWARD = Text(
    "距最近一笔记录（{last}）已过{by}，请确认本机日期和时间是否正确",
    "the last record ({last}) is {by} old: check that date and time are right",
)
_UNITS = (
    (timedelta(days=1), Text("{n}天", "{n} days")),
    (timedelta(hours=1), Text("{n}小时", "{n} hours")),
    (timedelta(minutes=1), Text("{n}分钟", "{n} minutes")),
    (timedelta(seconds=1), Text("{n}秒", "{n} seconds")),
)


def jump_noticed(
    last_seen: datetime,
    now: datetime,
    tolerance: timedelta = TOLERANCE,
    longest_pause: timedelta = LONGEST_PAUSE,
) -> ClockNotice:
    """Compare the clock with the last moment on record; raises ValueError for naive moments.

    More than ``tolerance`` before it is a jump back, more than ``longest_pause`` after it one
    forward. It only tells: what follows from it is the caller's to decide.
    """
    last = in_beijing(last_seen)
    passed = in_beijing(now) - last
    if -passed > tolerance:
        return ClockNotice(Jump.BACK, -passed, _said(_BACK, last, -passed))
    if passed > longest_pause:
        return ClockNotice(Jump.FORWARD, passed, _said(_FORWARD, last, passed))
    return _NONE


def _said(text: Text, last: datetime, by: timedelta) -> Text:
    return text.filled(last=f"{last:%Y-%m-%d %H:%M:%S}", by=_length(by))


def _length(by: timedelta) -> Text:
    unit, text = next((each for each in _UNITS if by >= 2 * each[0]), _UNITS[-1])
    return text.filled(n=by // unit)
