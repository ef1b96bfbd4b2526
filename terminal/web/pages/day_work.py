"""What the pages of the day have in common: roles, the journal, days and money of a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from apdu.secret import Secret
from terminal.errors import RequestWrong
from terminal.journal import Journal, Reconciliation, open_journal
from terminal.journal import reconcile as make_sheet
from terminal.money import parse_yuan
from terminal.registry.operators import Role
from terminal.rules.states import LIFE
from terminal.rules.vocabulary import FACE_TO_FACE, SERVICES, Service
from terminal.services.day import Carried, Day, carried, day_of, last_closing, never_closed
from terminal.services.day_items import OpenItems, open_items
from terminal.services.offered.desk import Desk
from terminal.services.offered.roles import roles_for
from terminal.services.operators import Second
from terminal.texts import Text
from terminal.web.page import Page, text_of

WORDS: Mapping[str, Any] = MappingProxyType({"services": SERVICES, "lives": LIFE})
"""What the lists of open items and of cards call things."""
MOST_REASON = 200
MOST_BLANKS = 99_999
_AMOUNT = Text("金额请写成 200 或 200.50", "an amount is written like 200 or 200.50")
_BLANKS = Text("空白卡", "the blanks")
_NUMBER = Text("请填写清点的张数", "a number of cards is wanted")
_DAY = Text("日期", "the day")
_DAY_FORM = Text("日期请写成 2026-03-01", "a day is written like 2026-03-01")
_REASON = Text("情况说明", "the explanation")
_PLAIN = Text("不能含有换行等控制字符", "it has control characters")


@dataclass(frozen=True, slots=True)
class Today:
    """Hold today at this desk: its day, its journal's sheet, what is open, what was left before."""

    desk: Desk
    day: Day
    items: OpenItems
    sheet: Reconciliation
    before: Carried | None
    never_closed: date | None = None


def keepers(page: Page) -> frozenset[Role]:
    """Name the roles that open, keep and close a day here: by telephone it is the agents."""
    return roles_for(Service.STATUS, page.console.channel)


def keeps(page: Page) -> bool:
    """Say whether who is signed in may do so."""
    return not page.who.roles.isdisjoint(keepers(page))


def has_till(page: Page) -> bool:
    """Say whether money changes hands here: by telephone none does."""
    return page.console.channel in FACE_TO_FACE


def has_blanks(page: Page) -> bool:
    """Say whether cards are made here."""
    return page.console.config.outlet.instant


def journal_of(page: Page) -> Journal:
    """Open the journal; whoever gets it closes it."""
    return open_journal(page.console.config, page.console.registry.clock)


def today_of(page: Page) -> Today:
    """Look at today: what is on record, and what is open."""
    desk = page.console.desk(page.who.operator)
    registry, chain = page.console.registry, desk.audit_chain
    with registry.reading() as tx:
        day = day_of(tx, chain, desk.today)
        closing = last_closing(tx, chain, desk.today)
        forgotten = never_closed(tx, chain, desk.today)
    with journal_of(page) as journal:
        items = open_items(desk, journal)
        entries = (*journal.settled_on(day.day), *journal.of_day(day.day))
        before = None
        if closing is not None:
            earlier = (*journal.settled_on(closing.day), *journal.of_day(closing.day))
            before = carried(closing, earlier)
    float_in = day.opening.float_in if day.opening is not None else 0
    return Today(desk, day, items, make_sheet(entries, day.day, float_in), before, forgotten)


def sheet_of(page: Page, day: date, operator: str | None = None) -> Reconciliation:
    """Make the sheet of a day, with what was counted where it is closed; one clerk's has none."""
    desk = page.console.desk(page.who.operator)
    with page.console.registry.reading() as tx:
        known = day_of(tx, desk.audit_chain, day)
    with journal_of(page) as journal:
        entries = (*journal.settled_on(day), *journal.of_day(day))
    if operator is not None:
        return make_sheet(entries, day, operator=operator)
    float_in = known.opening.float_in if known.opening is not None else 0
    closing = known.closing
    if closing is None:
        return make_sheet(entries, day, float_in)
    return make_sheet(entries, day, float_in, closing.counted, float_out=closing.left)


def day_in(page: Page) -> date:
    """Read which day is asked for, today unless said; raises RequestWrong."""
    said = page.request.query_params.get("day", "")
    if not said:
        return page.console.desk(page.who.operator).today
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise RequestWrong(item=_DAY, detail=_DAY_FORM) from None


def fen_in(fields: Mapping[str, Any], name: str, item: Text) -> int:
    """Read an amount in yuan; raises RequestWrong."""
    try:
        return parse_yuan(text_of(fields, name, 20).strip())
    except ValueError:
        raise RequestWrong(item=item, detail=_AMOUNT) from None


def blanks_in(page: Page, fields: Mapping[str, Any]) -> int | None:
    """Read how many blanks were counted, None where no cards are made; raises RequestWrong."""
    if not has_blanks(page):
        return None
    said = text_of(fields, "blanks", 10).strip()
    if not (said.isascii() and said.isdecimal()) or int(said) > MOST_BLANKS:
        raise RequestWrong(item=_BLANKS, detail=_NUMBER)
    return int(said)


def reason_in(fields: Mapping[str, Any]) -> str:
    """Read a reason as it may go on record; raises RequestWrong."""
    reason = text_of(fields, "reason", MOST_REASON).strip()
    if not reason.isprintable():
        raise RequestWrong(item=_REASON, detail=_PLAIN)
    return reason


def second_in(page: Page, form: Mapping[str, Any]) -> Second | None:
    """Have the second person prove who they are, None where nobody is named."""
    second = text_of(form, "second", 64).strip()
    if not second:
        return None
    password = Secret(text_of(form, "second_password").encode())
    return page.console.people.confirm_second(page.who, second, password)


def desk_with(page: Page, second: Second | None, reason: str) -> Desk:
    """Give the desk with who agreed, and on what grounds."""
    desk = page.console.desk(page.who.operator)
    if second is None:
        return desk.with_second("", reason)
    return desk.with_second(second.operator, reason, second.roles)
