"""Terms: which day is the last one, and the second in which it is over."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.beijing_time import BEIJING
from terminal.rules.terms import (
    RULE_TERMS,
    TEMPORARY_LOSS,
    UNITS,
    Deadline,
    Term,
    Unit,
    days,
    deadline,
    months,
    working_days,
)
from terminal.rules.working_days import WorkingDays, YearTable

MODEST = settings(max_examples=100)
STARTS = st.dates(date(2003, 1, 1), date(2030, 12, 31))
TERMS = st.builds(Term, st.integers(1, 40), st.sampled_from(Unit))
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["UTC0", "PST8PDT", "CST-8", "<+14>-14"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """Put the machine in a zone, as TZ says it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def test_a_loss_ends_with_its_fifteenth_day(zone: str) -> None:
    """A holder who reports at a minute to midnight has fifteen whole days, wherever we compute."""
    for reported in (
        datetime(2026, 3, 1, 0, 0, 0, tzinfo=BEIJING),
        datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=BEIJING),
    ):
        for written in (reported, reported.astimezone(), reported.astimezone(UTC)):
            end = TEMPORARY_LOSS.deadline(written)
            assert end == Deadline(date(2026, 3, 16))
            last = datetime(2026, 3, 16, 23, 59, 59, tzinfo=BEIJING)
            assert not end.passed(last.astimezone())
            assert end.passed((last + SECOND).astimezone())
            assert end.at.isoformat() == "2026-03-17T00:00:00+08:00"
            assert end.days_left(last.astimezone()) == 0
            assert end.days_left((last + SECOND).astimezone()) == -1
            assert end.days_left(written) == 15


def test_the_day_of_the_event_is_beijings(zone: str) -> None:
    """Eight in the morning in Beijing is still yesterday in UTC, and a day's term is at stake."""
    midnight = datetime(2026, 2, 28, 16, 0, tzinfo=UTC).astimezone()
    assert deadline(midnight, days(1)).day == date(2026, 3, 2)
    assert deadline(midnight - SECOND, days(1)).day == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("start", "number", "last"),
    [
        (date(2026, 1, 15), 6, date(2026, 7, 15)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 8, 30), 6, date(2027, 2, 28)),
        (date(2026, 8, 28), 6, date(2027, 2, 28)),
        (date(2026, 3, 31), 6, date(2026, 9, 30)),
        (date(2028, 2, 29), 6, date(2028, 8, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 6, 30), 6, date(2026, 12, 30)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
    ],
)
def test_months(start: date, number: int, last: date) -> None:
    """The day of the same number, or the month's last; there is no 31 February to wait for."""
    assert deadline(start, months(number)) == Deadline(last)


@pytest.mark.parametrize(
    ("start", "number", "last"),
    [
        (date(2028, 2, 14), 15, date(2028, 2, 29)),
        (date(2027, 2, 14), 15, date(2027, 3, 1)),
        (date(2026, 1, 31), 15, date(2026, 2, 15)),  # the first day of Spring Festival
        (date(2026, 9, 16), 15, date(2026, 10, 1)),  # National Day
    ],
)
def test_calendar_days_are_not_moved(start: date, number: int, last: date) -> None:
    """自然日 pass on holidays as well: a loss does not run longer for Spring Festival."""
    assert deadline(start, days(number)) == Deadline(last)


@pytest.mark.parametrize(
    ("start", "number", "last"),
    [
        (date(2026, 3, 2), 4, date(2026, 3, 6)),
        (date(2026, 3, 5), 4, date(2026, 3, 11)),
        (date(2026, 3, 7), 4, date(2026, 3, 12)),  # a Saturday
        (date(2026, 2, 13), 1, date(2026, 2, 14)),  # the make-up Saturday before the festival
        (date(2026, 2, 13), 4, date(2026, 2, 26)),  # 14, 24, 25, 26
        (date(2026, 2, 14), 4, date(2026, 2, 27)),
        (date(2026, 2, 18), 10, date(2026, 3, 6)),  # 24 to 28, 2 to 6: the Saturday counts
        (date(2026, 9, 30), 4, date(2026, 10, 12)),  # 8, 9, the Saturday 10, 12
        (date(2025, 12, 25), 4, date(2025, 12, 31)),
        (date(2025, 12, 30), 4, date(2026, 1, 6)),  # 31, the Sunday 4 January made up, 5, 6
    ],
)
def test_working_days(start: date, number: int, last: date) -> None:
    """Four working days over Spring Festival are thirteen days; make-up days shorten them."""
    assert deadline(start, working_days(number)) == Deadline(last, provisional=False)


