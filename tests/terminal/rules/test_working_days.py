"""Working days: the library's years, the years it does not know, and imported tables."""

import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.beijing_time import BEIJING
from terminal.rules.working_days import KNOWN, TableWrong, WorkingDays, YearTable, parse_table
from terminal.texts import LANGUAGES

# Made up, of a year that no library will know for long.
TABLE = """
[year.2099]
holidays = [
    2098-12-31, 2099-01-01, 2099-02-09, 2099-05-01, 2099-10-01, 2099-10-02, 2099-10-03, 2099-10-04,
]
make_up = [2098-12-27, 2099-02-14]
"""
ALWAYS_OFF = "2027-01-01, 2027-05-01, 2027-10-01, 2027-10-02, 2027-10-03"


def table(holidays: str = ALWAYS_OFF, make_up: str = "", year: str = "2027") -> str:
    return f"[year.{year}]\nholidays = [{holidays}]\nmake_up = [{make_up}]\n"


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_spring_festival_2026() -> None:
    """The State Council's notice for 2026: off 15 to 23 February, worked on 14 and 28."""
    february = days(date(2026, 2, 9), date(2026, 3, 1))
    off = {date(2026, 2, day) for day in range(15, 24)} | {date(2026, 3, 1)}
    assert {day for day in february if not KNOWN.is_working(day)} == off
    assert all(map(KNOWN.is_announced, february))


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 1, 1), False),
        (date(2026, 1, 4), True),  # a Sunday, made up
        (date(2026, 4, 6), False),  # a Monday, Tomb Sweeping
        (date(2026, 10, 10), True),  # a Saturday, made up
        (date(2026, 10, 11), False),
        (date(2018, 12, 29), True),  # a Saturday, by the notice for 2019
        (date(2018, 12, 31), False),
    ],
)
def test_days_of_known_years(day: date, working: bool) -> None:
    """Holidays fall on weekdays and work on weekends; a plain calendar is wrong on both."""
    assert KNOWN.is_working(day) is working
    assert KNOWN.is_announced(day)


@pytest.mark.parametrize("year", [1, 2003, 2100, 9999])
def test_unknown_years_count_weekdays(year: int) -> None:
    """A year the library lacks gives an answer and a mark; a counter never stands still for it."""
    for day in days(date(year, 12, 22), date(year, 12, 31)):
        assert KNOWN.is_working(day) is (day.isoweekday() <= 5)
        assert not KNOWN.is_announced(day)


def test_an_imported_year_is_announced() -> None:
    """The notice comes in autumn and the library's next release later: a table fills the gap."""
    calendar = WorkingDays(parse_table(TABLE))
    assert calendar.is_announced(date(2099, 6, 1))
    assert not calendar.is_announced(date(2098, 12, 30))
    assert not KNOWN.is_announced(date(2099, 6, 1))
    monday, saturday = date(2099, 2, 9), date(2099, 2, 14)
    assert (calendar.is_working(monday), KNOWN.is_working(monday)) == (False, True)
    assert (calendar.is_working(saturday), KNOWN.is_working(saturday)) == (True, False)
    assert calendar.is_working(monday + timedelta(days=1))
    assert not calendar.is_working(saturday + timedelta(days=1))


def test_an_imported_year_changes_the_december_before() -> None:
    """New Year's bridge lies in the old year, whose own notice or library did not know of it."""
    changed = [date(2025, 12, 27), date(2025, 12, 31)]
    assert [KNOWN.is_working(day) for day in changed] == [False, True]
    late = YearTable(2026, frozenset(changed[1:]), frozenset(changed[:1]))
    early = YearTable(2025, frozenset(changed[:1]), frozenset(changed[1:]))
    for tables in ((late,), (late, early), (early, late)):
        assert [WorkingDays(tables).is_working(day) for day in changed] == [True, False]


