"""Opening 开班: clock, self-test, what is open from before, the till and the blanks counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from terminal.beijing_time import beijing_day
from terminal.errors import GuitaiError
from terminal.services.clock import clock_notice, note_use_of
from terminal.services.day import open_day
from terminal.texts import Text
from terminal.web.chores import Chore
from terminal.web.messages import Trouble
from terminal.web.page import Form, Page, SignedInPage, text_of, to
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
    today_of,
)
from terminal.web.pages.desk import look_at_desk
from terminal.web.troubles import trouble_of
from terminal.web.views import Checked

router = APIRouter()
_FLOAT = Text("备用金", "the float")


@router.get("/day/open")
def ask(page: SignedInPage) -> Response:
    """Show what is looked at before a day is opened, and ask for the counts."""
    page.demand(keepers(page))
    today = today_of(page)
    if today.day.opening is not None:
        return to("/day")
    standing = page.console.chores.get(Chore.DESK)
    if not standing.running and (standing.at is None or beijing_day(standing.at) < today.day.day):
        look_at_desk(page)
    return _asking(page, today, page.request.query_params, None, 200)


@router.get("/part/day/test")
def test(page: SignedInPage) -> Response:
    """Show what the self-test found, as part of a page."""
    return page.draw("day_test_part.html", **_tested(page))


@router.post("/day/open/test")
def test_again(page: SignedInPage, form: Form) -> Response:
    """Have the desk look at itself again."""
    page.checked(form)
    page.demand(keepers(page))
    look_at_desk(page)
    return to("/day/open")


@router.get("/day/open/check")
def check(page: SignedInPage) -> Response:
    """Show what would go on record: figures and capitals, and what was left before."""
    page.demand(keepers(page))
    today = today_of(page)
    if today.day.opening is not None:
        return to("/day")
    return _checking(page, today, page.request.query_params, None, 200)


@router.post("/day/open")
def opened(page: SignedInPage, form: Form) -> Response:
    """Open the day; one that is open already is shown."""
    page.checked(form)
    page.demand(keepers(page))
    today = today_of(page)
    if today.day.opening is not None:
        return to("/day")
    try:
        float_in, blanks = _counts(page, form)
        desk = desk_with(page, None, reason_in(form))
        open_day(desk, float_in, blanks, today.items, today.before, _failed(page))
    except GuitaiError as error:
        return _checking(page, today, form, trouble_of(error), 409)
    note_use_of(page.console.registry)
    return to("/day")


def _counts(page: Page, fields: Mapping[str, Any]) -> tuple[int, int | None]:
    float_in = fen_in(fields, "float", _FLOAT) if has_till(page) else 0
    return float_in, blanks_in(page, fields)


def _asking(
    page: Page, today: Today, fields: Mapping[str, Any], trouble: Trouble | None, status: int
) -> Response:
    return page.draw(
        "day_open.html",
        status,
        today=today,
        **WORDS,
        items=today.items,
        clock=clock_notice(page.console.registry),
        now=page.console.registry.clock(),
        till=has_till(page),
        blanks=has_blanks(page),
        fields={name: text_of(fields, name, 20) for name in ("float", "blanks")},
        trouble=trouble,
        **_tested(page),
    )


def _checking(
    page: Page, today: Today, fields: Mapping[str, Any], trouble: Trouble | None, status: int
) -> Response:
    try:
        float_in, blanks = _counts(page, fields)
    except GuitaiError as error:
        return _asking(page, today, fields, trouble_of(error), 422)
    before = today.before
    return page.draw(
        "day_open_check.html",
        status,
        today=today,
        **WORDS,
        items=today.items,
        float_in=float_in,
        blanks=blanks,
        till=has_till(page),
        fields={name: text_of(fields, name, 20) for name in ("float", "blanks")},
        reason=text_of(fields, "reason", 200),
        differs=before is not None and before.differs(float_in, blanks),
        forgotten=today.never_closed,
        failed=_failed(page),
        trouble=trouble,
    )


def _tested(page: Page) -> dict[str, Any]:
    """Give how the self-test stands, and what it found that is not well."""
    standing = page.console.chores.get(Chore.DESK)
    found = standing.found if isinstance(standing.found, tuple) else ()
    bad = [each for each in found if isinstance(each, Checked) and each.good is False]
    return {
        "standing": standing,
        "wrong": [each for each in bad if not each.minor],
        "minor": [each for each in bad if each.minor],
    }


def _failed(page: Page) -> int | None:
    """Say how much of the self-test failed, None where there is no result."""
    tested = _tested(page)
    return len(tested["wrong"]) if isinstance(tested["standing"].found, tuple) else None
