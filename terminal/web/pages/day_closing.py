"""Closing 日结: cash against the journal, blanks, cards in custody, what is open, sign-off.

What was counted goes through the address of the page, so that a reload, going back and a second
window show the same; nothing is on record until it is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from terminal.errors import GuitaiError, RequestWrong
from terminal.services.day import Agreed, Count, close_day, needs_reason
from terminal.texts import Text
from terminal.web.messages import Trouble
from terminal.web.page import Form, Page, SignedInPage, text_of, to
from terminal.web.pages.day_entries import lines
from terminal.web.pages.day_work import (
    WORDS,
    Today,
    blanks_in,
    desk_with,
    fen_in,
    has_blanks,
    has_till,
    keepers,
    reason_in,
    second_in,
    today_of,
)
from terminal.web.troubles import trouble_of

router = APIRouter()
_COUNTED = Text("实点现金", "the cash that was counted")
_LEFT = Text("留存现金", "the cash that stays")
_TOO_MUCH = Text("留存不能多于实点", "it is more than was counted")
_NAMES = ("counted", "left", "blanks")


@router.get("/day/close")
def ask(page: SignedInPage) -> Response:
    """Ask for what was counted; what should be there is shown behind it, not before."""
    page.demand(keepers(page))
    today = today_of(page)
    if not today.day.open:
        return to("/day")
    return _asking(page, today, page.request.query_params, None, 200)


@router.get("/day/close/check")
def check(page: SignedInPage) -> Response:
    """Hold the counts against the journal, and show what is signed for."""
    page.demand(keepers(page))
    today = today_of(page)
    if not today.day.open:
        return to("/day")
    return _checking(page, today, page.request.query_params, None, 200)


@router.post("/day/close")
def closed(page: SignedInPage, form: Form) -> Response:
    """Sign the day off; one that is closed already is shown."""
    page.checked(form)
    page.demand(keepers(page))
    today = today_of(page)
    if not today.day.open:
        return to("/day")
    try:
        count = _count(page, form)
        reason = reason_in(form)
        second = second_in(page, form)
        sheet = today.sheet
        seen = text_of(form, "custody", 64)
        agreed = Agreed(sheet.float_in, sheet.expected, today.items, seen)
        close_day(desk_with(page, second, reason), count, agreed)
    except GuitaiError as error:
        return _checking(page, today, form, trouble_of(error), 409)
    return to("/day")


def _count(page: Page, fields: Mapping[str, Any]) -> Count:
    counted = left = 0
    if has_till(page):
        counted = fen_in(fields, "counted", _COUNTED)
        left = fen_in(fields, "left", _LEFT)
    if left > counted:
        raise RequestWrong(item=_LEFT, detail=_TOO_MUCH)
    return Count(counted, left, blanks_in(page, fields))


def _asking(
    page: Page, today: Today, fields: Mapping[str, Any], trouble: Trouble | None, status: int
) -> Response:
    return page.draw(
        "day_close.html",
        status,
        today=today,
        **WORDS,
        till=has_till(page),
        blanks=has_blanks(page),
        fields={name: text_of(fields, name, 20) for name in _NAMES},
        trouble=trouble,
    )


def _checking(
    page: Page, today: Today, fields: Mapping[str, Any], trouble: Trouble | None, status: int
) -> Response:
    try:
        count = _count(page, fields)
    except GuitaiError as error:
        return _asking(page, today, fields, trouble_of(error), 422)
    sheet = replace(today.sheet, counted=count.counted, float_out=count.left)
    return page.draw(
        "day_close_check.html",
        status,
        today=today,
        **WORDS,
        items=today.items,
        sheet=sheet,
        lines=list(lines(sheet)),
        count=count,
        till=has_till(page),
        needs_reason=needs_reason(today.day, count, sheet.expected),
        fields={name: text_of(fields, name, 20) for name in _NAMES},
        second=text_of(fields, "second", 64),
        reason=text_of(fields, "reason", 200),
        trouble=trouble,
    )