def test_a_table_wins_over_the_library() -> None:
    """In 2020 a holiday was lengthened after it had been announced; it may happen again."""
    changed = "2026-01-01, 2026-02-24, 2026-05-01, 2026-10-01, 2026-10-02, 2026-10-03"
    calendar = WorkingDays(parse_table(table(changed, "2026-02-28", year="2026")))
    assert not calendar.is_working(date(2026, 2, 24))
    assert KNOWN.is_working(date(2026, 2, 24))
    # The year is the table's whole: what it does not name is an ordinary day.
    assert calendar.is_working(date(2026, 2, 23))
    assert not calendar.is_working(date(2026, 2, 14))


def test_several_years_in_one_table() -> None:
    """One file is kept and grows; years come in their order however they were written."""
    later = table(ALWAYS_OFF.replace("2027", "2028"), year="2028")
    years = parse_table(later + table(make_up="2027-02-13"))
    assert [each.year for each in years] == [2027, 2028]
    assert years[0].make_up == {date(2027, 2, 13)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing else"),
        ("[year]", "nothing else"),
        ("year = 2027", "nothing else"),
        (TABLE + "[years.2028]", "nothing else"),
        ("[year.2027", "no TOML"),
        (table(ALWAYS_OFF + ", 2027-02-30"), "no TOML"),
        (table() + table(), "no TOML"),
        ("x = " + "[" * 100_000, "no TOML"),
        (table(year="27"), "no year"),
        (table(year='"２０２７"'), "no year"),
        ("[year]\n2027 = 1", "holidays and make_up"),
        ("[year.2027]\nholidays = []", "holidays and make_up"),
        (table() + "holiday = []", "holidays and make_up"),
        (table('"2027-01-01"'), "without quotes"),
        (table("2027-01-01T00:00:00"), "without quotes"),
        (table("20270101"), "without quotes"),
        ("[year.2027]\nholidays = 2027-01-01\nmake_up = []", "without quotes"),
        (table(ALWAYS_OFF + ", 2027-05-01"), "2027-05-01: comes twice"),
        (table(ALWAYS_OFF + ", 2028-01-01"), "2028-01-01: not 2027"),
        (table(ALWAYS_OFF + ", 2026-11-30"), "2026-11-30: not 2027"),
        (table(ALWAYS_OFF + ", 2027-02-13", "2027-02-13"), "2027-02-13: both"),
        (table(make_up="2027-02-08"), "2027-02-08: no weekend"),
        (table("2027-01-01, 2027-05-01, 2027-10-02"), "2027-10-01, 2027-10-03: always off"),
    ],
)
def test_a_wrong_table_is_refused(text: str, said: str) -> None:
    """A slip in a table that counts as announced would give final dates that are wrong."""
    with pytest.raises(TableWrong, match=said) as caught:
        parse_table(text)
    assert str(caught.value) == caught.value.text.en
    assert all(each.strip() and "{" not in each for each in map(caught.value.text.say, LANGUAGES))


def test_the_library_is_loaded_when_it_is_needed() -> None:
    """Every command would wait for it, and most count no working days."""
    script = (
        "import sys; from datetime import date; from terminal.rules.terms import *\n"
        "deadline(date(2026, 3, 1), days(15)); print('chinese_calendar' in sys.modules)\n"
        "deadline(date(2026, 3, 1), working_days(4)); print('chinese_calendar' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.split() == [b"False", b"True"]


@pytest.mark.parametrize("asked", [KNOWN.is_working, KNOWN.is_announced])
def test_a_moment_is_no_day(asked: Callable[[date], bool]) -> None:
    """A datetime passes for a date in Python, with the day of whatever zone it was written in."""
    with pytest.raises(ValueError, match="a moment"):
        asked(datetime(2026, 2, 14, tzinfo=BEIJING))


@settings(max_examples=100)
@given(st.text() | st.dictionaries(st.text(max_size=3), st.integers()).map(lambda d: f"year = {d}"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """What was imported by mistake is a sentence to a person, never a traceback."""
    with pytest.raises(TableWrong):
        parse_table(text)