def test_a_term_into_a_year_not_announced() -> None:
    """A date is given and marked: the notice may still move it, the counter goes on."""
    december = date(2098, 12, 26)  # a Friday; no library and no other table knows these years
    known = YearTable(2098, frozenset({date(2098, 12, 31)}), frozenset({date(2098, 12, 27)}))
    calendar = WorkingDays((known,))
    assert deadline(december, working_days(3), calendar) == Deadline(date(2098, 12, 30))
    across = deadline(december, working_days(5), calendar)
    assert across == Deadline(date(2099, 1, 2), provisional=True)
    assert not across.passed(across.at - SECOND)
    assert across.passed(across.at)
    for term in (days(30), months(6)):
        assert not deadline(december, term, calendar).provisional


def test_an_announced_year_is_not_provisional() -> None:
    """Once its table is there the same term has its final date, New Year's Day left out."""
    table = YearTable(2027, frozenset({date(2027, 1, 1)}), frozenset({date(2027, 1, 3)}))
    end = deadline(date(2026, 12, 29), working_days(4), WorkingDays((table,)))
    assert end == Deadline(date(2027, 1, 4), provisional=False)


def test_naive_moments_are_refused(zone: str) -> None:
    """A moment without a zone would be the machine's own, and nobody knows where that is."""
    naive = datetime(2026, 3, 1)  # noqa: DTZ001  the mistake itself
    end = Deadline(date(2026, 3, 16))
    for ask in (lambda: deadline(naive, days(15)), lambda: end.passed(naive)):
        with pytest.raises(ValueError, match="time zone"):
            ask()
    with pytest.raises(ValueError, match="time zone"):
        end.days_left(naive)


@pytest.mark.parametrize("number", [0, -1, 1.5, True, "4"])
def test_a_term_has_a_length(number: int) -> None:
    """A term of no days would end before its event did; half a working day counts for ever."""
    with pytest.raises(ValueError, match="length"):
        working_days(number)


def test_the_terms_of_the_rules() -> None:
    """The numbers a holder is told are the regulation's, each with where it stands."""
    assert {each.rule: (each.article, each.term) for each in RULE_TERMS} == {
        "R-TEMP-15": ("Rules Art. 13", days(15)),
        "R-BANK-6M": ("Rules Art. 16", months(6)),
        "R-FIN-6M": ("Rules Art. 19", months(6)),
        "R-UNCOLLECTED-6M": ("Rules Art. 21(1)", months(6)),
        "R-DEAD-10WD": ("Rules Art. 21(2)", working_days(10)),
        "R-GROUP-30": ("Rules Art. 7", days(30)),
        "R-MAKE-30": ("Rules Art. 22", days(30)),
        "R-MAKE-4WD": ("Rules Art. 22", working_days(4)),
    }
    assert all(each.start.zh and each.start.en for each in RULE_TERMS)


def test_what_a_person_reads() -> None:
    """A provisional date says so itself, or it is told to the holder as a promise."""
    assert set(UNITS) == set(Unit)
    assert (days(15).text.zh, working_days(4).text.en) == ("15个自然日", "4 working days")
    said = Deadline(date(2026, 3, 6)).text
    assert (said.zh, said.en) == ("2026年3月6日24时", "24:00 on 2026-03-06")
    marked = Deadline(date(2026, 3, 6), provisional=True).text
    assert (said.zh in marked.zh, "暂定" in marked.zh) == (True, True)
    assert (said.en in marked.en, "provisional" in marked.en) == (True, True)


@MODEST
@given(STARTS, STARTS, TERMS)
def test_who_comes_first_is_due_first(one: date, other: date, term: Term) -> None:
    """Whatever falls between, a later event never has an earlier end."""
    first, second = sorted([one, other])
    assert deadline(first, term).day <= deadline(second, term).day


@MODEST
@given(STARTS, st.integers(1, 400))
def test_calendar_days_are_a_sum(start: date, number: int) -> None:
    """Nothing but the number moves a term of calendar days."""
    assert deadline(start, days(number)) == Deadline(start + timedelta(days=number))


@MODEST
@given(STARTS, st.integers(1, 40))
def test_working_days_are_not_fewer_than_days(start: date, number: int) -> None:
    """A working day is a day; the end is one itself, and one day more is one later."""
    end = deadline(start, working_days(number))
    assert end.day >= deadline(start, days(number)).day
    assert WorkingDays().is_working(end.day)
    assert deadline(start, working_days(number + 1)).day > end.day


@MODEST
@given(
    st.datetimes(
        datetime(2004, 1, 1),  # noqa: DTZ001  hypothesis adds the zone
        datetime(2030, 1, 1),  # noqa: DTZ001  hypothesis adds the zone
        timezones=st.integers(-12 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
    ),
    TERMS,
)
def test_a_moment_counts_as_its_beijing_day(at: datetime, term: Term) -> None:
    """Only the moment counts, not the zone it was written in; and no term is over at once."""
    end = deadline(at, term)
    assert end == deadline(at.astimezone(BEIJING).date(), term)
    assert not end.passed(at + timedelta(hours=24))
    assert end.passed(end.at)
    assert end.days_left(at) >= 1
