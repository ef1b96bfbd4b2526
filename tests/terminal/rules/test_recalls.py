"""When a card that was not handed over is recalled: to the second, by the right rule (Art. 21)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from terminal.beijing_time import BEIJING
from terminal.rules.recalls import recall_of
from terminal.rules.states import NOT_HANDED_OVER, Financial, Life
from terminal.rules.terms import DECEASED_RECALL, UNCOLLECTED

MADE = datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING)
OVER = datetime(2026, 9, 3, 0, 0, tzinfo=BEIJING)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("life", sorted(Life))
def test_only_what_is_not_handed_over_is_recalled(life: Life) -> None:
    """Ready, in the post or with an employer; whatever else a card is, it is not recalled."""
    recall = recall_of(life, Financial.OFF, MADE, None, OVER)
    dead = recall_of(life, Financial.OFF, MADE, OVER, OVER)
    assert (recall is not None) == (dead is not None) == (life in NOT_HANDED_OVER)


def test_r_uncollected_6m_is_over_six_months_not_six() -> None:
    """The last second of the last day is still the holder's."""
    before = recall_of(Life.READY, Financial.OFF, MADE, None, OVER - SECOND)
    after = recall_of(Life.READY, Financial.OFF, MADE, None, OVER)
    assert before is not None
    assert after is not None
    assert (before.now, after.now) == (False, True)
    assert before.term is after.term is UNCOLLECTED
    assert after.deadline.day == date(2026, 9, 2)


def test_r_uncollected_6m_is_of_cards_with_a_financial_function() -> None:
    """Art. 21(1) names them alone."""
    assert recall_of(Life.READY, Financial.NONE, MADE, None, OVER) is None
    assert recall_of(Life.READY, Financial.NONE, MADE, MADE, OVER) is not None


@pytest.mark.parametrize(
    ("reminded", "last", "provisional"),
    [
        (datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING), date(2026, 3, 16), False),
        # National Day: seven days off, and the Sunday before and the Saturday after worked.
        (datetime(2026, 9, 30, 23, 59, 59, tzinfo=BEIJING), date(2026, 10, 20), False),
        (date(2026, 9, 30), date(2026, 10, 20), False),
        (datetime(2026, 12, 24, 0, 0, tzinfo=BEIJING), date(2027, 1, 7), True),
    ],
)
def test_r_dead_10wd_counts_working_days_from_the_reminder(
    reminded: datetime | date, last: date, provisional: bool
) -> None:
    """Ten of China's working days, the day of the reminder not counted; it is due at once."""
    recall = recall_of(Life.READY, Financial.OFF, MADE, reminded, MADE)
    assert recall is not None
    assert (recall.term, recall.now) == (DECEASED_RECALL, True)
    assert (recall.deadline.day, recall.deadline.provisional) == (last, provisional)
