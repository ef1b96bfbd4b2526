"""Terms (期间) and when they end: the one place where the regulation's time is counted.

Regulation digest, "How time is counted", after 民法典 Art. 200-203: the day of the event is not
counted, a term ends at 24:00 of its last day, Beijing time. Outlet hours do not shorten it, and
no holiday moves its end (docs/decisions/0011).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from terminal.beijing_time import beijing_day, in_beijing, start_of
from terminal.rules.working_days import KNOWN, WorkingDays
from terminal.texts import Text

_DAY = timedelta(days=1)


class Unit(StrEnum):
    """What a term is counted in."""

    CALENDAR_DAYS = "calendar_days"
    """自然日, holidays or not."""
    WORKING_DAYS = "working_days"
    """工作日, make-up days among them."""
    MONTHS = "months"


UNITS = {
    Unit.CALENDAR_DAYS: Text("个自然日", "calendar days"),
    Unit.WORKING_DAYS: Text("个工作日", "working days"),
    Unit.MONTHS: Text("个月", "months"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """Hold a length of time as the regulation says it; raises ValueError for less than 1."""

    number: int
    unit: Unit

    def __post_init__(self) -> None:
        if type(self.number) is not int or self.number < 1:
            raise ValueError(f"no length of a term: {self.number!r}")

    @property
    def text(self) -> Text:
        """Say it as the regulation does."""
        unit = UNITS[self.unit]
        return Text(f"{self.number}{unit.zh}", f"{self.number} {unit.en}")


def days(number: int) -> Term:
    """Make a term of calendar days."""
    return Term(number, Unit.CALENDAR_DAYS)


def working_days(number: int) -> Term:
    """Make a term of working days."""
    return Term(number, Unit.WORKING_DAYS)


def months(number: int) -> Term:
    """Make a term of months."""
    return Term(number, Unit.MONTHS)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Hold when a term ends: with its last day, a day of Beijing.

    ``provisional`` (暂定): working days were counted in a year that is not announced yet.
    """

    day: date
    provisional: bool = False

    @property
    def at(self) -> datetime:
        """Give the first moment after the term: 24:00 of its last day."""
        return start_of(self.day + _DAY)

    def passed(self, now: datetime) -> bool:
        """Say whether the term is over; raises ValueError for a moment without a time zone."""
        return in_beijing(now) >= self.at

    def days_left(self, now: datetime) -> int:
        """Count the days after today: 0 on the last day, negative once the term is over.

        Raises ValueError for a moment without a time zone.
        """
        return (self.day - beijing_day(now)).days

    @property
    def text(self) -> Text:
        """Say it, and say when it is provisional."""
        day = self.day
        said = Text(f"{day.year}年{day.month}月{day.day}日24时", f"24:00 on {day}")
        if not self.provisional:
            return said
        return Text(
            f"{said.zh}（暂定，以国务院放假安排为准）",
            f"{said.en} (provisional until that year's holidays are announced)",
        )


def deadline(start: datetime | date, term: Term, calendar: WorkingDays = KNOWN) -> Deadline:
    """Say when a term ends that an event began; raises ValueError for a naive datetime.

    ``start`` is the event: a moment, or the Beijing day it fell on.
    """
    first = beijing_day(start) if isinstance(start, datetime) else start
    match term.unit:
        case Unit.CALENDAR_DAYS:
            return Deadline(first + term.number * _DAY)
        case Unit.WORKING_DAYS:
            return _after_working_days(first, term.number, calendar)
        case Unit.MONTHS:
            return Deadline(_after_months(first, term.number))


def _after_months(day: date, number: int) -> date:
    years, month = divmod(day.month - 1 + number, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _after_working_days(day: date, number: int, calendar: WorkingDays) -> Deadline:
    provisional = False
    while number:
        day += _DAY
        number -= calendar.is_working(day)
        provisional |= not calendar.is_announced(day)
    return Deadline(day, provisional)


@dataclass(frozen=True, slots=True)
class RuleTerm:
    """Hold a term of the rules: its digest id, its article, its length, the event it runs from."""

    rule: str
    article: str
    term: Term
    start: Text

    def deadline(self, start: datetime | date, calendar: WorkingDays = KNOWN) -> Deadline:
        """Say when it ends for an event; see ``deadline``."""
        return deadline(start, self.term, calendar)


TEMPORARY_LOSS = RuleTerm(
    "R-TEMP-15", "Rules Art. 13", days(15), Text("报告临时挂失", "temporary loss was reported")
)
"""How long the social function stays stopped."""
BANK_CHANGE = RuleTerm(
    "R-BANK-6M", "Rules Art. 16", months(6), Text("变更合作银行", "the partner bank was changed")
)
"""How long no other change is made, in principle."""
SOCIAL_CANCELLED_REMINDER = RuleTerm(
    "R-FIN-6M",
    "Rules Art. 19",
    months(6),
    Text("注销社会保障功能", "the social function was cancelled"),
)
"""When the bank is reminded of the account."""
UNCOLLECTED = RuleTerm(
    "R-UNCOLLECTED-6M",
    "Rules Art. 21(1)",
    months(6),
    Text("卡片可供领取", "the card was ready for collection"),
)
"""How long a card with a financial function waits before it is recalled."""
DECEASED_RECALL = RuleTerm(
    "R-DEAD-10WD",
    "Rules Art. 21(2)",
    working_days(10),
    Text("收到社会保障卡管理系统提醒", "the card management system's reminder came"),
)
"""By when a deceased person's card, not handed over yet, is recalled."""
EMPLOYER_RETURN = RuleTerm(
    "R-GROUP-30",
    "Rules Art. 7",
    days(30),
    Text("用人单位代为领取", "the employer collected the cards"),
)
"""By when an employer returns the cards that it did not hand out."""
FIRST_PRODUCTION = RuleTerm(
    "R-MAKE-30",
    "Rules Art. 22",
    days(30),
    Text("受理首次申领", "the first application was accepted"),
)
"""By when a first card is made."""
REPLACEMENT_PRODUCTION = RuleTerm(
    "R-MAKE-4WD",
    "Rules Art. 22",
    working_days(4),
    Text("受理补领或换领申请", "the application for replacement or renewal was accepted"),
)
"""By when a replacement or renewal is made, online or not at an instant outlet."""

RULE_TERMS = (
    TEMPORARY_LOSS,
    BANK_CHANGE,
    SOCIAL_CANCELLED_REMINDER,
    UNCOLLECTED,
    DECEASED_RECALL,
    EMPLOYER_RETURN,
    FIRST_PRODUCTION,
    REPLACEMENT_PRODUCTION,
)
