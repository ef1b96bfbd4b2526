"""Working days (工作日): which days China works, make-up days included.

The State Council announces each year's in the autumn before. The years that the chinesecalendar
library knows are announced; a later one is imported as a table, until then its weekdays count.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from terminal.texts import Text

_SATURDAY = 5
_ALWAYS_OFF = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
"""Month and day (全国年节及纪念日放假办法 Art. 2): a table without them is not complete."""


class TableWrong(ValueError):
    """Say what is wrong with a table of working days; ``text`` has both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True, slots=True)
class YearTable:
    """Hold what the State Council announced for a year.

    ``holidays`` are the days off, weekends among them or not; ``make_up`` the weekend days that
    are worked (调休上班). Either may reach into the December before, as New Year's often does.
    """

    year: int
    holidays: frozenset[date]
    make_up: frozenset[date]


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Know which days are worked; a year's own table wins over the library."""

    tables: tuple[YearTable, ...] = ()

    def is_working(self, day: date) -> bool:
        """Say whether a day is worked; in a year not announced, Monday to Friday are.

        Raises ValueError for a datetime: which day it falls on is Beijing's to say.
        """
        _demand_day(day)
        # The later notice first: the next year's may have changed the end of December.
        for table in (self._table(day.year + 1), self._table(day.year)):
            if table is not None and day in table.make_up | table.holidays:
                return day in table.make_up
        known = None if self._table(day.year) else _in_library(day)
        return day.weekday() < _SATURDAY if known is None else known

    def is_announced(self, day: date) -> bool:
        """Say whether the working days of the day's year are known here; else provisional."""
        _demand_day(day)
        return self._table(day.year) is not None or _in_library(day) is not None

    def _table(self, year: int) -> YearTable | None:
        return next((table for table in self.tables if table.year == year), None)


KNOWN = WorkingDays()
"""The years that the library knows, and no table."""


def parse_table(text: str) -> tuple[YearTable, ...]:
    """Read tables of working days from TOML, in the order of their years; raises TableWrong.

    One ``[year.2027]`` a year, with ``holidays`` and ``make_up``, both lists of TOML dates.
    """
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise TableWrong(
            Text(f"放假安排表不是有效的 TOML：{error}", f"the table is no TOML: {error}")
        ) from error
    years = content.get("year")
    if content.keys() != {"year"} or not isinstance(years, dict) or not years:
        raise TableWrong(
            Text(
                "放假安排表由年份组成，例如 [year.2027]，不能有其他内容",
                "the table is made of years, like [year.2027], and holds nothing else",
            )
        )
    return tuple(_year_table(name, years[name]) for name in sorted(years))


def _year_table(name: str, content: object) -> YearTable:
    if re.fullmatch("20[0-9]{2}", name) is None:
        raise TableWrong(Text(f"{name!r} 不是年份", f"{name!r} is no year"))
    if not isinstance(content, dict) or content.keys() != {"holidays", "make_up"}:
        raise TableWrong(
            Text(
                f"{name} 年应写明 holidays（放假）和 make_up（调休上班），不能有其他内容",
                f"{name} says holidays and make_up, and nothing else",
            )
        )
    year = int(name)
    holidays = _dates(year, "holidays", content["holidays"])
    make_up = _dates(year, "make_up", content["make_up"])
    _demand_none(
        holidays & make_up,
        Text("{days} 既写为放假又写为上班", "{days}: both off and worked"),
    )
    _demand_none(
        {day for day in make_up if day.weekday() < _SATURDAY},
        Text("{days} 不是周末，不能写为调休上班", "{days}: no weekend, so no make-up day"),
    )
    _demand_none(
        {date(year, month, day) for month, day in _ALWAYS_OFF} - holidays,
        Text("缺少法定节假日 {days}，表不完整", "{days}: always off, and missing here"),
    )
    return YearTable(year, holidays, make_up)


def _dates(year: int, key: str, listed: object) -> frozenset[date]:
    if not isinstance(listed, list) or any(type(each) is not date for each in listed):
        raise TableWrong(
            Text(
                f"{year} 年的 {key} 应是日期列表，日期不加引号，例如 [{year}-01-01]",
                f"{key} of {year} is a list of dates without quotes, like [{year}-01-01]",
            )
        )
    days = frozenset(listed)
    _demand_none(
        {day for day in days if listed.count(day) > 1},
        Text("{days} 重复", "{days}: comes twice"),
    )
    _demand_none(
        {day for day in days if day.year != year and (day.year, day.month) != (year - 1, 12)},
        Text(f"{{days}} 不在 {year} 年或上年 12 月", f"{{days}}: not {year}, nor December before"),
    )
    return days


def _demand_none(days: Set[date], wrong: Text) -> None:
    if days:
        listed = [day.isoformat() for day in sorted(days)]
        raise TableWrong(
            Text(wrong.zh.format(days="、".join(listed)), wrong.en.format(days=", ".join(listed)))
        )


def _demand_day(day: date) -> None:
    if isinstance(day, datetime):
        raise ValueError("a moment where a day is asked for")


@lru_cache(maxsize=4096)
def _in_library(day: date) -> bool | None:
    # Imported late: most commands count no working days.
    from chinese_calendar import is_workday  # noqa: PLC0415

    try:
        return bool(is_workday(day))
    except NotImplementedError:  # a year before its first or after its last
        return None
