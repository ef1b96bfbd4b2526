"""Beijing time: one day for the whole city, whatever the machine thinks."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

import pytest

from terminal.beijing_time import BEIJING, beijing_day, in_beijing, start_of
from terminal.journal import BEIJING as JOURNALS
from terminal.journal.model import beijing_day as journals_day


class Nowhere(tzinfo):
    """A zone that does not say how far it is from anywhere."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        return None


@pytest.mark.parametrize("hours", [-12, -8, 0, 5.5, 8, 14])
def test_the_day_turns_at_beijings_midnight(hours: float) -> None:
    """The same moment is the same day in whatever zone it was written down."""
    first = datetime(2026, 2, 28, 16, 0, tzinfo=UTC).astimezone(timezone(timedelta(hours=hours)))
    assert beijing_day(first) == date(2026, 3, 1)
    assert beijing_day(first - timedelta(microseconds=1)) == date(2026, 2, 28)
    assert in_beijing(first).isoformat() == "2026-03-01T00:00:00+08:00"
    assert start_of(date(2026, 3, 1)) == first


@pytest.mark.parametrize("zone", [None, Nowhere()])
def test_a_moment_has_a_zone(zone: tzinfo | None) -> None:
    """A naive moment is the machine's own opinion: eight hours off on a machine in UTC."""
    for asked in (beijing_day, in_beijing):
        with pytest.raises(ValueError, match="time zone"):
            asked(datetime(2026, 3, 1, tzinfo=zone))


def test_the_journal_counts_by_the_same() -> None:
    """Two ideas of the day would settle the till on one and the loss on the other."""
    assert (JOURNALS, journals_day) == (BEIJING, beijing_day)
