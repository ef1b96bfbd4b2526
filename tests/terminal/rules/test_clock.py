"""The clock: what is noticed, and how small a thing is let pass."""

from datetime import UTC, datetime, timedelta

import pytest

from terminal.beijing_time import BEIJING
from terminal.rules.clock import LONGEST_PAUSE, TOLERANCE, Jump, jump_noticed

LAST = datetime(2026, 3, 1, 9, 30, tzinfo=BEIJING)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("moved", "jump"),
    [
        (timedelta(), Jump.NONE),
        (timedelta(days=10), Jump.NONE),
        (-TOLERANCE, Jump.NONE),
        (-TOLERANCE - MOMENT, Jump.BACK),
        (-timedelta(days=4000), Jump.BACK),
        (LONGEST_PAUSE, Jump.NONE),
        (LONGEST_PAUSE + MOMENT, Jump.FORWARD),
        (timedelta(days=4000), Jump.FORWARD),
    ],
)
def test_what_is_a_jump(moved: timedelta, jump: Jump) -> None:
    """A clock set right by seconds is no jump, a dead battery or a wrong year is."""
    noticed = jump_noticed(LAST, (LAST + moved).astimezone(UTC))
    assert noticed.jump is jump
    assert noticed.by == (timedelta() if jump is Jump.NONE else abs(moved))


def test_the_limits_are_given() -> None:
    """An outlet that closes for the summer, or one with a bad clock, has limits of its own."""
    back, ahead = LAST - timedelta(minutes=5), LAST + timedelta(days=60)
    assert jump_noticed(LAST, back, timedelta(minutes=5)).jump is Jump.NONE
    assert jump_noticed(LAST, ahead, longest_pause=timedelta(days=60)).jump is Jump.NONE


@pytest.mark.parametrize(
    ("moved", "zh", "en"),
    [
        (-timedelta(minutes=2, seconds=1), "早2分钟", "2 minutes behind"),
        (-timedelta(minutes=119), "早119分钟", "119 minutes behind"),
        (-timedelta(hours=8), "早8小时", "8 hours behind"),
        (-timedelta(days=365), "早365天", "365 days behind"),
        (timedelta(days=46), "已过46天", "46 days old"),
    ],
)
def test_what_a_person_reads(moved: timedelta, zh: str, en: str) -> None:
    """Eight hours say a wrong zone and a year a typing mistake: the sentence says how much."""
    said = jump_noticed(LAST, LAST + moved).text
    assert zh in said.zh
    assert en in said.en
    assert all("2026-03-01 09:30:00" in each and "{" not in each for each in (said.zh, said.en))


def test_small_limits_are_said_in_seconds() -> None:
    """A limit below a minute must not be told as 0 minutes."""
    assert "早30秒" in jump_noticed(LAST, LAST - timedelta(seconds=30), timedelta()).text.zh


def test_naive_moments_are_refused() -> None:
    """A record without a zone is eight hours off on some machine: that would be a jump itself."""
    naive = LAST.replace(tzinfo=None)
    for last, now in ((naive, LAST), (LAST, naive)):
        with pytest.raises(ValueError, match="time zone"):
            jump_noticed(last, now)
